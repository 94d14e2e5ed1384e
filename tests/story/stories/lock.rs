//! Locks: a site that is closed to new runs.

use events::color::Color;

use crate::scene::{Scene, minutes, told};
use crate::toy::given;

#[test]
fn a_lock_keeps_new_releases_out_until_it_is_released() {
    let mut scene = Scene::ready("Whoever is refused reads who locked the site, since when, and why.");
    scene.say("lock shop/production: schema change").is_refused("deploy 2.1", "locked").is_refused("cutover", "locked");
    scene.say("unlock").say("cutover").settle().is_refused("unlock", "not_locked");
    assert_eq!(scene.site().live, Some(Color::Green));
    told!(scene);
}

#[test]
fn a_lock_does_not_stop_what_is_underway() {
    let mut scene =
        Scene::ready("A run that was begun goes on, and can be aborted, whoever locked the site meanwhile.");
    scene.say("cutover --canary 10").until_step(6).say("lock: nothing new today").say("abort").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    scene.is_refused("cutover", "locked");
    told!(scene);
}

#[test]
fn a_lock_can_be_taken_over() {
    let mut scene = Scene::serving("The lock of somebody else is taken over on purpose only; the log names both.");
    scene.toy.policy = given::policy("night-watch");
    scene.toy.start();
    scene.begin();
    scene.say_as("U02", "lock: schema change").is_refused("lock: the fair is on until Friday", "lock_held");
    scene.say("lock --steal: the fair is on until Friday").say("status").say_as("U02", "unlock");
    told!(scene);
}

#[test]
fn a_lock_ends_by_itself() {
    let mut scene = Scene::serving("A lock with a length is over when its time is, and everybody reads that.");
    scene.say("lock 2h: schema change").is_refused("deploy 2.0", "locked").say("status").pass(minutes(121));
    scene.say("deploy 2.0").settle();
    told!(scene);
}

#[test]
fn nothing_new_begins_in_quiet_hours() {
    let mut scene =
        Scene::serving("Quiet from nine to ten: no new run but for the night watch, and never without a way back.");
    scene.toy.policy = given::policy("night-watch");
    scene.toy.terms.window.quiet = vec![given::mornings()];
    scene.toy.start();
    scene.begin();
    scene.is_refused_as("U02", "deploy shop@2.0 to production", "quiet_hours");
    scene.say_as("U02", "deploy shop@2.0 to production --at 10:05").say_as("U02", "abort: wrong release").settle();
    scene.say("deploy 2.0").settle();
    told!(scene);
}
