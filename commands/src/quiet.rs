//! Quiet hours: when a site takes no new runs, and for whom that does not count.

use events::fact::RunKind;
use events::terms::QuietTerms;
use jiff::Timestamp;

use crate::calendar::{Quiet, Schedule};

/// The quiet hours at `at` that keep a run of this kind from beginning, and when they end; those that a role is excepted
/// from are passed over where `is_excepted` says so.
#[must_use]
pub fn at(
    hours: &[QuietTerms],
    kind: RunKind,
    at: Timestamp,
    is_excepted: impl Fn(&QuietTerms) -> bool,
) -> Option<(&QuietTerms, Timestamp)> {
    let counts = hours.iter().filter(|it| !it.except_kinds.contains(&kind) && !is_excepted(it));
    counts.filter_map(|it| Some((it, until(it, at)?))).max_by_key(|(_, until)| *until)
}

/// A configuration with hours that can't be read is refused; what an old log says of them counts for nothing.
pub(crate) fn until(terms: &QuietTerms, at: Timestamp) -> Option<Timestamp> {
    let schedule = Schedule::parse(&terms.begins.cron, &terms.begins.zone).ok()?;
    Quiet::new(schedule, terms.lasts).ok()?.covers(at)
}
