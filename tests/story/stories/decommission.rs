//! Decommissions: the way back goes when its time has come, and never without proof.

use std::time::Duration;

use events::color::Color;
use events::fold::WindowEnd;
use events::weights::Weights;
use jiff::SignedDuration;

use crate::scene::{Scene, machine, minutes, seconds, told};
use crate::toy::given;
use crate::toy::world::{Incident, Misdeed};

/// Whether the way back is still there, whole.
fn is_kept(scene: &Scene) -> bool {
    scene.site().window.is_some() && scene.count(Color::Blue) == 2 && scene.site().run.is_none()
}

/// Whether it is gone, and nobody speaks of it any more.
fn is_gone(scene: &Scene) -> bool {
    scene.site().window.is_none() && scene.count(Color::Blue) == 0
}

#[test]
fn at_its_slot_the_old_environment_goes() {
    let shows =
        "The window closes, the end is announced, and in the first slot after that the way back goes, with proof.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:45:00").say("status");
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn a_way_back_that_is_kept_longer_goes_later() {
    let shows = "`keep` with a length of time moves the end; an announcement that was made does not count any more.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:35:00").say("keep 1h").until_time("10:29:00");
    assert!(is_kept(&scene));
    scene.until_time("10:45:00");
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn a_way_back_that_is_held_stays_until_somebody_says_otherwise() {
    let shows = "`keep` without a length of time is until further notice; `keep` with one lets it go again.";
    let mut scene = Scene::window(shows);
    scene.say("keep").until_time("13:00:00");
    assert!(is_kept(&scene) && scene.site().window.is_some_and(|it| it.end == WindowEnd::Held));
    scene.say("keep 5m").until_time("13:30:00");
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn whoever_does_not_want_to_wait_says_why() {
    let shows = "The end may come early, with a reason, and with the same proof.";
    let mut scene = Scene::window(shows);
    scene.is_refused("decommission", "window_is_open").say("decommission: the machines are needed").settle();
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn a_slot_that_comes_during_a_run_is_not_taken_from_it() {
    let shows = "One run at a time, and whoever tried to go back just now gets a new notice.";
    let mut scene = Scene::window(shows);
    scene.misbehaves("balancer set_weights", &[Misdeed::Throttled, Misdeed::Throttled]);
    scene.until_time("09:39:55").say("rollback").until_time("09:40:01").say("abort: it was the cache").settle();
    scene.until_time("09:45:00");
    assert!(is_kept(&scene));
    told!(scene);
}

#[test]
fn a_locked_site_puts_its_decommission_off() {
    let shows = "A lock is waited for within the slot; after ten minutes the next slot is taken, and announced.";
    let mut scene = Scene::window(shows);
    scene.say("lock: schema change").until_time("09:55:00");
    assert!(is_kept(&scene));
    scene.say("unlock").until_time("10:15:00");
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn shares_that_were_moved_back_by_hand_are_not_destroyed() {
    let shows = "Whoever gets requests is never destroyed, whatever the log says of it.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:35:00").meets(Incident::SharesMoved(Weights::percent_to(Color::Blue, 20)));
    scene.until_time("09:45:00");
    assert!(is_kept(&scene));
    told!(scene);
}

#[test]
fn a_machine_that_was_made_anew_is_not_the_one_that_was_recorded() {
    let shows = "A machine is known by its id, its name and its time of creation: an old name alone proves nothing.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:35:00").meets(Incident::Recreated(machine("blue-2"))).until_time("09:45:00");
    assert!(is_kept(&scene));
    scene.say("status").say("adopt").is_refused("decommission", "no_window");
    told!(scene);
}

#[test]
fn a_strange_machine_in_the_old_environment_is_left_alone() {
    let shows = "What nobody recorded is somebody else's: the whole decommission waits until a person has looked.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:35:00").meets(Incident::Appears(Color::Blue, machine("blue-7"))).until_time("09:45:00");
    assert_eq!(scene.count(Color::Blue), 3);
    assert!(scene.site().window.is_some());
    told!(scene);
}

#[test]
fn an_environment_that_was_deployed_onto_is_nobodys_way_back_any_more() {
    let shows = "With the way back given up, its slot comes and goes, and the new release stays.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:35:00").say("deploy 3.0 --give-up-way-back").settle().until_time("10:30:00");
    assert_eq!(scene.count(Color::Blue), 2);
    assert_eq!(scene.site().newest.0, 3);
    told!(scene);
}

