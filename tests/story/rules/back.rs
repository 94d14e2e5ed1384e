//! The way back is real, and is gone back in the right order.

use std::time::Duration;

use events::fact::{Event, StepEvent};

use super::{crossed, happens, reach_step, ready, refused, say, succeeds, turns_back};
use crate::toy::world::Incident;

#[test]
fn what_was_begun_last_is_undone_first() {
    let mut toy = ready();
    say(&mut toy, "cutover --canary 10,50");
    reach_step(&mut toy, 9);
    say(&mut toy, "abort: not today");
    turns_back(&mut toy);
    let facts = super::facts(&toy);
    let undone = facts.iter().filter_map(|fact| {
        if let Event::Step(StepEvent::UndoBegun { step, .. }) = fact { Some(step.0 + 1) } else { None }
    });
    assert_eq!(undone.collect::<Vec<_>>(), [8, 5, 3]);
}

#[test]
fn a_release_goes_onto_the_way_back_only_when_it_is_given_up() {
    let mut toy = crossed();
    let answer = refused(&mut toy, "deploy 3.0");
    assert!(answer.contains("--give-up-way-back"), "{answer}");
    succeeds(&mut toy, "deploy 3.0 --give-up-way-back");
}

#[test]
fn a_way_back_that_is_lost_is_told_within_two_proofs() {
    let mut toy = crossed();
    happens(&toy, &Incident::Dies("blue-1".parse().unwrap()));
    toy.pass(Duration::from_mins(11));
    let lost = toy.site().window.unwrap().lost;
    assert_eq!(lost.as_deref(), Some("blue-1 of blue is gone"));
}

#[test]
fn a_lock_never_stands_in_the_way_of_a_rollback() {
    let mut toy = crossed();
    say(&mut toy, "lock: sale");
    succeeds(&mut toy, "rollback: checkout fails");
}

#[test]
fn a_rollback_closes_the_site_until_somebody_has_looked() {
    let mut toy = crossed();
    succeeds(&mut toy, "rollback: checkout fails");
    let answer = refused(&mut toy, "cutover");
    assert!(answer.contains("checkout fails"), "{answer}");
}
