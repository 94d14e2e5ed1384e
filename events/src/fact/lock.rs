//! A person (or a rollback) closes a site to new runs.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum LockEvent {
    Taken { reason: String },
    Released {},
}
