//! The manners of providers: late, throttled, forgetful, gone.

use events::color::Color;
use events::fold::Phase;
use jiff::SignedDuration;

use crate::scene::{Scene, is_back, machine, minutes, seconds, told};
use crate::toy::world::{Incident, Misdeed};

/// Whether users are on green, with blue as the way back.
fn is_over(scene: &Scene) -> bool {
    scene.shares() == "blue 0 %, green 100 %" && scene.site().environments.blue.phase == Phase::WayBack
}

/// Whether users are on blue, and green is as ready as before.
fn is_turned_back(scene: &Scene) -> bool {
    let site = scene.site();
    scene.shares() == "blue 100 %, green 0 %" && site.run.is_none() && site.environments.green.phase == Phase::Ready
}

#[test]
fn a_change_that_is_accepted_and_comes_late_is_waited_for() {
    let mut scene = Scene::ready("Accepted is not done: the balancer is read until it shows what was asked for.");
    scene.misbehaves("balancer set_weights", &[Misdeed::Late(seconds(20))]).say("cutover").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn a_change_that_is_done_and_answered_with_an_error_is_found_done() {
    let mut scene =
        Scene::ready("An error is no proof that nothing happened: the world is read before it is asked again.");
    scene.misbehaves("balancer set_weights", &[Misdeed::DoneButError]).say("cutover").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn a_provider_that_throttles_is_asked_again_after_a_pause_that_doubles() {
    let mut scene =
        Scene::ready("A passing fault is met again, a few times; each is in the log with its next attempt.");
    scene.misbehaves("balancer set_weights", &[Misdeed::Throttled, Misdeed::Throttled, Misdeed::Throttled]);
    scene.say("cutover").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn a_provider_that_throttles_for_ever_turns_the_run_back() {
    let mut scene = Scene::ready("After the last attempt the run turns back by itself; nobody was moved.");
    scene.misbehaves("balancer set_weights", &[const { Misdeed::Throttled }; 4]).say("cutover").settle();
    assert!(is_turned_back(&scene));
    told!(scene);
}

#[test]
fn a_provider_that_refuses_for_good_turns_the_run_back_at_once() {
    let mut scene = Scene::ready("A lasting fault is not asked again.");
    scene.misbehaves("balancer set_weights", &[Misdeed::Refused]).say("cutover --canary 10").settle();
    assert!(is_turned_back(&scene));
    told!(scene);
}

#[test]
fn an_ask_that_is_accepted_and_forgotten_is_made_again() {
    let mut scene = Scene::ready("What was accepted and has not shown when it must have is asked for once more.");
    scene.misbehaves("balancer set_weights", &[Misdeed::Swallowed]).say("cutover").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn an_abort_waits_for_a_change_that_may_still_show() {
    let shows =
        "To undo before the late change shows would be to lose a race against it: the abort waits until it settled.";
    let mut scene = Scene::ready(shows);
    scene.misbehaves("balancer set_weights", &[Misdeed::Late(seconds(4))]);
    scene.say("cutover").until_step(5).pass(seconds(1)).say("abort").settle().pass(seconds(20));
    assert!(is_turned_back(&scene));
    told!(scene);
}

#[test]
fn a_balancer_that_takes_one_change_at_a_time_is_asked_one_at_a_time() {
    let mut scene =
        Scene::ready("While one change is in progress every other is refused: nothing is asked on top of it.");
    scene.given("The balancer takes 8 s for a change, and refuses every other meanwhile.", |world| {
        world.manners.is_exclusive = true;
        world.manners.balancer_takes = seconds(8);
    });
    scene.say("cutover --canary 10,50").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn reads_that_lag_behind_are_waited_for() {
    let mut scene =
        Scene::ready("What the balancer says of itself is a few seconds old: nothing is begun on the old picture.");
    scene.given("The balancer's answers lag 3 s behind what it does.", |world| {
        world.manners.balancer_lags = seconds(3);
    });
    scene.say("cutover --canary 10").settle().say("rollback").settle();
    assert!(is_back(&scene));
    told!(scene);
}

#[test]
fn a_balancer_that_forgets_health_when_it_is_set_gets_time_to_find_it_again() {
    let shows =
        "Members that were set again are unhealthy for a while: nobody is sent there before the balancer says so.";
    let mut scene = Scene::ready(shows);
    scene.given("Whoever is set as a member again starts unhealthy, and takes 8 s to be called healthy.", |world| {
        world.manners.forgets_health = true;
        world.manners.healthy_after = seconds(8);
    });
    scene.meets(Incident::MembersTaken(Color::Green)).pass(minutes(1)).say("cutover").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn users_who_stick_to_the_old_color_are_given_time_to_leave() {
    let mut scene = Scene::ready("Stickiness beats shares: the cutover waits for who is left, and not for ever.");
    scene.given("Users stick to the color that they were sent to for 20 s.", |world| {
        world.manners.sticky_for = seconds(20);
    });
    scene.say("cutover").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn a_machine_that_dies_during_the_canary_turns_it_back() {
    let shows = "A machine that is gone can't fail a check, so machines are counted in every round of the bake.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10").until_step(6).pass(seconds(2));
    scene.meets(Incident::Dies(machine("green-1"))).settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_machine_that_answers_wrongly_during_the_canary_turns_it_back_within_seconds() {
    let mut scene = Scene::ready("Two bad rounds in a row end a bake: one may be chance.");
    scene.say("cutover --canary 10").until_step(6).pass(seconds(2));
    scene.meets(Incident::Sick(machine("green-2"))).settle();
    assert!(is_turned_back(&scene));
    told!(scene);
}

#[test]
fn a_machine_that_dies_during_the_deploy_turns_it_back() {
    let mut scene = Scene::serving(
        "A machine that is gone can't fail a check, so machines are counted too; who is left is taken away again.",
    );
    scene.say("deploy 2.0").until_step(3).pass(seconds(1)).meets(Incident::Dies(machine("green-1"))).settle();
    assert_eq!((scene.site().run, scene.count(Color::Green)), (None, 0));
    told!(scene);
}

#[test]
fn automatic_scaling_that_takes_an_idle_machine_is_noticed_before_anybody_is_sent_there() {
    let mut scene =
        Scene::ready("Idle machines look unused to a scaler: the cutover counts them again before it begins.");
    scene.meets(Incident::Shrinks(Color::Green)).pass(minutes(1)).say("cutover").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    scene.say("deploy 2.0").settle().say("cutover").settle();
    assert!(is_over(&scene));
    told!(scene);
}

#[test]
fn a_balancer_that_is_gone_for_an_hour_in_the_middle_of_a_cutover_calls_people() {
    let shows = "Nothing is guessed while nothing can be read: the run waits for a person, and `retry` ends it well.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10").until_step(6);
    scene.meets(Incident::Unreachable("balancer", minutes(60))).settle().say("status").pass(minutes(61));
    scene.say("retry").settle();
    assert!(is_turned_back(&scene));
    told!(scene);
}

#[test]
fn a_fleet_that_is_gone_for_a_moment_is_waited_for() {
    let mut scene =
        Scene::serving("What can't be read now can be read later; nothing is recorded of it until the deadline.");
    scene.say("deploy 2.0").until_step(2).meets(Incident::Unreachable("fleet", seconds(40))).settle();
    assert_eq!(scene.site().environments.green.phase, Phase::Ready);
    told!(scene);
}

#[test]
fn a_delivery_that_fails_turns_the_deploy_back() {
    let mut scene = Scene::serving("A hook that fails fails the deploy; what it did to machines is undone.");
    scene.misbehaves("delivery start", &[Misdeed::Breaks]).say("deploy 2.0").settle();
    assert_eq!(scene.count(Color::Green), 0);
    told!(scene);
}

#[test]
fn a_delivery_that_died_with_its_bot_is_begun_again() {
    let mut scene = Scene::serving("A delivery that may be repeated is: its key makes sure that it is the same one.");
    scene.given("A delivery ends with the bot that started it, as one over a plain SSH session does.", |world| {
        world.manners.delivery_dies_with_bot = true;
    });
    scene.say("deploy 2.0").until_step(3).pass(seconds(1)).dead_for(seconds(5)).settle();
    assert_eq!(scene.site().environments.green.phase, Phase::Ready);
    told!(scene);
}

#[test]
fn a_change_that_takes_longer_than_it_may_is_not_asked_on_top_of_itself() {
    let shows = "A slow balancer gets the time that it takes to settle, and is asked once.";
    let mut scene = Scene::ready(shows);
    scene.given(
        "The balancer takes 20 s for a change, refuses every other meanwhile, and is given 25 s to settle.",
        |world| {
            world.manners.is_exclusive = true;
            world.manners.balancer_takes = seconds(20);
        },
    );
    scene.toy.terms.patience.settle = SignedDuration::from_secs(25);
    scene.toy.start();
    scene.say("cutover --canary 10").settle();
    assert!(is_over(&scene));
    told!(scene);
}
