//! The way back is real, and is gone back in the right order.

use std::time::Duration;

use events::color::Color;
use events::fact::{Event, StepEvent};
use events::weights::Weights;

use super::{
    crossed, happens, innocent, live, reach, reach_step, ready, refused, say, site, succeeds, turns_back, weights,
};
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
fn users_who_are_answered_are_not_sent_back_to_where_nobody_answers() {
    let mut toy = ready();
    toy.world().manners.sticky_for = Duration::from_mins(2);
    say(&mut toy, "cutover");
    reach_step(&mut toy, 7);
    for machine in ["blue-1", "blue-2"] {
        happens(&toy, &Incident::Sick(machine.parse().unwrap()));
    }
    toy.pass(Duration::from_secs(25));
    say(&mut toy, "abort: not today");
    reach(&mut toy, "the doubt", |world| site(world).run.is_some_and(|run| run.stuck.is_some()));
    innocent(&toy);
    assert_eq!(weights(&toy), Weights::all_to(Color::Green));
}

#[test]
fn whom_somebody_sent_to_a_color_meanwhile_are_not_left_alone_there() {
    let mut toy = live();
    toy.world().manners.balancer_takes = Duration::from_millis(300);
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 5);
    toy.pass(Duration::from_millis(100));
    happens(&toy, &Incident::Unreachable("fleet", Duration::from_secs(100)));
    toy.pass(Duration::from_secs(1));
    happens(&toy, &Incident::SharesMoved(Weights::percent_to(Color::Green, 40)));
    reach(&mut toy, "the doubt", |world| site(world).run.is_some_and(|run| run.stuck.is_some()));
    innocent(&toy);
    assert_eq!(weights(&toy), Weights::percent_to(Color::Green, 40));
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
