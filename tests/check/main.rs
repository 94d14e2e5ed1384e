//! Checks against real servers on loopback and real programs.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod command;
mod http;
mod server;

use std::sync::Arc;

use changeover::check::Settings;
use changeover::ports::{Check, Subject};

pub(crate) const PIN: &str = "0123456789abcdef0123456789abcdef01234567";

/// A machine at `base` that should run 1.42.0.
pub(crate) fn subject(base: &str) -> Subject {
    let release = events::release::Release { name: "1.42.0".parse().unwrap(), pin: PIN.parse().unwrap() };
    Subject { name: "green-1".into(), base: base.into(), release: Some(release) }
}

/// The check that the text of a `[[site.check]]` describes.
pub(crate) fn check(kind: &str, text: &str) -> Result<Arc<dyn Check>, toml::de::Error> {
    let settings: Settings = toml::from_str(&format!("[{kind}]\n{text}"))?;
    Ok(changeover::check::furnish(&settings).unwrap())
}
