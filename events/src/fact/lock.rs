//! A person (or a rollback) closes a site to new runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum LockEvent {
    /// Until then, or until somebody says otherwise.
    Taken {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Somebody took over the lock that `from` held.
    Stolen {
        from: Actor,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    Released {},
    /// Its time was over.
    Expired {},
}
