//! Deploys: a release reaches the idle environment, and no user.

use events::color::Color;
use events::fold::Phase;

use crate::scene::{Scene, minutes, seconds, told};

#[test]
fn the_first_deploy_attaches_nothing() {
    let shows = "While nothing is live, whoever is attached would serve: going live is left to the cutover.";
    let mut scene = Scene::empty(shows);
    scene.say("deploy 1.0").settle();
    let world = scene.toy.world().image();
    assert!(world.contains("blue-1 with 1.0"), "{world}");
    assert!(scene.toy.world().balancer.members.blue.is_empty());
    assert_eq!(scene.site().live, None);
    told!(scene);
}

#[test]
fn a_deploy_prepares_the_idle_environment_and_touches_no_user() {
    let shows =
        "The release is installed, checked on every machine, and attached with no share, so that it can be previewed.";
    let mut scene = Scene::serving(shows);
    scene.say("deploy shop@2.0 to production --reason \"faster basket\"").settle().say("status");
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    assert_eq!(scene.site().environments.green.phase, Phase::Ready);
    told!(scene);
}

#[test]
fn what_a_deploy_would_do_is_shown_by_its_plan() {
    let shows = "With `--plan` nothing is recorded and nothing is done.";
    let mut scene = Scene::serving(shows);
    let before = scene.toy.world().journal.head();
    scene.say("deploy 2.0 --plan").pass(seconds(10));
    assert_eq!(scene.toy.world().journal.head(), before);
    assert_eq!(scene.count(Color::Green), 0);
    told!(scene);
}

#[test]
fn a_deploy_that_is_to_begin_later_waits_for_its_time() {
    let shows = "The waiting is the first step of the run, so it survives restarts, and `abort` ends it.";
    let mut scene = Scene::serving(shows);
    scene.say("deploy 2.0 --at 2026-08-10T09:05:00Z").pass(minutes(1)).dead_for(minutes(1));
    assert_eq!(scene.count(Color::Green), 0);
    scene.settle();
    assert_eq!(scene.site().environments.green.phase, Phase::Ready);
    told!(scene);
}

#[test]
fn a_second_deploy_replaces_the_first_before_anybody_used_it() {
    let shows = "What is ready but not live may be replaced as often as one likes.";
    let mut scene = Scene::ready(shows);
    scene.say("deploy 2.1").settle();
    let ready = scene.site().environments.green.release.clone().map(|it| it.name.to_string());
    assert_eq!(ready.as_deref(), Some("2.1"));
    told!(scene);
}

#[test]
fn a_deploy_onto_the_way_back_must_give_it_up_in_so_many_words() {
    let shows = "As long as its window is open, the way back is nobody's idle machine.";
    let mut scene = Scene::window(shows);
    scene.is_refused("deploy 3.0", "way_back_in_use");
    scene.say("deploy 3.0 --give-up-way-back --reason \"2.0 is fine\"").settle();
    scene.is_refused("rollback", "no_way_back");
    assert_eq!(scene.site().environments.blue.phase, Phase::Ready);
    assert_eq!(scene.site().window, None);
    told!(scene);
}

#[test]
fn a_release_that_was_given_up_for_does_not_work_out_and_the_old_one_is_still_there() {
    let shows = "Once a deploy over the way back has turned back, the old release is ready for a cutover again.";
    let mut scene = Scene::window(shows);
    scene.misbehaves("delivery start", &[crate::toy::world::Misdeed::Breaks]);
    scene.say("deploy 3.0 --give-up-way-back").settle().is_refused("rollback", "no_way_back");
    scene.say("cutover: back to 1.0").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}
