//! Quiet hours: stretches of time in which the calendar forbids changes.

use jiff::{SignedDuration, Timestamp};

use super::Schedule;

/// How many slots that follow each other without a break are counted as one stretch.
const SLOT_LIMIT: usize = 1_000;

/// Begins at every slot of a schedule, and lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    schedule: Schedule,
    lasts: SignedDuration,
}

/// Quiet hours that last no time, or for ever.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours must last between 1 minute and 31 days")]
pub struct BadQuiet;

impl Quiet {
    /// Quiet from each slot of `schedule` on, for 1 minute to 31 days of elapsed time, whatever the clocks do.
    pub fn new(schedule: Schedule, lasts: SignedDuration) -> Result<Self, BadQuiet> {
        let allowed = SignedDuration::from_mins(1)..=SignedDuration::from_hours(31 * 24);
        if allowed.contains(&lasts) { Ok(Self { schedule, lasts }) } else { Err(BadQuiet) }
    }

    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    #[must_use]
    pub fn lasts(&self) -> SignedDuration {
        self.lasts
    }

    /// Until when it is quiet, if it is at `now`. Stretches that touch count as one, up to 1,000 of them.
    #[must_use]
    pub fn covers(&self, now: Timestamp) -> Option<Timestamp> {
        let first = self.schedule.next_after(now.checked_sub(self.lasts).ok()?)?;
        if first > now {
            return None;
        }
        let mut begun = first;
        for _ in 0..SLOT_LIMIT {
            match self.schedule.next_after(begun) {
                Some(slot) if slot <= begun.checked_add(self.lasts).ok()? => begun = slot,
                Some(_) | None => break,
            }
        }
        begun.checked_add(self.lasts).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(cron: &str, hours: i64, now: &str) -> Option<String> {
        let schedule = Schedule::parse(cron, "Europe/Berlin").unwrap();
        let quiet = Quiet::new(schedule, SignedDuration::from_hours(hours)).unwrap();
        quiet.covers(now.parse().unwrap()).map(|until| until.to_string())
    }

    #[test]
    fn quiet_begins_with_its_slot_and_ends_after_its_time() {
        // Nights from 22:00 on, for ten hours.
        assert_eq!(until("0 22 * * *", 10, "2026-08-10T19:59:59Z"), None);
        assert_eq!(until("0 22 * * *", 10, "2026-08-10T20:00:00Z").unwrap(), "2026-08-11T06:00:00Z");
        assert_eq!(until("0 22 * * *", 10, "2026-08-11T05:59:59Z").unwrap(), "2026-08-11T06:00:00Z");
        assert_eq!(until("0 22 * * *", 10, "2026-08-11T06:00:00Z"), None);
    }

    #[test]
    fn a_weekend_is_one_stretch() {
        assert_eq!(until("0 0 * * SAT,SUN", 24, "2026-08-08T08:00:00Z").unwrap(), "2026-08-09T22:00:00Z");
        assert_eq!(until("0 0 * * SAT,SUN", 24, "2026-08-07T21:59:59Z"), None);
    }

    #[test]
    fn quiet_without_an_end_is_answered_all_the_same() {
        assert_eq!(until("0 * * * *", 2, "2026-08-08T08:00:00Z").unwrap(), "2026-09-19T01:00:00Z");
    }

    #[test]
    fn quiet_lasts_some_time() {
        let schedule = Schedule::parse("@daily", "UTC").unwrap();
        for hours in [0, -1, 31 * 24 + 1] {
            assert_eq!(Quiet::new(schedule.clone(), SignedDuration::from_hours(hours)), Err(BadQuiet));
        }
    }
}
