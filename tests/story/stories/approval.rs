//! Runs that wait for people.

use std::time::Duration;

use events::fact::RunOutcome;

use crate::scene::{Scene, minutes, told};
use crate::toy::given;

/// A deploy needs two of the releasers within an hour; the console watches the night.
fn waiting(shows: &str) -> Scene {
    let mut scene = Scene::serving(shows);
    scene.toy.policy = given::policy("night-watch");
    scene.toy.terms.approvals = vec![given::approval()];
    scene.toy.start();
    scene.begin();
    scene.say_as("U02", "deploy shop@2.0 to production");
    scene
}

fn outcome(scene: &Scene) -> Option<RunOutcome> {
    scene.site().last.map(|it| it.outcome)
}

#[test]
fn a_deploy_waits_until_two_people_are_for_it() {
    let mut scene = waiting("Whoever asked does not count, nobody counts twice, and nothing is begun before.");
    scene.pass(minutes(5)).is_refused_as("U02", "approve", "own_request").say_as("U03", "approve");
    scene.is_refused_as("U03", "approve", "approved_already").say("status").pass(minutes(5)).say_as("U04", "approve");
    scene.settle();
    assert_eq!(outcome(&scene), Some(RunOutcome::Succeeded));
    told!(scene);
}

#[test]
fn a_deploy_that_is_not_approved_in_time_turns_back() {
    let mut scene = waiting("What one of two said does not count for ever.");
    scene.pass(minutes(30)).say_as("U03", "approve").settle();
    assert_eq!(outcome(&scene), Some(RunOutcome::TurnedBack));
    told!(scene);
}

#[test]
fn a_deploy_that_is_rejected_turns_back_with_the_reason() {
    let mut scene = waiting("One who is against it is enough.");
    scene.say_as("U03", "approve").say_as("U04", "reject: not before the sale").settle().say("why");
    assert_eq!(outcome(&scene), Some(RunOutcome::TurnedBack));
    told!(scene);
}

#[test]
fn somebody_takes_back_that_they_were_for_it() {
    let mut scene = waiting("Until the run goes on, an approval can be taken back.");
    scene.say_as("U03", "approve").say_as("U03", "withdraw").say_as("U04", "approve").pass(minutes(1));
    assert!(scene.site().run.unwrap().awaited().is_some());
    scene.say("abort").settle();
    told!(scene);
}

#[test]
fn the_glass_is_broken_at_night() {
    let mut scene = waiting("An emergency role waits for nobody, and everybody reads that, and why.");
    scene.is_refused_as("U03", "approve --break-glass --reason \"I am alone\"", "no_emergency");
    scene.say("approve --break-glass --reason \"checkout is down, and nobody answers\"").pass(Duration::from_secs(1));
    scene.say("status").settle();
    assert_eq!(outcome(&scene), Some(RunOutcome::Succeeded));
    told!(scene);
}
