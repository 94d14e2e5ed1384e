//! One run at a time, decided by who may, on what the log says now.

use std::time::Duration;

use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::{Correlation, Draft, EventId, Stream};
use events::fact::{Event, RunEvent};

use super::{innocent, live, reach_step, refused, say, succeeds, turns_back};
use crate::toy::world::World;
use crate::toy::{Toy, given};

#[test]
fn a_site_that_is_busy_takes_no_second_run() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    let answer = refused(&mut toy, "deploy 3.0");
    assert!(answer.contains("run #1 (deploy) is open"), "{answer}");
    super::end(&mut toy);
    innocent(&toy);
}

/// How often a run was requested.
fn runs(toy: &Toy) -> usize {
    super::facts(toy).iter().filter(|it| matches!(it, Event::Run(RunEvent::Requested { .. }))).count()
}

/// Whether nothing is open, and nothing waits.
fn is_idle(world: &World) -> bool {
    let site = super::site(world);
    site.run.is_none() && site.queue.waiting.is_empty()
}

#[test]
fn what_waits_has_one_turn() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    say(&mut toy, "deploy 3.0 --queue");
    super::reach(&mut toy, "the second run", |world| super::site(world).newest.0 == 2);
    super::end(&mut toy);
    toy.kill();
    toy.start();
    toy.pass(Duration::from_mins(2));
    assert!(runs(&toy) == 2 && is_idle(&toy.world()), "{}", toy.transcript());
    innocent(&toy);
}

#[test]
fn what_is_refused_at_its_turn_does_not_begin_when_the_site_is_unlocked() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    say(&mut toy, "deploy 3.0 --queue");
    say(&mut toy, "lock: sale");
    super::end(&mut toy);
    toy.pass(Duration::from_secs(10));
    say(&mut toy, "unlock");
    toy.pass(Duration::from_mins(2));
    assert!(runs(&toy) == 1 && is_idle(&toy.world()), "{}", toy.transcript());
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

#[test]
fn the_lock_of_somebody_else_is_not_taken_by_accident() {
    let mut toy = live();
    say(&mut toy, "lock: sale");
    toy.policy = given::policy("night-watch");
    toy.start();
    let heard = toy.say_as(given::releaser("U02"), "lock: schema change");
    assert!(heard.is_refused, "{}", heard.reply);
    assert_eq!(toy.site().lock.unwrap().reason, "sale");
}

#[test]
fn a_lock_ends_when_its_time_is_over() {
    let mut toy = live();
    say(&mut toy, "lock 1h: sale");
    toy.pass(Duration::from_mins(59));
    refused(&mut toy, "deploy 2.0");
    toy.pass(Duration::from_mins(2));
    succeeds(&mut toy, "deploy 2.0");
}

#[test]
fn nothing_begins_in_quiet_hours() {
    let mut toy = live();
    toy.terms.window.quiet = vec![given::mornings()];
    let answer = refused(&mut toy, "deploy 2.0");
    assert!(answer.contains("quiet hours, until 2026-08-10 10:00:00 UTC"), "{answer}");
    toy.pass(Duration::from_hours(1));
    succeeds(&mut toy, "deploy 2.0");
}
