//! Checks against real servers on loopback and real programs.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod command;
mod http;
mod server;

use changeover::ports::Subject;

pub(crate) const PIN: &str = "0123456789abcdef0123456789abcdef01234567";

/// A machine at `base` that should run 1.42.0.
pub(crate) fn subject(base: &str) -> Subject {
    let release = events::release::Release { name: "1.42.0".parse().unwrap(), pin: PIN.parse().unwrap() };
    Subject { name: "green-1".into(), base: base.into(), release, through: None }
}
