//! Aborts: at every step of every kind of run, and past the point of no return.

use commands::sentence;
use events::color::Color;
use events::fold::Site;

use crate::scene::{Scene, minutes, seconds, told};

/// Aborts the run that `line` begins at every step of it that takes time, a section each: everything must be as it was
/// before.
fn at_every_step(scene: &mut Scene, line: &str) {
    let start = scene.toy.left_behind();
    for (number, what) in (1..).zip(steps(scene, line)) {
        scene.turn_to(start.left_behind());
        scene.toy.start();
        scene.toy.pass(seconds(2));
        let before = untouched(scene);
        scene.toy.say(line);
        if !scene.run_to(number) {
            continue;
        }
        scene.say("abort").settle();
        assert_eq!(untouched(scene), before, "aborted at step {number}: {what}");
        scene.section(&format!("Step {number}: {what}"));
    }
}

/// What the run that `line` begins consists of.
fn steps(scene: &Scene, line: &str) -> Vec<String> {
    let mut toy = scene.toy.left_behind();
    toy.start();
    toy.say(line);
    let run = toy.site().run.expect("no run was begun");
    run.plan.steps().iter().map(sentence::step).collect()
}

/// The world, and what the log says of it, in named fields.
fn untouched(scene: &Scene) -> String {
    let Site { environments, live, window, lock, .. } = scene.site();
    let end = window.map(|it| it.end);
    format!("{}\n{environments:?}\n{live:?}\n{end:?}\n{lock:?}", scene.toy.world().image())
}

#[test]
fn a_deploy_is_aborted_at_every_step() {
    let mut scene =
        Scene::serving("Wherever a deploy is aborted, nothing of it is left: no machine, no release, no member.");
    at_every_step(&mut scene, "deploy 2.0");
    told!(scene);
}

#[test]
fn a_deploy_over_a_release_is_aborted_at_every_step() {
    let mut scene = Scene::ready("What was ready before is ready again, on the same machines.");
    at_every_step(&mut scene, "deploy 2.1");
    told!(scene);
}

#[test]
fn a_first_cutover_is_aborted_at_every_step() {
    let mut scene = Scene::empty("Before the first cutover nobody is served, and after its abort nobody is.");
    scene.quietly("deploy 1.0");
    at_every_step(&mut scene, "cutover");
    told!(scene);
}

#[test]
fn a_cutover_with_a_canary_is_aborted_at_every_step() {
    let mut scene = Scene::ready("Users who were sent to green are brought back to blue, share by share.");
    at_every_step(&mut scene, "cutover --canary 10,50");
    told!(scene);
}

#[test]
fn a_rollback_is_aborted_at_every_step() {
    let mut scene = Scene::window("Users stay on green, and blue is still the way back.");
    at_every_step(&mut scene, "rollback");
    told!(scene);
}

#[test]
fn a_decommission_is_aborted_before_its_point_of_no_return_and_not_after_it() {
    let mut scene =
        Scene::window("Until machines are destroyed everything is undone; from then on the abort is refused.");
    let line = "decommission: all is well";
    let start = scene.toy.left_behind();
    for (number, what) in (1..).zip(steps(&scene, line)) {
        scene.turn_to(start.left_behind());
        scene.toy.start();
        scene.toy.pass(seconds(2));
        let before = untouched(&scene);
        scene.toy.say(line);
        assert!(scene.run_to(number));
        if number < 3 {
            scene.say("abort").settle();
            assert_eq!(untouched(&scene), before, "{what}");
        } else {
            scene.is_refused("abort", "past_no_return").settle();
            assert_eq!(scene.count(Color::Blue), 0);
        }
        scene.section(&format!("Step {number}: {what}"));
    }
    told!(scene);
}

#[test]
fn a_run_that_waits_for_its_time_is_aborted_like_any_other() {
    let mut scene = Scene::serving("Nothing was begun but the waiting, so there is nothing to undo.");
    scene.say("deploy 2.0 --at 2026-08-10T18:00:00Z").pass(minutes(1)).say("abort: not today").settle();
    assert_eq!(scene.count(Color::Green), 0);
    told!(scene);
}

#[test]
fn a_run_that_is_turning_back_is_not_turned_again() {
    let mut scene = Scene::ready("An abort is said once; said again it tells how far the first one is.");
    scene.say("cutover").until_step(5).say("abort: the wrong release").is_refused("abort", "turning_back").settle();
    scene.is_refused("abort", "no_open_run");
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}
