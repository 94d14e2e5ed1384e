//! How a release gets onto machines: one folder per kind of delivery.

pub mod command;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::ports::Delivery;

/// The table `[site.delivery.KIND]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// A commit of a repository, made ready by commands on this machine.
    Command(command::Settings),
}

impl Settings {
    /// Makes paths mean what they mean from the configuration file's folder.
    pub fn resolve_paths(&mut self, folder: &Path) {
        match self {
            Self::Command(settings) => settings.repository.resolve_path(folder),
        }
    }
}

/// Where a delivery works.
#[derive(Debug, Clone)]
pub struct Place {
    /// The site's own folder.
    pub folder: PathBuf,
    /// Where machines that are folders of this machine are.
    pub slots: PathBuf,
    /// This program, for jobs that outlive the bot.
    pub program: PathBuf,
}

/// The provider.
#[must_use]
pub fn furnish(settings: &Settings, place: Place, clock: Arc<dyn Clock>) -> Arc<dyn Delivery> {
    match settings {
        Settings::Command(settings) => {
            let folder = place.folder.join("delivery");
            let Place { slots, program, .. } = place;
            Arc::new(command::CommandDelivery::new(settings.clone(), &folder, &slots, program, clock))
        }
    }
}