#[test]
fn a_way_back_that_is_lost_is_told_at_once_and_found_again() {
    let shows =
        "The way back is proven all through the window; people are told when it is lost, and when it works again.";
    let mut scene = Scene::window(shows);
    scene.pass(minutes(7)).meets(Incident::Sick(machine("blue-1"))).pass(minutes(7)).say("status");
    assert!(scene.site().window.is_some_and(|it| it.lost.is_some()));
    scene.meets(Incident::Well(machine("blue-1"))).pass(minutes(6));
    assert!(scene.site().window.is_some_and(|it| it.lost.is_none()));
    told!(scene);
}

#[test]
fn a_machine_of_the_way_back_that_dies_is_missed() {
    let shows = "A rollback would meet too few machines: it is told long before anybody needs it, and refused by its own checks.";
    let mut scene = Scene::window(shows);
    scene.pass(minutes(7)).meets(Incident::Dies(machine("blue-2"))).pass(minutes(6)).say("rollback").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    assert!(scene.site().window.is_some_and(|it| it.lost.is_some()));
    told!(scene);
}

#[test]
fn a_clock_that_jumps_during_the_proof_proves_nothing() {
    let shows =
        "A clock that was set forward may have closed the window early: the proof waits for one that runs evenly.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:40:04").meets(Incident::ClockJumps(SignedDuration::from_secs(20))).pass(minutes(5));
    assert!(is_kept(&scene));
    told!(scene);
}

#[test]
fn a_clock_that_was_set_back_is_behind_the_log() {
    let shows = "Nothing is destroyed at a time that is earlier than what was recorded already.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:40:04").meets(Incident::ClockJumps(SignedDuration::from_secs(-60))).pass(minutes(5));
    assert!(is_kept(&scene));
    told!(scene);
}

#[test]
fn a_clock_that_was_set_far_forward_still_gives_people_their_notice() {
    let shows = "Slots that are over by the new clock are not caught up with: the next one is announced first.";
    let mut scene = Scene::window(shows);
    scene.pass(minutes(2)).meets(Incident::ClockJumps(SignedDuration::from_hours(3)));
    let jumped = scene.toy.world().steady;
    scene.until(|site| site.window.is_none());
    let notice = scene.toy.world().steady - jumped;
    assert!(notice > minutes(5), "{notice:?}");
    told!(scene);
}

#[test]
fn nothing_is_destroyed_before_the_whole_log_is_verified() {
    let shows =
        "After a start the log is read to its end in the background; a slot that comes too early finds no proof.";
    let mut scene = Scene::window(shows);
    scene.given("The whole log takes three minutes to be verified.", |world| {
        world.manners.verification_takes = minutes(3);
    });
    scene.until_time("09:39:30").dead_for(seconds(10)).until_time("09:45:00");
    assert!(is_kept(&scene));
    scene.until_time("10:05:00");
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn a_slot_that_was_missed_because_the_bot_was_down_is_not_caught_up_with() {
    let shows = "Nobody's environment goes at an hour that nobody chose: the next slot is taken, and announced first.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:35:00").dead_for(minutes(20));
    assert!(is_kept(&scene));
    scene.until_time("10:05:00");
    assert!(is_kept(&scene));
    scene.until_time("10:15:00");
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn a_bot_that_was_down_for_a_moment_still_uses_its_slot() {
    let shows = "A restart right over the slot changes nothing: what follows is in the log.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:39:00").dead_for(minutes(3)).pass(minutes(2));
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn somebody_who_still_uses_the_old_environment_keeps_it() {
    let shows = "The proof counts requests at the balancer: as long as one user sticks to the old color, it stays.";
    let mut scene = Scene::ready(shows);
    scene.given("Users stick to the color that they were sent to for an hour.", |world| {
        world.manners.sticky_for = Duration::from_hours(1);
    });
    scene.say("cutover").settle().until_time("09:45:00");
    assert!(is_kept(&scene));
    scene.until_time("10:15:00");
    assert!(is_gone(&scene));
    told!(scene);
}

#[test]
fn a_whole_day_of_a_window_is_told_as_it_is_usually_set() {
    let shows =
        "A window of a day, a slot at three in the morning, Berlin time, and an hour's notice: what most sites have.";
    let mut scene = Scene::serving(shows);
    scene.toy.terms.window.lasts = SignedDuration::from_hours(24);
    scene.toy.terms.window.decommission.cron = "0 3 * * *".to_owned();
    scene.toy.terms.window.announce = SignedDuration::from_hours(1);
    scene.toy.terms.window.prove_every = SignedDuration::from_hours(1);
    scene.toy.terms.window.quiet_for = SignedDuration::from_mins(5);
    scene.toy.start();
    assert_eq!(scene.toy.terms.window.decommission.zone, given::terms().window.decommission.zone);
    scene.say("deploy 2.0").settle().say("cutover").settle();
    scene.pass(Duration::from_hours(44));
    assert!(is_gone(&scene));
    told!(scene);
}
