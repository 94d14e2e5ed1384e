//! Schedules: a crontab expression in a time zone.

use commands::calendar::{BadSchedule, Schedule, next_clock};
use jiff::{SignedDuration, Timestamp};

use super::{bytes, text};
use crate::target::Target;

pub(crate) const SCHEDULE: Target = Target {
    name: "calendar",
    rule: "the next slot is later than what it was asked for, and does not depend on when",
    seeds,
    read,
    inputs: 1_500,
    longest: 600,
};

/// An expression, a zone, and the instant that is asked for.
fn seeds() -> Vec<Vec<u8>> {
    bytes([
        "30 3 * * 1-4\nEurope/Berlin\n2026-03-28T00:00:00Z",
        "*/20 1-3 * * *\nAmerica/New_York\n2026-10-31T12:00:00Z",
        "0 0 29 2 */7\nUTC\n2026-01-01T00:00:00Z",
        "0 0 13 * FRI\nAustralia/Lord_Howe\n2026-04-04T14:00:00Z",
        "@hourly\nPacific/Apia\n2011-12-29T12:00:00Z",
        "0 */12 * * SUN,2-4\nAfrica/Casablanca\n2099-12-31T00:00:00Z",
        "5-59/15 23 31 12 *\nAmerica/Santiago\n-009999-01-02T01:59:59Z",
    ])
}

fn read(input: &[u8]) -> String {
    let input = text(input);
    let mut lines = input.split('\n');
    let (cron, zone) = (lines.next().unwrap_or_default(), lines.next().unwrap_or("UTC"));
    let after = lines.next().and_then(|it| it.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let schedule = match Schedule::parse(cron, zone) {
        Ok(schedule) => schedule,
        Err(error) => {
            let fields = ["minute", "hour", "day of month", "month", "day of week", "five fields", "@", "expression"];
            let sentence = error.to_string();
            match error {
                BadSchedule::Crontab(_) => assert!(fields.iter().any(|it| sentence.contains(it)), "{sentence}"),
                BadSchedule::Zone(_) => assert!(sentence.contains("time zone"), "{sentence}"),
            }
            return sentence;
        }
    };
    let spelled = serde_json::to_string(&schedule).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&spelled).unwrap(), schedule);
    assert!(next_clock(&schedule.zone, 2, 30, after) > after || after == Timestamp::MAX);
    let Some(slot) = schedule.next_after(after) else { return "no slot".to_owned() };
    assert!(slot > after, "{slot} is not after {after}");
    assert_eq!(slot.as_second() % 60, 0, "{slot}");
    let just_before = slot - SignedDuration::from_nanos(1);
    assert_eq!(schedule.next_after(just_before.max(after)), Some(slot), "asked again");
    "a slot".to_owned()
}
