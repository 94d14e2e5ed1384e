//! As of, between, and the difference.

use jiff::SignedDuration;

use super::*;
use crate::actor::Actor;
use crate::chain::Hash;
use crate::color::ByColor;
use crate::envelope::{Correlation, EventId, Stream};
use crate::fact::{Event, Found, LockEvent, SiteEvent, WindowEvent};
use crate::number::{Epoch, RunNumber, Version};
use crate::wire::{self, samples};

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
}

/// These facts, recorded at these minutes.
fn log(facts: &[(i64, Event)]) -> Vec<Recorded> {
    let record = |(number, (minute, fact)): (u64, &(i64, Event))| {
        let spelled = wire::encode(fact).unwrap();
        Recorded {
            position: Position(number),
            event_id: EventId(number.to_string()),
            stream: Stream("shop/production".to_owned()),
            version: Version(number),
            kind: spelled.kind,
            schema_version: spelled.schema_version,
            recorded_at: at(*minute),
            actor: Actor::console(0),
            correlation: Correlation(String::new()),
            causation: None,
            epoch: Epoch(1),
            payload: spelled.payload,
            previous_hash: Hash([0; 32]),
            hash: Hash([0; 32]),
        }
    };
    (1..).zip(facts).map(record).collect()
}

fn lock(reason: &str) -> Event {
    LockEvent::Taken { reason: reason.to_owned(), until: None }.into()
}

/// The third was recorded by a bot whose clock is behind.
fn locks() -> Vec<Recorded> {
    log(&[(1, lock("a")), (3, lock("b")), (2, lock("c")), (4, lock("d"))])
}

fn positions<'a>(events: impl Iterator<Item = &'a Recorded>) -> Vec<u64> {
    events.map(|it| it.position.0).collect()
}

#[test]
fn the_state_as_of_a_moment_is_that_of_a_beginning_of_the_log() {
    let log = locks();
    let position = |moment| as_of(&log, moment).position.0;
    assert_eq!([0, 1, 2, 3, 4].map(|minute| position(Moment::Time(at(minute)))), [0, 1, 1, 3, 4]);
    assert_eq!([0, 2, 4, 9].map(|number| position(Moment::Position(Position(number)))), [0, 2, 4, 4]);
}

#[test]
fn what_lies_between_two_moments_leads_from_one_state_to_the_other() {
    let log = locks();
    let moments: Vec<Moment> =
        (0..6).flat_map(|it| [Moment::Time(at(it)), Moment::Position(Position(it.unsigned_abs()))]).collect();
    for from in &moments {
        for to in &moments {
            let mut state = as_of(&log, *from);
            let end = as_of(&log, *to);
            let between: Vec<&Recorded> = between(&log, *from, *to).collect();
            if state.position <= end.position {
                for it in between {
                    state.apply(it);
                }
                assert_eq!(state, end, "{from:?} to {to:?}");
            } else {
                assert!(between.is_empty(), "{from:?} to {to:?}");
            }
        }
    }
    assert_eq!(positions(between(&log, Moment::Time(at(1)), Moment::Position(Position(3)))), [2, 3]);
}

#[test]
fn the_difference_is_told_in_words() {
    let blue = Found { machines: vec![samples::machine()], release: Some(samples::release()) };
    let adopted = SiteEvent::Adopted { live: Some(Color::Blue), found: ByColor { blue, green: Found::default() } };
    let opened = WindowEvent::Opened {
        run: RunNumber(1),
        way_back: Color::Green,
        release: None,
        closes_at: at(60),
        decommission_at: None,
        terms: samples::terms().window,
    };
    let log = log(&[(1, adopted.into()), (2, opened.into()), (3, lock("x")), (4, WindowEvent::Held {}.into())]);
    let name = "shop/production".parse().unwrap();
    let site = |number| as_of(&log, Moment::Position(Position(number))).site(&name);
    let told: Vec<String> =
        (0..4).flat_map(|number| diff(&site(number), &site(number + 1))).map(|it| it.to_string()).collect();
    expect_test::expect![[r#"
        live: none → blue
        blue: empty → live, 1.42.0 (0a1b2c3d4e0a) on 1 machines
        window: none → green is the way back until 1970-01-01 01:00:00 UTC
        lock: none → by console:0: x
        window: green is the way back until 1970-01-01 01:00:00 UTC → green is kept until further notice"#]]
    .assert_eq(&told.join("\n"));
    assert_eq!(diff(&site(4), &site(4)), []);
}
