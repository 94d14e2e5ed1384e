//! One run at a time, decided by who may, on what the log says now.

use std::time::Duration;

use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::{Correlation, Draft, EventId, Stream};

use super::{innocent, live, reach_step, refused, say, succeeds, turns_back};
use crate::toy::given;

#[test]
fn a_site_that_is_busy_takes_no_second_run() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    let answer = refused(&mut toy, "deploy 3.0");
    assert!(answer.contains("run #1 (deploy) is open"), "{answer}");
    super::end(&mut toy);
    innocent(&toy);
}

#[test]
fn a_lock_closes_a_site() {
    let mut toy = live();
    say(&mut toy, "lock: sale");
    let answer = refused(&mut toy, "deploy 2.0");
    assert!(answer.contains("sale"), "{answer}");
    say(&mut toy, "unlock");
    succeeds(&mut toy, "deploy 2.0");
}

#[test]
fn what_was_seen_before_somebody_spoke_is_looked_at_again() {
    let mut toy = live();
    // A look takes so long that an abort comes in between.
    toy.world().manners.latency = Duration::from_secs(2);
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 2);
    toy.pass(Duration::from_secs(1));
    say(&mut toy, "abort: not today");
    turns_back(&mut toy);
}

#[test]
fn the_schedule_may_not_deploy() {
    let mut toy = live();
    let heard = toy.try_say_as(Speaker::alone(Actor::system("schedule")), "deploy 2.0", "schedule/1").unwrap();
    assert!(heard.is_refused, "{}", heard.reply);
}

#[test]
fn an_event_that_nobody_understands_parks_its_site() {
    let mut toy = live();
    say(&mut toy, "lock: sale");
    let draft = Draft {
        event_id: EventId("from/the/future".to_owned()),
        kind: "MoonMoved".to_owned(),
        schema_version: 1,
        actor: Actor::system("engine"),
        correlation: Correlation("future".to_owned()),
        causation: None,
        payload: "{}".to_owned(),
    };
    toy.record(Stream(given::site().to_string()), draft);
    let answer = refused(&mut toy, "unlock");
    assert!(answer.contains("cannot understand"), "{answer}");
}
