//! Who asked: verified ids only, never names that people choose.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who caused an event: `console:1000`, `system:schedule`, `system:engine`, later `slack:T01/U02`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(String);

impl Actor {
    /// The user of this machine with the user id that the kernel vouches for.
    #[must_use]
    pub fn console(uid: u32) -> Self {
        Self(format!("console:{uid}"))
    }

    /// A part of the bot itself, such as `schedule` or `engine`.
    #[must_use]
    pub fn system(part: &'static str) -> Self {
        Self(format!("system:{part}"))
    }

    /// An actor as it stands in a log.
    #[must_use]
    pub fn recorded(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_system(&self) -> bool {
        self.0.starts_with("system:")
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
