//! Durations as people write them on the command line.

use std::time::Duration;

use jiff::SignedDuration;

/// `300ms`, `3s`, `24h`; an error that says what a duration looks like.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<SignedDuration>()
        .ok()
        .and_then(|signed| Duration::try_from(signed).ok())
        .ok_or_else(|| "a duration looks like 300ms, 3s or 24h".to_owned())
}
