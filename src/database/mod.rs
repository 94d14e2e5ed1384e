//! What keeps a site's data: one file or folder per kind of database.

pub mod shared;

use std::sync::Arc;

use serde::Deserialize;

use crate::ports::Database;

/// The table `[site.database.KIND]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// Both colors use the same one.
    Shared(shared::Settings),
}

impl Settings {
    /// Whether each color has a server of its own, so that the database crosses with the traffic.
    #[must_use]
    pub fn crosses(&self) -> bool {
        match self {
            Self::Shared(_) => false,
        }
    }

    /// What can be seen to be wrong without touching the world.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Shared(settings) => settings.check(),
        }
    }
}

/// The provider; nothing is asked of it yet.
#[must_use]
pub fn furnish(settings: &Settings) -> Arc<dyn Database> {
    match settings {
        Settings::Shared(settings) => Arc::new(shared::SharedDatabase::new(settings.clone())),
    }
}
