//! What works behind a site's requests: one file per way to pause and start it.

pub mod command;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::ports::Workers;

/// The table `[site.workers.KIND]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// Programs that pause and start them.
    Command(command::Settings),
}

impl Settings {
    /// How long pausing or starting them may take each time.
    #[must_use]
    pub fn takes(&self) -> Duration {
        match self {
            Self::Command(settings) => settings.timeout,
        }
    }

    /// Whether somebody can look what they do.
    #[must_use]
    pub fn are_seen(&self) -> bool {
        match self {
            Self::Command(settings) => settings.look.is_some(),
        }
    }
}

/// The provider; nothing is asked of it yet.
#[must_use]
pub fn furnish(settings: &Settings, folder: &Path) -> Arc<dyn Workers> {
    match settings {
        Settings::Command(settings) => Arc::new(command::CommandWorkers::new(settings.clone(), folder)),
    }
}
