//! Nothing is changed whose intent, with its way back, is not in the log before.

use std::time::Duration;

use super::{crossed, innocent, live, reach_step, ready, refused, say, succeeds, turns_back};

#[test]
fn nothing_is_asked_for_before_its_beginning_is_in_the_log() {
    let mut toy = live();
    for line in ["deploy 2.0", "cutover --canary 10", "rollback", "unlock", "cutover"] {
        if line == "unlock" {
            say(&mut toy, line);
        } else {
            succeeds(&mut toy, line);
        }
    }
    innocent(&toy);
}

#[test]
fn what_was_begun_is_undone_wherever_it_is_aborted() {
    for step in 1..=5 {
        let mut toy = live();
        say(&mut toy, "deploy 2.0");
        reach_step(&mut toy, step);
        say(&mut toy, "abort: not today");
        turns_back(&mut toy);
    }
    for step in 1..=10 {
        let mut toy = ready();
        say(&mut toy, "cutover --canary 10");
        reach_step(&mut toy, step);
        say(&mut toy, "abort: not today");
        turns_back(&mut toy);
    }
}

#[test]
fn what_was_refused_is_in_the_log() {
    let mut toy = crossed();
    let before = super::facts(&toy).len();
    refused(&mut toy, "deploy 3.0");
    let facts = super::facts(&toy);
    assert!(matches!(facts[before..], [events::fact::Event::Order(_)]), "{:?}", &facts[before..]);
}

#[test]
fn no_step_begins_on_a_full_disk_and_the_run_goes_on_when_there_is_space() {
    let mut toy = live();
    toy.world().is_disk_full = true;
    say(&mut toy, "deploy 2.0");
    toy.pass(Duration::from_mins(1));
    assert!(super::world(&toy).is_empty(), "{}", toy.transcript());
    toy.world().is_disk_full = false;
    assert_eq!(super::end(&mut toy), events::fact::RunOutcome::Succeeded);
}
