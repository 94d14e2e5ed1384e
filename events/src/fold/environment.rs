//! Blue or Green: what it runs and what it is for.

use serde::{Deserialize, Serialize};

use crate::fact::Found;
use crate::machine::Machine;
use crate::release::Release;

/// One of the two environments of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    pub phase: Phase,
    pub release: Option<Release>,
    pub machines: Vec<Machine>,
}

/// What an environment is for, right now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A shell without machines, for the next release.
    #[default]
    Empty,
    /// Checked, and ready to serve.
    Ready,
    /// Serves users.
    Live,
    /// Served users before the last cutover, and could again.
    WayBack,
    /// A run left it as it was; it must be deployed onto again.
    Unclear,
}

impl Phase {
    /// What an environment is for that was found like this.
    #[must_use]
    pub fn found(is_live: bool, found: &Found) -> Self {
        match (is_live, found.machines.is_empty(), &found.release) {
            (true, _, _) => Self::Live,
            (false, true, _) => Self::Empty,
            (false, false, Some(_)) => Self::Ready,
            (false, false, None) => Self::Unclear,
        }
    }
}
