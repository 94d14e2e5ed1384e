//! The seams of the chat platforms: what is verified, promised, found and shown.

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

/// The body that was signed, as a mistaken endpoint sees it.
#[must_use]
pub fn signed<'a>(verified: Option<&'a str>, body: &'a [u8]) -> Option<&'a str> {
    if is(Mistake::SignatureIgnored) { std::str::from_utf8(body).ok() } else { verified }
}

/// The app that something was meant for, as a mistaken hearing reads it.
#[must_use]
pub fn meant_for(app: Option<String>) -> Option<String> {
    app.filter(|_| !is(Mistake::ForeignAppHeard))
}

/// Whether what was said is acknowledged before it is kept.
#[must_use]
pub fn acknowledges_unkept() -> bool {
    is(Mistake::AcknowledgedUnkept)
}

/// Whether a signature is of now, as a mistaken endpoint takes it.
#[must_use]
pub fn of_now(is_of_now: bool) -> bool {
    is_of_now || is(Mistake::OldSignatureCounts)
}

/// Whether a delivery counts that Slack has signed at another time.
#[must_use]
pub fn counts_old() -> bool {
    is(Mistake::OldDeliveryCounts)
}

/// Whether what was sent is read before it is known who signed it.
#[must_use]
pub fn reads_unsigned() -> bool {
    is(Mistake::UnsignedRead)
}

/// Whether something was said in the bot's own server, as a mistaken hearing takes it.
#[must_use]
pub fn of_guild(is_ours: bool) -> bool {
    is_ours || is(Mistake::ForeignGuildHeard)
}
