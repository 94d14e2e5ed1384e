//! Close a site to new runs, and open it again.

use events::fact::{Event, LockEvent};

use super::Case;
use crate::refusal::Refusal;

/// Taking a lock that is held replaces it: the log names both owners.
#[expect(clippy::unnecessary_wraps, reason = "every order is decided in the same shape")]
pub(super) fn take(reason: &str) -> Result<Vec<Event>, Refusal> {
    Ok(vec![LockEvent::Taken { reason: reason.to_owned() }.into()])
}

pub(super) fn release(case: Case<'_>) -> Result<Vec<Event>, Refusal> {
    if case.site.lock.is_none() {
        return Err(Refusal::NotLocked);
    }
    Ok(vec![LockEvent::Released {}.into()])
}
