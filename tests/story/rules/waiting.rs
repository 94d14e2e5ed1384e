//! Whatever is waited for ends: by its deadline, by the attempts that it has, or by a person.

use std::time::Duration;

use events::fact::{Event, RunOutcome, StepEvent};

use super::{crossed, end, innocent, live, misbehaves, reach_step, refused, say, succeeds, turns_back};
use crate::toy::given;
use crate::toy::world::Incident;
use crate::toy::world::manners::Misdeed;

#[test]
fn what_can_not_be_read_until_its_deadline_is_turned_back() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 2);
    super::happens(&toy, &Incident::Unreachable("fleet", Duration::from_mins(20)));
    let deadline = given::terms().patience.grow.unsigned_abs();
    toy.pass(deadline + Duration::from_secs(10));
    assert!(
        super::facts(&toy).iter().any(|it| matches!(it, Event::Step(StepEvent::Answered { step, .. }) if step.0 == 1))
    );
}

#[test]
fn a_world_that_always_refuses_is_asked_as_often_as_was_agreed() {
    let mut toy = live();
    misbehaves(&toy, "fleet grow_to", &vec![Misdeed::Throttled; 1000]);
    say(&mut toy, "deploy 2.0");
    turns_back(&mut toy);
    let faults = super::facts(&toy).into_iter().filter(|it| matches!(it, Event::Step(StepEvent::Faulted { .. })));
    assert_eq!(faults.count(), usize::try_from(given::terms().retries.attempts).unwrap());
}

#[test]
fn a_fault_that_passes_is_waited_for() {
    let mut toy = live();
    misbehaves(&toy, "fleet grow_to", &[Misdeed::Throttled, Misdeed::Throttled]);
    succeeds(&mut toy, "deploy 2.0");
}

#[test]
fn behind_the_point_of_no_return_an_abort_is_answered_and_changes_nothing() {
    let mut toy = crossed();
    say(&mut toy, "decommission --reason space");
    reach_step(&mut toy, 3);
    let answer = refused(&mut toy, "abort: not today");
    assert!(answer.contains("point of no return"), "{answer}");
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    innocent(&toy);
}
