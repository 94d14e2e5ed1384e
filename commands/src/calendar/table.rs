//! Known slots of known expressions: what crontab(5) promises, row by row.
//!
//! Every row was made by brute force over the minutes of a year, independently of this code; away from changes of the
//! clock `croniter` agrees with all of them.

use super::*;

/// Expression | zone | after | the next three slots.
const ROWS: &str = "
    * * * * * | UTC | 2026-01-01T00:00:00Z | 2026-01-01T00:01Z 2026-01-01T00:02Z 2026-01-01T00:03Z
    * * * * * | UTC | 2026-01-01T00:00:59Z | 2026-01-01T00:01Z 2026-01-01T00:02Z 2026-01-01T00:03Z
    0 3 * * * | UTC | 2026-08-10T02:59:59Z | 2026-08-10T03:00Z 2026-08-11T03:00Z 2026-08-12T03:00Z
    0 3 * * * | UTC | 2026-08-10T03:00:00Z | 2026-08-11T03:00Z 2026-08-12T03:00Z 2026-08-13T03:00Z
    */15 * * * * | UTC | 2026-08-10T23:44:00Z | 2026-08-10T23:45Z 2026-08-11T00:00Z 2026-08-11T00:15Z
    5-59/15 * * * * | UTC | 2026-08-10T23:44:00Z | 2026-08-10T23:50Z 2026-08-11T00:05Z 2026-08-11T00:20Z
    0,30 8-10 * * * | UTC | 2026-08-10T09:15:00Z | 2026-08-10T09:30Z 2026-08-10T10:00Z 2026-08-10T10:30Z
    0 9-17/4 * * * | UTC | 2026-08-10T12:00:00Z | 2026-08-10T13:00Z 2026-08-10T17:00Z 2026-08-11T09:00Z
    59 23 31 12 * | UTC | 2026-12-31T23:58:00Z | 2026-12-31T23:59Z 2027-12-31T23:59Z 2028-12-31T23:59Z
    0 0 1 1 * | UTC | 2026-01-01T00:00:00Z | 2027-01-01T00:00Z 2028-01-01T00:00Z 2029-01-01T00:00Z
    0 0 29 2 * | UTC | 2026-01-01T00:00:00Z | 2028-02-29T00:00Z 2032-02-29T00:00Z 2036-02-29T00:00Z
    0 0 31 * * | UTC | 2026-01-31T00:00:00Z | 2026-03-31T00:00Z 2026-05-31T00:00Z 2026-07-31T00:00Z
    0 0 30 * * | UTC | 2026-01-30T00:00:00Z | 2026-03-30T00:00Z 2026-04-30T00:00Z 2026-05-30T00:00Z
    0 0 28-31 2 * | UTC | 2027-02-27T12:00:00Z | 2027-02-28T00:00Z 2028-02-28T00:00Z 2028-02-29T00:00Z
    0 12 * JAN,jul * | UTC | 2026-01-31T12:00:00Z | 2026-07-01T12:00Z 2026-07-02T12:00Z 2026-07-03T12:00Z
    0 12 1 */3 * | UTC | 2026-02-01T00:00:00Z | 2026-04-01T12:00Z 2026-07-01T12:00Z 2026-10-01T12:00Z
    0 12 1 2-12/5 * | UTC | 2026-02-01T12:00:00Z | 2026-07-01T12:00Z 2026-12-01T12:00Z 2027-02-01T12:00Z
    0 4 * * 0 | UTC | 2026-08-10T00:00:00Z | 2026-08-16T04:00Z 2026-08-23T04:00Z 2026-08-30T04:00Z
    0 4 * * 7 | UTC | 2026-08-10T00:00:00Z | 2026-08-16T04:00Z 2026-08-23T04:00Z 2026-08-30T04:00Z
    0 4 * * SUN | UTC | 2026-08-10T00:00:00Z | 2026-08-16T04:00Z 2026-08-23T04:00Z 2026-08-30T04:00Z
    0 4 * * 1 | UTC | 2026-08-10T04:00:00Z | 2026-08-17T04:00Z 2026-08-24T04:00Z 2026-08-31T04:00Z
    0 4 * * MON | UTC | 2026-08-10T03:59:00Z | 2026-08-10T04:00Z 2026-08-17T04:00Z 2026-08-24T04:00Z
    0 4 * * 6 | UTC | 2026-08-10T00:00:00Z | 2026-08-15T04:00Z 2026-08-22T04:00Z 2026-08-29T04:00Z
    0 4 * * MON-FRI | UTC | 2026-08-13T04:00:00Z | 2026-08-14T04:00Z 2026-08-17T04:00Z 2026-08-18T04:00Z
    0 4 * * 5-7 | UTC | 2026-08-10T00:00:00Z | 2026-08-14T04:00Z 2026-08-15T04:00Z 2026-08-16T04:00Z
    0 4 * * FRI-SUN | UTC | 2026-08-10T00:00:00Z | 2026-08-14T04:00Z 2026-08-15T04:00Z 2026-08-16T04:00Z
    0 4 * * 0-6/2 | UTC | 2026-08-10T00:00:00Z | 2026-08-11T04:00Z 2026-08-13T04:00Z 2026-08-15T04:00Z
    0 4 * * sat,SUN | UTC | 2026-08-10T00:00:00Z | 2026-08-15T04:00Z 2026-08-16T04:00Z 2026-08-22T04:00Z
    0 0 13 * FRI | UTC | 2026-02-01T00:00:00Z | 2026-02-06T00:00Z 2026-02-13T00:00Z 2026-02-20T00:00Z
    0 0 1,15 * WED | UTC | 2026-06-01T00:00:00Z | 2026-06-03T00:00Z 2026-06-10T00:00Z 2026-06-15T00:00Z
    0 0 */2 * WED | UTC | 2026-06-01T00:00:00Z | 2026-06-03T00:00Z 2026-06-17T00:00Z 2026-07-01T00:00Z
    0 0 1-7 * */7 | UTC | 2026-06-01T00:00:00Z | 2026-06-07T00:00Z 2026-07-05T00:00Z 2026-08-02T00:00Z
    0 0 30 2 MON | UTC | 2026-02-20T00:00:00Z | 2026-02-23T00:00Z 2027-02-01T00:00Z 2027-02-08T00:00Z
    @yearly | UTC | 2026-08-10T00:00:00Z | 2027-01-01T00:00Z 2028-01-01T00:00Z 2029-01-01T00:00Z
    @monthly | UTC | 2026-08-10T00:00:00Z | 2026-09-01T00:00Z 2026-10-01T00:00Z 2026-11-01T00:00Z
    @weekly | UTC | 2026-08-10T00:00:00Z | 2026-08-16T00:00Z 2026-08-23T00:00Z 2026-08-30T00:00Z
    @daily | UTC | 2026-08-10T00:00:00Z | 2026-08-11T00:00Z 2026-08-12T00:00Z 2026-08-13T00:00Z
    @hourly | UTC | 2026-08-10T00:00:00Z | 2026-08-10T01:00Z 2026-08-10T02:00Z 2026-08-10T03:00Z
    @midnight | Asia/Kolkata | 2026-08-10T00:00:00Z | 2026-08-10T18:30Z 2026-08-11T18:30Z 2026-08-12T18:30Z
    @annually | Pacific/Auckland | 2026-08-10T00:00:00Z | 2026-12-31T11:00Z 2027-12-31T11:00Z 2028-12-31T11:00Z
    30 18 * * 1-5 | America/New_York | 2026-08-14T22:29:00Z | 2026-08-14T22:30Z 2026-08-17T22:30Z 2026-08-18T22:30Z
    0 0 * * * | Australia/Lord_Howe | 2026-04-04T00:00:00Z | 2026-04-04T13:00Z 2026-04-05T13:30Z 2026-04-06T13:30Z
    30 2 * * * | Europe/Berlin | 2026-03-28T00:00:00Z | 2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z
    0 2 * * * | Europe/Berlin | 2026-03-29T00:30:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z 2026-03-31T00:00Z
    0,30 2 * * * | Europe/Berlin | 2026-03-28T01:30:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z 2026-03-30T00:30Z
    30 2,3 * * * | Europe/Berlin | 2026-03-29T00:00:00Z | 2026-03-29T01:00Z 2026-03-29T01:30Z 2026-03-30T00:30Z
    0 2,3 * * * | Europe/Berlin | 2026-03-29T00:00:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z 2026-03-30T01:00Z
    30 2 29 3 * | Europe/Berlin | 2026-03-01T00:00:00Z | 2026-03-29T01:00Z 2027-03-29T00:30Z 2028-03-29T00:30Z
    30 2 * * * | Europe/Berlin | 2026-10-24T00:00:00Z | 2026-10-24T00:30Z 2026-10-25T00:30Z 2026-10-26T01:30Z
    30 2 * * * | Europe/Berlin | 2026-10-25T00:30:00Z | 2026-10-26T01:30Z 2026-10-27T01:30Z 2026-10-28T01:30Z
    0 2,3 * * * | Europe/Berlin | 2026-10-25T00:30:00Z | 2026-10-25T02:00Z 2026-10-26T01:00Z 2026-10-26T02:00Z
    10,50 2 * * * | Europe/Berlin | 2026-10-25T01:20:00Z | 2026-10-26T01:10Z 2026-10-26T01:50Z 2026-10-27T01:10Z
    */30 * * * * | Europe/Berlin | 2026-10-24T23:45:00Z | 2026-10-25T00:00Z 2026-10-25T00:30Z 2026-10-25T01:00Z
    30 * * * * | Europe/Berlin | 2026-10-25T00:30:00Z | 2026-10-25T01:30Z 2026-10-25T02:30Z 2026-10-25T03:30Z
    */30 * * * * | Europe/Berlin | 2026-03-29T00:15:00Z | 2026-03-29T00:30Z 2026-03-29T01:00Z 2026-03-29T01:30Z
    */30 2 * * * | Europe/Berlin | 2026-03-29T00:15:00Z | 2026-03-29T01:00Z 2026-03-30T00:00Z 2026-03-30T00:30Z
    0 */2 * * * | Europe/Berlin | 2026-03-28T23:00:00Z | 2026-03-29T01:00Z 2026-03-29T02:00Z 2026-03-29T04:00Z
    0 */2 * * * | Europe/Berlin | 2026-10-24T23:00:00Z | 2026-10-25T00:00Z 2026-10-25T03:00Z 2026-10-25T05:00Z
    30 2 * * * | America/New_York | 2026-03-07T12:00:00Z | 2026-03-08T07:00Z 2026-03-09T06:30Z 2026-03-10T06:30Z
    30 1 * * * | America/New_York | 2026-10-31T12:00:00Z | 2026-11-01T05:30Z 2026-11-02T06:30Z 2026-11-03T06:30Z
    30 0 * * * | America/Santiago | 2026-09-05T12:00:00Z | 2026-09-06T04:00Z 2026-09-07T03:30Z 2026-09-08T03:30Z
    15 2 * * * | Australia/Lord_Howe | 2026-10-03T00:00:00Z | 2026-10-03T15:30Z 2026-10-04T15:15Z 2026-10-05T15:15Z
    45 1 * * * | Australia/Lord_Howe | 2026-04-04T00:00:00Z | 2026-04-04T14:45Z 2026-04-05T15:15Z 2026-04-06T15:15Z
    0 12 * * * | Pacific/Apia | 2011-12-29T12:00:00Z | 2011-12-29T22:00Z 2011-12-30T10:00Z 2011-12-30T22:00Z
    0 3 * * 0 | Africa/Casablanca | 2026-02-10T00:00:00Z | 2026-02-15T03:00Z 2026-02-22T03:00Z 2026-03-01T03:00Z
    */20 1-3 * * * | Europe/Berlin | 2026-10-25T00:30:00Z | 2026-10-25T00:40Z 2026-10-25T02:00Z 2026-10-25T02:20Z
    0 */12 * * * | America/Santiago | 2026-09-05T12:00:00Z | 2026-09-05T16:00Z 2026-09-06T04:00Z 2026-09-06T15:00Z
    0 0-23 * * * | Europe/Berlin | 2026-10-25T00:00:00Z | 2026-10-25T01:00Z 2026-10-25T02:00Z 2026-10-25T03:00Z
    0 0 29 2 */7 | UTC | 2026-01-01T00:00:00Z | 2032-02-29T00:00Z 2060-02-29T00:00Z 2088-02-29T00:00Z
    0 * * * * | Australia/Lord_Howe | 2026-10-03T14:45:00Z | 2026-10-03T16:00Z 2026-10-03T17:00Z 2026-10-03T18:00Z
    */45 * * * * | Australia/Lord_Howe | 2026-04-04T14:00:00Z | 2026-04-04T14:45Z 2026-04-04T15:15Z 2026-04-04T15:30Z
