//! What shares requests between the colors: one file per kind of balancer.

pub mod edge;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use events::fault::Fault;
use serde::Deserialize;

use crate::ports::Traffic;

/// The table `[site.traffic.KIND]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// The balancer of this program, as a process of its own.
    Edge(edge::Settings),
}

impl Settings {
    /// An address that both listen on, if there is one.
    #[must_use]
    pub fn shares_address(&self, other: &Self) -> Option<SocketAddr> {
        match (self, other) {
            (Self::Edge(own), Self::Edge(other)) => {
                own.addresses().find(|it| other.addresses().any(|that| that == *it))
            }
        }
    }

    /// How long it can let requests wait at the most; none if it can't.
    #[must_use]
    pub fn longest_pause(&self) -> Option<Duration> {
        match self {
            Self::Edge(settings) => (settings.waiting_limit > 0).then_some(crate::edge::PAUSE_LIMIT),
        }
    }

    /// Makes paths mean what they mean from the configuration file's folder.
    pub fn resolve_paths(&mut self, folder: &Path) {
        match self {
            Self::Edge(settings) => settings.resolve_paths(folder),
        }
    }
}

/// Whether the provider could be had: what it needs of this machine is its own, or free. Nothing is started.
pub async fn could_run(settings: &Settings, folder: &Path) -> Result<(), Fault> {
    match settings {
        Settings::Edge(settings) => edge::could_run(settings, &folder.join("edge")).await,
    }
}

/// The provider, running. `folder` is the site's own.
pub async fn furnish(settings: &Settings, folder: &Path, program: &Path) -> Result<Arc<dyn Traffic>, Fault> {
    match settings {
        Settings::Edge(settings) => {
            let folder = folder.join("edge");
            std::fs::create_dir_all(&folder)
                .map_err(|error| Fault::lasting(format!("{}: {error}", folder.display())))?;
            edge::ensure_running(settings, &folder, program).await?;
        }
    }
    Ok(reach(settings, folder))
}

/// The provider, whether it runs or not.
#[must_use]
pub fn reach(settings: &Settings, folder: &Path) -> Arc<dyn Traffic> {
    match settings {
        Settings::Edge(settings) => Arc::new(edge::EdgeTraffic::new(settings, &folder.join("edge"))),
    }
}
