//! Locks: a site that is closed to new runs.

use events::color::Color;

use crate::scene::{Scene, told};

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
    let mut scene = Scene::ready("Locking a locked site replaces the reason; the log names both.");
    scene.say("lock: schema change").say("lock: the fair is on until Friday").say("status").say("unlock");
    told!(scene);
}
