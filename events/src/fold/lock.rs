//! Whether a site is closed to new runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Context, Illegal};
use crate::actor::Actor;
use crate::fact::LockEvent;

/// A closed site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    pub reason: String,
    pub owner: Actor,
    pub since: Timestamp,
}

pub(super) fn apply(lock: &mut Option<Lock>, event: &LockEvent, context: &Context<'_>) -> Result<(), Illegal> {
    *lock = match event {
        LockEvent::Taken { reason } => {
            Some(Lock { reason: reason.clone(), owner: context.actor.clone(), since: context.recorded_at })
        }
        LockEvent::Released {} if lock.is_none() => return Err(Illegal("a lock was released that nobody held")),
        LockEvent::Released {} => None,
    };
    Ok(())
}
