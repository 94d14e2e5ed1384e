//! When something falls due: five-field crontab schedules in a time zone, times of the clock, quiet hours.

mod crontab;
mod field;
mod quiet;
#[cfg(test)]
mod table;
mod zone;

pub use crontab::{BadCrontab, Crontab};
pub use field::BadItem;
pub use quiet::{BadQuiet, Quiet};
pub use zone::{BadZone, Zone, next_clock};

use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// A crontab expression, read by the clocks of a time zone. On the wire: `{ cron, zone }`, as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Schedule {
    pub cron: Crontab,
    pub zone: Zone,
}

/// Why a text is no schedule; the sentence names the field and says what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    #[error(transparent)]
    Crontab(#[from] BadCrontab),
    #[error(transparent)]
    Zone(#[from] BadZone),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cron: String,
    zone: String,
}

impl Schedule {
    /// Reads a crontab expression such as `30 3 * * MON-FRI` and the name of a time zone such as `Europe/Berlin`.
    pub fn parse(cron: &str, zone: &str) -> Result<Self, BadSchedule> {
        Ok(Self { cron: cron.parse()?, zone: zone.parse()? })
    }

    /// The first slot after `after`; none after the year 2100.
    ///
    /// Where the clock jumps, an entry that does not name every hour keeps to its day: a slot that the spring leaves out
    /// falls due at the first instant after the gap, and one that the autumn shows twice only the first time. An entry
    /// for every hour follows the clock as it stands, so that it goes on evenly.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        if self.cron.is_fixed() { self.next_fixed(after) } else { self.next_repeated(after) }
    }

    fn next_fixed(&self, after: Timestamp) -> Option<Timestamp> {
        let mut shown = self.zone.shown_at(after);
        loop {
            // Ends: every turn is a later slot, and the slots end in 2100.
            shown = self.cron.next_after(shown)?;
            let slot = self.zone.first_showing(shown)?;
            if slot > after {
                return Some(slot);
            }
        }
    }

    /// Between two changes of the offset the clock runs evenly, so each such stretch is searched by itself.
    fn next_repeated(&self, after: Timestamp) -> Option<Timestamp> {
        let mut stretch = after;
        let mut shown = self.zone.shown_at(after);
        loop {
            let slot = self.zone.offset_at(stretch).to_timestamp(self.cron.next_after(shown)?).ok()?;
            let end = match self.zone.next_change(stretch) {
                Some(end) if end <= slot => end,
                Some(_) | None => return Some(slot),
            };
            stretch = end;
            // The first minute of the next stretch may itself be a slot.
            shown = self.zone.shown_at(end).checked_sub(1.second()).ok()?;
        }
    }
}

impl TryFrom<Written> for Schedule {
    type Error = BadSchedule;

    fn try_from(Written { cron, zone }: Written) -> Result<Self, BadSchedule> {
        Self::parse(&cron, &zone)
    }
}

impl From<Schedule> for Written {
    fn from(Schedule { cron, zone }: Schedule) -> Self {
        Self { cron: cron.to_string(), zone: zone.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    fn read(cron: &str, zone: &str) -> Result<Schedule, Error> {
        Schedule::deserialize(MapDeserializer::new([("cron", cron), ("zone", zone)].into_iter()))
    }

    #[test]
    fn a_schedule_is_written_as_it_was_read() {
        let schedule = read(" 0  3 * * mon-FRI ", "Europe/Berlin").unwrap();
        let Written { cron, zone } = schedule.clone().into();
        assert_eq!((cron.as_str(), zone.as_str()), ("0 3 * * mon-FRI", "Europe/Berlin"));
        assert_eq!(read(&cron, &zone).unwrap(), schedule);
    }

    #[test]
    fn a_bad_schedule_is_refused_where_it_is_read() {
        let refusal = |cron, zone| read(cron, zone).unwrap_err().to_string();
        expect_test::expect!["hour: an item is out of range; allowed are 0 to 23"]
            .assert_eq(&refusal("0 24 * * *", "UTC"));
        expect_test::expect!["that is no time zone; write one by its name, such as UTC or Europe/Berlin"]
            .assert_eq(&refusal("0 23 * * *", "Mars/Olympus"));
    }
}
