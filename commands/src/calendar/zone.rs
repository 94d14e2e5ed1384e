//! Time zones, from the table that is compiled in: the same on every machine, whatever is installed there.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

/// A time zone by its name: `UTC`, `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("that is no time zone; write one by its name, such as UTC or Europe/Berlin")]
pub struct BadZone;

impl Zone {
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// The rules of this zone, for showing times to people.
    #[must_use]
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// What the clocks show at an instant.
    pub(super) fn shown_at(&self, instant: Timestamp) -> civil::DateTime {
        self.rules.to_datetime(instant)
    }

    pub(super) fn offset_at(&self, instant: Timestamp) -> Offset {
        self.rules.to_offset(instant)
    }

    /// When the offset changes next after `instant`, if it ever does.
    pub(super) fn next_change(&self, instant: Timestamp) -> Option<Timestamp> {
        self.rules.following(instant).next().map(|change| change.timestamp())
    }

    /// The first instant at which the clocks show this; when they jump over it, the first instant after the jump. None
    /// at the end of time.
    pub(super) fn first_showing(&self, shown: civil::DateTime) -> Option<Timestamp> {
        let instants = self.rules.to_ambiguous_timestamp(shown);
        match instants.offset() {
            // The earlier reading of a time inside a gap lies before the jump.
            AmbiguousOffset::Gap { .. } => self.next_change(instants.earlier().ok()?),
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => instants.earlier().ok(),
        }
    }

    /// The last instant at which the clocks show this, where they show it twice.
    fn second_showing(&self, shown: civil::DateTime) -> Option<Timestamp> {
        let instants = self.rules.to_ambiguous_timestamp(shown);
        match instants.offset() {
            AmbiguousOffset::Fold { .. } => instants.later().ok(),
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => None,
        }
    }
}

/// The next instant after `now` at which the clocks of `zone` show `hour:minute`; on a day where they jump over it, the
/// first instant after the jump. An hour over 23 counts as 23, a minute over 59 as 59.
#[must_use]
pub fn next_clock(zone: &Zone, hour: i8, minute: i8, now: Timestamp) -> Timestamp {
    let (hour, minute) = (hour.clamp(0, 23), minute.clamp(0, 59));
    let mut day = zone.shown_at(now).date();
    // Yesterday's time may fall due today: on the day after a gap that swallowed midnight.
    if let Ok(yesterday) = day.yesterday() {
        day = yesterday;
    }
    // Three days hold it for certain; a fourth costs nothing.
    let days = std::iter::successors(Some(day), |day| day.tomorrow().ok()).take(4);
    let showings = days.flat_map(|day| {
        let shown = day.at(hour, minute, 0, 0);
        [zone.first_showing(shown), zone.second_showing(shown)]
    });
    showings.flatten().filter(|instant| *instant > now).min().unwrap_or(Timestamp::MAX)
}

impl FromStr for Zone {
    type Err = BadZone;

    fn from_str(text: &str) -> Result<Self, BadZone> {
        let rules = TimeZoneDatabase::bundled().get(text).map_err(|_| BadZone)?;
        // `Etc/Unknown` is jiff's word for "no zone is known", and behaves as UTC: nobody means that.
        let name = rules.iana_name().filter(|_| !rules.is_unknown()).ok_or(BadZone)?.to_owned();
        Ok(Self { name, rules })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(zone: &str, hour: i8, minute: i8, now: &str) -> String {
        next_clock(&zone.parse().unwrap(), hour, minute, now.parse().unwrap()).to_string()
    }

    #[test]
    fn a_time_of_the_clock_is_the_next_one() {
        assert_eq!(next("Europe/Berlin", 18, 0, "2026-08-10T15:59:59Z"), "2026-08-10T16:00:00Z");
        assert_eq!(next("Europe/Berlin", 18, 0, "2026-08-10T16:00:00Z"), "2026-08-11T16:00:00Z");
        assert_eq!(next("Asia/Kolkata", 0, 0, "2026-12-31T18:29:59Z"), "2026-12-31T18:30:00Z");
        assert_eq!(next("UTC", 99, -1, "2026-08-10T16:00:00Z"), "2026-08-10T23:00:00Z");
    }

    #[test]
    fn a_time_that_the_spring_leaves_out_is_the_end_of_the_gap() {
        assert_eq!(next("Europe/Berlin", 2, 30, "2026-03-29T00:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(next("America/New_York", 2, 0, "2026-03-08T06:00:00Z"), "2026-03-08T07:00:00Z");
        // Samoa had no 30 December 2011.
        assert_eq!(next("Pacific/Apia", 12, 0, "2011-12-30T09:00:00Z"), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn a_time_that_the_autumn_shows_twice_is_the_nearer_one() {
        assert_eq!(next("Europe/Berlin", 2, 30, "2026-10-25T00:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next("Europe/Berlin", 2, 30, "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00Z");
        assert_eq!(next("Europe/Berlin", 2, 30, "2026-10-25T01:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn at_the_end_of_time_there_is_no_next() {
        assert_eq!(next_clock(&Zone::utc(), 23, 59, Timestamp::MAX), Timestamp::MAX);
    }

    #[test]
    fn a_zone_is_found_by_name_and_nothing_else() {
        assert_eq!("europe/berlin".parse::<Zone>().unwrap().to_string(), "Europe/Berlin");
        assert_eq!("utc".parse::<Zone>(), Ok(Zone::utc()));
        for bad in ["", "Berlin", "Etc/Unknown", "+02:00", "CET-1CEST,M3.5.0,M10.5.0/3", "../etc/passwd"] {
            assert!(bad.parse::<Zone>().is_err(), "{bad}");
        }
    }
}
