//! Cutovers: users are brought to the environment that is ready.

use events::color::Color;
use events::fold::Phase;

use crate::scene::{Scene, minutes, seconds, told};

#[test]
fn the_first_cutover_opens_no_window() {
    let shows = "Nothing served before, so there is nothing to go back to.";
    let mut scene = Scene::empty(shows);
    scene.say("deploy 1.0").settle().say("cutover").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    assert_eq!((scene.site().live, scene.site().window), (Some(Color::Blue), None));
    told!(scene);
}

#[test]
fn a_cutover_brings_every_user_over_and_keeps_the_way_back() {
    let shows = "Nobody is sent to a machine before the balancer itself calls it healthy, and blue stays as it was.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover").settle().say("status");
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    assert_eq!(scene.site().environments.blue.phase, Phase::WayBack);
    assert_eq!(scene.count(Color::Blue), 2);
    told!(scene);
}

#[test]
fn a_canary_shows_the_release_to_a_few_before_all() {
    let shows = "Each share is watched for as long as the terms say before the next one.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 5,50 --reason \"new checkout\"").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn a_bake_is_skipped_by_somebody_who_has_seen_enough() {
    let shows = "A bake is no guard: a person may end it early with a reason, and the shares go on.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10").until_step(6).pass(seconds(2));
    scene.say("skip: the dashboards are green").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn a_cutover_waits_for_its_time_and_looks_again_before_it_begins() {
    let shows = "Everything is checked when the time has come, not when the line was said.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --at 2026-08-10T09:05:00Z").pass(minutes(3));
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    scene.settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn the_colors_swap_their_roles_at_every_cutover() {
    let shows = "After a decommission the next release goes to the other color, by the same lines.";
    let mut scene = Scene::window(shows);
    scene.say("decommission: all is well").settle();
    scene.say("deploy 3.0").settle().say("cutover").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    assert_eq!(scene.site().environments.green.phase, Phase::WayBack);
    told!(scene);
}
