//! A machine of a fleet, as recorded: what must still be true before it may be destroyed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::MachineId;
use crate::release::Release;

/// One machine (or supervised process slot) of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub id: MachineId,
    /// The provider's display name; equal to the id where the provider has none.
    pub name: String,
    /// Where the application answers: `host:port`.
    pub address: String,
    /// When the provider made it. A machine with the same id and another time is another machine.
    pub created_at: Timestamp,
}

/// Which release one machine runs; none on a machine that nothing was delivered to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineRelease {
    pub machine: MachineId,
    pub release: Option<Release>,
}

/// A machine as a balancer knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub machine: MachineId,
    pub address: String,
}
