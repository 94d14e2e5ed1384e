//! Close a site to new runs, and open it again.

use events::fact::{Event, LockEvent};

use super::Case;
use crate::order::Lock;
use crate::refusal::Refusal;

/// One's own lock is replaced; that of somebody else only on purpose, and the log names both.
pub(super) fn take(case: Case<'_>, order: &Lock) -> Result<Vec<Event>, Refusal> {
    let reason = order.reason.clone();
    let until = order.lasts.map(|lasts| case.now.saturating_add(lasts).unwrap_or(case.now));
    let others = case.site.lock_at(case.now).filter(|it| it.owner != *case.permit.actor());
    Ok(vec![match others {
        None => LockEvent::Taken { reason, until }.into(),
        Some(lock) if order.steals => LockEvent::Stolen { from: lock.owner.clone(), reason, until }.into(),
        Some(lock) => {
            let (owner, since, reason) = (lock.owner.clone(), lock.since, lock.reason.clone());
            return Err(Refusal::LockHeld { owner, since, reason });
        }
    }])
}

pub(super) fn release(case: Case<'_>) -> Result<Vec<Event>, Refusal> {
    if case.site.lock_at(case.now).is_none() {
        return Err(Refusal::NotLocked);
    }
    Ok(vec![LockEvent::Released {}.into()])
}
