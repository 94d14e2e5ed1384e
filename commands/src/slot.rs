//! When a way back may be decommissioned.

use events::fact::RunKind;
use events::terms::WindowTerms;
use jiff::Timestamp;

use crate::calendar::Schedule;
use crate::quiet;

/// How many stretches of quiet hours are looked behind.
const QUIET_LIMIT: usize = 1_000;

/// The first slot of the schedule after the window closed that leaves time to announce it; none if there is none to
/// come.
#[must_use]
pub fn after(terms: &WindowTerms, closes_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let schedule = Schedule::parse(&terms.decommission.cron, &terms.decommission.zone).ok()?;
    let announced = now.saturating_add(terms.announce).ok()?;
    // A slot at the very moment of closing counts.
    let earliest = closes_at.max(announced).checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?;
    not_quiet(terms, &schedule, earliest)
}

/// The first slot after `earliest` that is not in quiet hours. Whoever is excepted from them, the schedule is not.
fn not_quiet(terms: &WindowTerms, schedule: &Schedule, earliest: Timestamp) -> Option<Timestamp> {
    let mut slot = schedule.next_after(earliest)?;
    for _ in 0..QUIET_LIMIT {
        let Some((_, until)) = quiet::at(&terms.quiet, RunKind::Decommission, slot, |_| false) else {
            return Some(slot);
        };
        slot = schedule.next_after(until.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{terms, time};

    /// Slots are at 01:00 UTC, and a slot is announced an hour before.
    fn slot(closes_at: &str, now: &str) -> String {
        let slot = after(&terms().window, time(closes_at), time(now));
        slot.map_or_else(|| "none".to_owned(), |it| it.to_string())
    }

    #[test]
    fn the_slot_is_the_first_after_the_window_that_can_still_be_announced() {
        assert_eq!(slot("2026-08-11T09:00:00Z", "2026-08-10T09:00:00Z"), "2026-08-12T01:00:00Z");
        assert_eq!(slot("2026-08-12T01:00:00Z", "2026-08-10T09:00:00Z"), "2026-08-12T01:00:00Z");
        assert_eq!(slot("2026-08-12T01:00:01Z", "2026-08-10T09:00:00Z"), "2026-08-13T01:00:00Z");
        assert_eq!(slot("2026-08-11T09:00:00Z", "2026-08-12T00:00:00Z"), "2026-08-12T01:00:00Z");
        assert_eq!(slot("2026-08-11T09:00:00Z", "2026-08-12T00:00:01Z"), "2026-08-13T01:00:00Z");
    }

    #[test]
    fn what_is_no_schedule_has_no_slot() {
        let mut window = terms().window;
        window.decommission.cron = "nonsense".to_owned();
        assert_eq!(after(&window, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH), None);
        assert_eq!(after(&terms().window, Timestamp::MAX, Timestamp::UNIX_EPOCH), None);
        assert_eq!(after(&terms().window, Timestamp::UNIX_EPOCH, Timestamp::MAX), None);
    }
}
