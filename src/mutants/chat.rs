//! The seams of the outbox: what a platform has, and what it is shown.

use super::{Mistake, is};

/// Whether a message is taken for posted that nobody has posted.
#[must_use]
pub fn is_posted_unasked() -> bool {
    is(Mistake::PostedBeforePosting)
}

/// What was found of a message that may have been posted.
#[must_use]
pub fn found<T>(found: Option<T>) -> Option<T> {
    if is(Mistake::PostedWithoutLooking) { None } else { found }
}

/// Whether a message does not come to show how it ended.
#[must_use]
pub fn is_end_kept_back(is_over: bool) -> bool {
    is_over && is(Mistake::EndNotShown)
}
