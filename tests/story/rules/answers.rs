//! The world is believed, not what was said to it; and whatever it did is done once.

use std::time::Duration;

use events::color::Color;
use events::fact::{Event, Heading, StepEvent, Trouble};
use events::weights::Weights;

use super::{
    crossed, end, innocent, live, misbehaves, reach, reach_step, ready, say, site, succeeds, turns_back, weights,
};
use crate::toy::Toy;
use crate::toy::world::Incident;
use crate::toy::world::manners::Misdeed;

#[test]
fn what_was_accepted_and_never_done_is_asked_for_again() {
    let mut toy = ready();
    misbehaves(&toy, "balancer set_weights", &[Misdeed::Swallowed]);
    succeeds(&mut toy, "cutover");
    assert_eq!(weights(&toy), Weights::all_to(Color::Green));
}

#[test]
fn a_way_back_that_was_accepted_and_never_done_is_asked_for_again() {
    let mut toy = ready();
    say(&mut toy, "cutover --canary 10");
    reach_step(&mut toy, 6);
    misbehaves(&toy, "balancer set_weights", &[Misdeed::Swallowed]);
    say(&mut toy, "abort: not today");
    turns_back(&mut toy);
    assert_eq!(weights(&toy), Weights::all_to(Color::Blue));
}

#[test]
fn what_is_asked_for_twice_carries_one_key_and_is_done_once() {
    let mut toy = ready();
    misbehaves(&toy, "balancer set_weights", &[Misdeed::DoneButError]);
    succeeds(&mut toy, "cutover");
    let world = toy.world();
    let twice = world.effects.iter().find(|(_, done)| done.len() > 1 && !done[0].contains("delivery"));
    assert_eq!(twice, None);
}

#[test]
fn what_may_still_show_is_not_asked_for_again() {
    let mut toy = live();
    succeeds(&mut toy, "deploy 2.0");
    let asked = super::facts(&toy).into_iter().filter(
        |fact| matches!(fact, Event::Step(StepEvent::Asked { step, heading: Heading::Forward, .. }) if step.0 == 1),
    );
    assert_eq!(asked.count(), 1, "{}", toy.transcript());
}

#[test]
fn what_may_still_show_is_waited_for_before_it_is_undone() {
    let mut toy = ready();
    misbehaves(&toy, "balancer set_weights", &[Misdeed::Late(Duration::from_secs(3))]);
    say(&mut toy, "cutover --canary 10");
    reach_step(&mut toy, 5);
    toy.pass(Duration::from_secs(1));
    say(&mut toy, "abort: not today");
    turns_back(&mut toy);
    toy.pass(Duration::from_mins(1));
    assert_eq!(weights(&toy), Weights::all_to(Color::Blue));
}

#[test]
fn a_delivery_is_ended_before_it_is_undone() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 3);
    toy.world().manners.install_takes = Duration::from_secs(30);
    toy.pass(Duration::from_secs(1));
    say(&mut toy, "abort: not today");
    turns_back(&mut toy);
}

/// A world in which a delivery ends with its bot, and may not be done twice.
fn with_a_migration() -> Toy {
    let mut toy = live();
    toy.world().manners.delivery_dies_with_bot = true;
    toy.world().manners.is_delivery_repeatable = false;
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 3);
    toy.pass(Duration::from_secs(1));
    toy.kill();
    toy.revive();
    reach(&mut toy, "the doubt", |world| site(world).run.is_some_and(|run| run.stuck.is_some()));
    toy
}

#[test]
fn what_may_not_happen_twice_is_left_to_a_person_who_is_called() {
    let mut toy = with_a_migration();
    assert_eq!(toy.site().run.unwrap().stuck.unwrap().trouble, Trouble::OutcomeUnknown);
    toy.pass(Duration::from_mins(10));
    let calls: u32 = toy.world().calls.values().sum();
    assert_eq!(calls, 1, "{}", toy.transcript());
}

#[test]
fn what_waits_for_a_person_never_goes_on_by_itself() {
    let mut toy = with_a_migration();
    let before = super::facts(&toy).len();
    toy.pass(Duration::from_hours(6));
    let since: Vec<Event> = super::facts(&toy).split_off(before);
    assert!(since.len() <= 1, "people are called, and nothing else happens: {since:?}");
    assert!(toy.site().run.unwrap().stuck.is_some());
    innocent(&toy);
}

#[test]
fn one_delivery_of_an_order_is_decided_once() {
    let mut toy = live();
    for _ in 0..2 {
        let heard = toy.try_say("deploy 2.0", "console/7").unwrap();
        assert!(!heard.is_refused, "{}", heard.reply);
    }
    end(&mut toy);
    assert_eq!(toy.site().newest.0, 1);
}

#[test]
fn a_release_means_what_it_meant_when_it_was_decided() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    super::happens(&toy, &Incident::Unreachable("delivery resolve", Duration::from_hours(1)));
    assert_eq!(end(&mut toy), events::fact::RunOutcome::Succeeded, "{}", toy.transcript());
}

#[test]
fn shares_that_somebody_moved_are_never_overwritten() {
    let moved = Incident::SharesMoved(Weights::percent_to(Color::Green, 40));
    // Between two steps, and while one is open.
    for (step, misdeeds) in [(6, vec![]), (5, vec![Misdeed::Swallowed])] {
        let mut toy = ready();
        misbehaves(&toy, "balancer set_weights", &misdeeds);
        say(&mut toy, "cutover --canary 10");
        reach_step(&mut toy, step);
        toy.pass(Duration::from_secs(1));
        super::happens(&toy, &moved);
        toy.pass(Duration::from_mins(10));
        assert_eq!(weights(&toy), Weights::percent_to(Color::Green, 40));
    }
}

#[test]
fn shares_that_somebody_moved_before_it_began_are_never_overwritten() {
    let mut toy = crossed();
    super::happens(&toy, &Incident::SharesMoved(Weights::percent_to(Color::Green, 40)));
    say(&mut toy, "rollback");
    turns_back(&mut toy);
    assert_eq!(weights(&toy), Weights::percent_to(Color::Green, 40));
}
