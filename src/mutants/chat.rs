//! The seams of the chat platforms: what is verified, and what is promised.

use super::{Mistake, is};

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
