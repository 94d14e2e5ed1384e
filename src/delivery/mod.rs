//! How a release gets onto machines: one folder per kind of delivery, chosen by `kind` in `[site.delivery]`.

pub mod command;

use serde::{Deserialize, Serialize};

/// The settings of a delivery, whichever kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Settings {
    /// A commit of a repository, made ready by commands on this machine.
    Command(command::Settings),
}
