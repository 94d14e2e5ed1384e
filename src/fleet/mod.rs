//! The machines of a site: one file per kind of provider.

pub mod processes;

use serde::Deserialize;

/// The table `[site.fleet]`; `kind` says which provider it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Settings {
    /// Processes on one machine, kept running by a supervisor.
    Processes(processes::Settings),
}