";

#[test]
fn every_row_of_the_table_holds() {
    let rows: Vec<&str> = ROWS.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    assert!(rows.len() >= 60, "{}", rows.len());
    for row in rows {
        let [cron, zone, after, expected] = row.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let schedule = Schedule::parse(cron, zone).unwrap_or_else(|error| panic!("{row}: {error}"));
        let mut after: Timestamp = after.parse().unwrap();
        for expected in expected.split(' ') {
            after = schedule.next_after(after).unwrap_or_else(|| panic!("{row}: nothing after {after}"));
            assert_eq!(after.strftime("%Y-%m-%dT%H:%MZ").to_string(), expected, "{row}");
            assert_eq!(after.as_second() % 60, 0, "{row}");
        }
    }
}

/// Whatever the instant, the next slot is later, and nothing lies between: asking from just before it finds it again.
#[test]
fn the_next_slot_does_not_depend_on_when_it_is_asked_for() {
    let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"];
    for cron in ["30 2 * * *", "*/20 * * * *", "0 */2 * * *", "15 1-3 * * SUN", "0 0 1,15 * WED"] {
        for zone in zones {
            let schedule = Schedule::parse(cron, zone).unwrap();
            let mut now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
            for step in 0..600 {
                let slot = schedule.next_after(now).unwrap();
                assert!(slot > now, "{cron} {zone} {now}");
                let just_before = slot - jiff::SignedDuration::from_nanos(1);
                assert_eq!(schedule.next_after(just_before), Some(slot), "{cron} {zone} {now}");
                let between =
                    now + jiff::SignedDuration::from_secs((slot.as_second() - now.as_second()) * (step % 7) / 7);
                assert_eq!(schedule.next_after(between), Some(slot), "{cron} {zone} {between}");
                now += jiff::SignedDuration::from_secs(60 * 997);
            }
        }
    }
}

#[test]
fn the_calendar_has_an_end() {
    let schedule = Schedule::parse("0 3 * * *", "Europe/Berlin").unwrap();
    assert_eq!(schedule.next_after("2101-01-01T00:00:00Z".parse().unwrap()), None);
    assert_eq!(schedule.next_after(Timestamp::MAX), None);
    assert!(schedule.next_after(Timestamp::MIN).is_some_and(|slot| slot.as_second() < 86_400));
}
