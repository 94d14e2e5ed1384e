//! The machines of a site: one file per kind of provider.

pub mod processes;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::fault::Fault;
use serde::Deserialize;

use crate::ports::Fleet;

/// The table `[site.fleet.KIND]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// Processes on one machine, kept running by a supervisor.
    Processes(processes::Settings),
}

impl Settings {
    /// How many machines an environment needs to serve everybody.
    #[must_use]
    pub fn count(&self) -> u16 {
        match self {
            Self::Processes(settings) => settings.count,
        }
    }

    /// Whether both would take ports from one range of this machine.
    #[must_use]
    pub fn shares_ports(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Processes(own), Self::Processes(other)) => own.ports.overlaps(other.ports),
        }
    }

    /// What can be seen to be wrong without touching the world.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Processes(settings) => settings.check().map_err(|error| error.to_string()),
        }
    }
}

/// The provider, running. `folder` is the site's own.
pub async fn furnish(settings: &Settings, folder: &Path, program: &Path) -> Result<Arc<dyn Fleet>, Fault> {
    match settings {
        Settings::Processes(settings) => {
            processes::ensure_running(settings, &processes_folder(folder), program).await?;
        }
    }
    Ok(reach(settings, folder))
}

/// The provider, whether it runs or not.
#[must_use]
pub fn reach(settings: &Settings, folder: &Path) -> Arc<dyn Fleet> {
    match settings {
        Settings::Processes(_) => Arc::new(processes::Processes::new(processes_folder(folder))),
    }
}

/// Where machines that are folders of this machine are; deliveries put releases into use there.
#[must_use]
pub fn slots(settings: &Settings, folder: &Path) -> PathBuf {
    match settings {
        Settings::Processes(_) => processes_folder(folder).join("slots"),
    }
}

fn processes_folder(folder: &Path) -> PathBuf {
    folder.join("processes")
}
