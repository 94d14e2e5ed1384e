//! A gate passes on enough good rounds in a row of everything that it asks, and on nothing less.

use std::time::Duration;

use super::{happens, live, misbehaves, reach_step, ready, refused, say, turns_back};
use crate::toy::given;
use crate::toy::world::Incident;
use crate::toy::world::manners::{Manners, Misdeed};

fn sick(machine: &str) -> Incident {
    Incident::Sick(machine.parse().unwrap())
}

#[test]
fn no_evidence_is_no_pass() {
    let mut toy = live();
    happens(&toy, &Incident::Unreachable("check", Duration::from_mins(10)));
    say(&mut toy, "deploy 2.0");
    turns_back(&mut toy);
}

#[test]
fn one_good_round_is_not_two() {
    let mut toy = live();
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 4);
    toy.pass(Duration::from_millis(500));
    happens(&toy, &sick("green-1"));
    turns_back(&mut toy);
}

#[test]
fn two_good_rounds_with_a_bad_one_between_them_are_not_two_in_a_row() {
    let mut toy = live();
    toy.world().manners = Manners::immediate();
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 4);
    // Rounds are two seconds apart: every second one meets a machine that is sick.
    let one = || "green-1".parse().unwrap();
    for round in 0..30 {
        let since = Duration::from_secs(4 * round);
        toy.world().plan(since + Duration::from_secs(1), Incident::Sick(one()));
        toy.world().plan(since + Duration::from_secs(3), Incident::Well(one()));
    }
    turns_back(&mut toy);
}

#[test]
fn what_a_guard_saw_before_the_bot_was_down_is_looked_at_again() {
    let mut toy = ready();
    say(&mut toy, "cutover");
    // The balancer has called everybody healthy, and the last step is about to be asked for.
    reach_step(&mut toy, 5);
    toy.kill();
    for machine in ["green-1", "green-2"] {
        happens(&toy, &sick(machine));
    }
    toy.run_until(Duration::from_secs(25), |_| false);
    toy.start();
    turns_back(&mut toy);
}

#[test]
fn every_machine_is_checked() {
    let mut toy = live();
    happens(&toy, &sick("green-2"));
    say(&mut toy, "deploy 2.0");
    turns_back(&mut toy);
}

#[test]
fn the_release_that_answers_must_be_the_one_that_was_meant() {
    let mut toy = ready();
    happens(&toy, &Incident::Installed("green-2".parse().unwrap(), given::release("0.9")));
    toy.pass(Duration::from_mins(1));
    say(&mut toy, "cutover");
    turns_back(&mut toy);
}

#[test]
fn nobody_skips_a_guard() {
    let mut toy = live();
    happens(&toy, &sick("green-1"));
    say(&mut toy, "deploy 2.0");
    reach_step(&mut toy, 4);
    let answer = refused(&mut toy, "skip: trust me");
    assert!(answer.contains("is a guard"), "{answer}");
    turns_back(&mut toy);
}

#[test]
fn a_check_that_can_not_be_read_for_a_moment_is_read_again() {
    let mut toy = live();
    misbehaves(&toy, "check", &[Misdeed::Throttled]);
    super::succeeds(&mut toy, "deploy 2.0");
}
