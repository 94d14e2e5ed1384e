//! A bot that dies in the middle, and goes on.

use events::fold::Site;

use crate::scene::{Scene, seconds, told};

/// The run that `line` begins, killed at step `number` and dead for a while; it ends as one that never was killed.
fn killed(mut scene: Scene, line: &str, number: u16) -> Scene {
    let mut calm = scene.toy.left_behind();
    calm.start();
    calm.pass(seconds(2));
    calm.say(line);
    calm.settle();
    scene.say(line).until_step(number).dead_for(seconds(20)).settle();
    let end = |site: &Site| format!("{:?}\n{:?}\n{:?}", site.environments, site.live, site.lock.is_some());
    let machines = |text: String| text.replace(char::is_numeric, "#");
    assert_eq!(machines(end(&scene.site())), machines(end(&calm.site())));
    assert_eq!(scene.toy.world().image(), calm.world().image());
    scene
}

#[test]
fn a_deploy_goes_on_after_the_bot_died_in_its_delivery() {
    let shows = "The delivery runs on without the bot, and is found again by its key.";
    let mut scene = killed(Scene::serving(shows), "deploy 2.0", 3);
    told!(scene);
}

#[test]
fn a_cutover_goes_on_after_the_bot_died_over_its_shares() {
    let shows = "The shares were asked for before the bot died: it looks, and finds them.";
    let mut scene = killed(Scene::ready(shows), "cutover", 5);
    told!(scene);
}

#[test]
fn a_rollback_goes_on_after_the_bot_died_over_its_shares() {
    let shows = "Users are back while the bot is dead; it finds them there, and locks the site.";
    let mut scene = killed(Scene::window(shows), "rollback", 5);
    told!(scene);
}

#[test]
fn a_decommission_goes_on_after_the_bot_died_while_it_destroyed() {
    let shows = "What was begun past the point of no return is finished.";
    let mut scene = killed(Scene::window(shows), "decommission: all is well", 3);
    told!(scene);
}

#[test]
fn a_decommission_that_proves_begins_its_proof_anew_after_the_bot_died() {
    let shows = "Nobody watched while the bot was dead, so the quiet time is counted from the beginning.";
    let mut scene = killed(Scene::window(shows), "decommission: all is well", 1);
    told!(scene);
}

#[test]
fn an_abort_goes_on_after_the_bot_died() {
    let shows = "Which way a run goes is in the log: the next bot goes on turning it back.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10,50").until_step(9).say("abort").dead_for(seconds(20)).settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_bake_that_nobody_watched_proves_nothing() {
    let shows = "The bot was dead all through the bake: it would be a guess to go on, so the canary turns back.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10").until_step(6).dead_for(seconds(60)).settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_bot_that_keeps_dying_still_ends_what_was_begun() {
    let shows = "Killed every three seconds, it takes longer and ends the same.";
    let mut scene = Scene::serving(shows);
    scene.say("deploy 2.0");
    while scene.site().run.is_some() {
        scene.pass(seconds(3)).dead_for(seconds(1));
    }
    let ready = scene.site().environments.green.release.map(|it| it.name.to_string());
    assert_eq!(ready.as_deref(), Some("2.0"));
    told!(scene);
}
