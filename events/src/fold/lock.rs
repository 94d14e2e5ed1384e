//! Whether a site is closed to new runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Context, Illegal, Site};
use crate::actor::Actor;
use crate::fact::LockEvent;

/// A closed site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    pub reason: String,
    pub owner: Actor,
    pub since: Timestamp,
    /// When it ends by itself; none for never.
    pub until: Option<Timestamp>,
}

impl Lock {
    /// Whether its time is over, although nobody has written that down yet.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

impl Site {
    /// The lock that counts now.
    #[must_use]
    pub fn lock_at(&self, now: Timestamp) -> Option<&Lock> {
        self.lock.as_ref().filter(|lock| !lock.is_over(now))
    }
}

pub(super) fn apply(lock: &mut Option<Lock>, event: &LockEvent, context: &Context<'_>) -> Result<(), Illegal> {
    let taken = |reason: &String, until: &Option<Timestamp>| {
        Some(Lock { reason: reason.clone(), owner: context.actor.clone(), since: context.recorded_at, until: *until })
    };
    *lock = match event {
        LockEvent::Taken { reason, until } => taken(reason, until),
        LockEvent::Stolen { from, .. } if lock.as_ref().is_none_or(|it| it.owner != *from) => {
            return Err(Illegal("a lock was taken over from somebody who did not hold it"));
        }
        LockEvent::Stolen { reason, until, .. } => taken(reason, until),
        LockEvent::Released {} if lock.is_none() => return Err(Illegal("a lock was released that nobody held")),
        LockEvent::Expired {} if lock.as_ref().is_none_or(|it| it.until.is_none()) => {
            return Err(Illegal("a lock expired that had no end"));
        }
        LockEvent::Released {} | LockEvent::Expired {} => None,
    };
    Ok(())
}
