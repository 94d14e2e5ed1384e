//! What keeps a site's data: one file or folder per kind of database.

pub mod mysql;
pub mod shared;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::clock::Clock;
use crate::ports::Database;

/// The table `[site.database.KIND]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// Both colors use the same one.
    Shared(shared::Settings),
    /// Each color has a server of MySQL or MariaDB of its own.
    Mysql(Box<mysql::Settings>),
}

impl Settings {
    /// Whether each color has a server of its own, so that the database crosses with the traffic.
    #[must_use]
    pub fn crosses(&self) -> bool {
        match self {
            Self::Shared(_) => false,
            Self::Mysql(_) => true,
        }
    }

    /// How long pointing a color to another server may take; none where each color uses its own, or nothing crosses.
    #[must_use]
    pub fn repoint(&self) -> Option<Duration> {
        match self {
            Self::Shared(_) => None,
            Self::Mysql(settings) => settings.repoint.as_ref().map(mysql::repoint::Repoint::takes),
        }
    }

    /// What can be seen to be wrong without touching the world.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Shared(settings) => settings.check(),
            Self::Mysql(settings) => settings.check(),
        }
    }

    /// Makes paths mean what they mean from the configuration file's folder.
    pub fn resolve_paths(&mut self, folder: &Path) {
        match self {
            Self::Shared(_) => {}
            Self::Mysql(settings) => settings.resolve_paths(folder),
        }
    }
}

/// The provider; nothing is asked of it yet. `folder` is the site's own.
#[must_use]
pub fn furnish(settings: &Settings, folder: &Path, clock: Arc<dyn Clock>) -> Arc<dyn Database> {
    match settings {
        Settings::Shared(settings) => Arc::new(shared::SharedDatabase::new(settings.clone())),
        Settings::Mysql(settings) => Arc::new(mysql::Mysql::new((**settings).clone(), folder, clock)),
    }
}
