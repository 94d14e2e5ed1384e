//! What works behind the requests rests while users cross, and goes on where they are: the judge watches over both.

use std::time::Duration;

use events::color::Color;
use events::fact::RunOutcome;
use events::intent::Work;

use super::{end, happens, innocent, misbehaves, reach, say, site, succeeds, turns_back};
use crate::toy::world::manners::Misdeed;
use crate::toy::world::{Databases, Incident, Workers, World};
use crate::toy::{Toy, given};

/// Green is ready with 2.0, and blue's workers work.
fn ready(crosses: bool, are_seen: bool) -> Toy {
    let mut world = World::serving(given::morning(), &given::release("1.0"), 2);
    world.databases = crosses.then(Databases::blue_is_primary);
    world.workers = Some(Workers::of_blue(are_seen));
    world.tell_everything();
    (world.manners.balancer_takes, world.manners.balancer_lags) = (Duration::ZERO, Duration::ZERO);
    let terms = if crosses { given::crossing_terms() } else { given::terms() };
    let mut toy = Toy::new(world, given::with_workers(terms, are_seen));
    succeeds(&mut toy, "deploy 2.0");
    toy.pass(Duration::from_mins(1));
    toy
}

fn work(toy: &Toy) -> (Work, Work) {
    let world = toy.world();
    let work = &world.workers.as_ref().unwrap().work;
    (work.blue, work.green)
}

#[test]
fn workers_rest_while_users_cross_and_go_on_where_they_are() {
    for (crosses, are_seen) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut toy = ready(crosses, are_seen);
        succeeds(&mut toy, "cutover");
        assert_eq!(work(&toy), (Work::Paused, Work::Running));
        toy.pass(Duration::from_mins(1));
        succeeds(&mut toy, "rollback: errors");
        assert_eq!(work(&toy), (Work::Running, Work::Paused));
    }
}

#[test]
fn a_bot_that_dies_over_a_pause_asks_for_it_again() {
    for are_seen in [false, true] {
        let mut toy = ready(true, are_seen);
        say(&mut toy, "cutover");
        reach(&mut toy, "half a pause", |world| world.workers.as_ref().unwrap().work.blue == Work::Partly);
        toy.kill();
        toy.start();
        assert_eq!(end(&mut toy), RunOutcome::Succeeded);
        assert_eq!(work(&toy), (Work::Paused, Work::Running));
        innocent(&toy);
    }
}

#[test]
fn half_a_pause_is_undone_although_nobody_can_see_it() {
    for are_seen in [false, true] {
        let mut toy = ready(true, are_seen);
        say(&mut toy, "cutover");
        reach(&mut toy, "half a pause", |world| world.workers.as_ref().unwrap().work.blue == Work::Partly);
        toy.kill();
        toy.start();
        say(&mut toy, "abort: not today");
        turns_back(&mut toy);
        assert_eq!(work(&toy), (Work::Running, Work::Paused));
    }
}

#[test]
fn workers_that_do_not_pause_keep_users_where_they_are() {
    let mut toy = ready(true, true);
    misbehaves(&toy, "workers pause", &[const { Misdeed::Throttled }; 9]);
    say(&mut toy, "cutover");
    turns_back(&mut toy);
    assert_eq!(work(&toy), (Work::Running, Work::Paused));
}

#[test]
fn workers_that_somebody_starts_before_users_go_keep_them_where_they_are() {
    for crosses in [false, true] {
        let mut toy = ready(crosses, true);
        say(&mut toy, "cutover");
        let is_paused = |world: &World| world.workers.as_ref().unwrap().work.blue == Work::Paused;
        reach(&mut toy, "workers that are paused", is_paused);
        // The last guard of all, which comes behind theirs, has to wait.
        let machine = || "green-1".parse().unwrap();
        happens(&toy, &Incident::Sick(machine()));
        toy.pass(Duration::from_secs(20));
        toy.world().set_workers(Color::Blue, Work::Running).unwrap();
        happens(&toy, &Incident::Well(machine()));
        turns_back(&mut toy);
        assert_eq!(work(&toy), (Work::Running, Work::Paused));
    }
}

#[test]
fn behind_a_crossing_workers_that_do_not_start_call_people() {
    let mut toy = ready(true, false);
    misbehaves(&toy, "workers start", &[const { Misdeed::Throttled }; 4]);
    say(&mut toy, "cutover");
    reach(&mut toy, "a run that is stuck", |world| site(world).run.is_some_and(|it| it.stuck.is_some()));
    assert_eq!(work(&toy), (Work::Paused, Work::Paused), "nobody works for a color that users have left");
    say(&mut toy, "retry");
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    assert_eq!((work(&toy), toy.site().live), ((Work::Paused, Work::Running), Some(Color::Green)));
    innocent(&toy);
}
