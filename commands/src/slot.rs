//! When a way back may be decommissioned.

use events::terms::WindowTerms;
use jiff::Timestamp;

use crate::calendar::Schedule;

/// The first slot of the schedule after the window closed that leaves time to announce it; none if there is none to
/// come.
#[must_use]
pub fn after(terms: &WindowTerms, closes_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let schedule = Schedule::parse(&terms.decommission.cron, &terms.decommission.zone).ok()?;
    let announced = now.saturating_add(terms.announce).ok()?;
    // A slot at the very moment of closing counts.
    let earliest = closes_at.max(announced).checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?;
    schedule.next_after(earliest)
}
