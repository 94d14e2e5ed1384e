//! Runs that need a person: retry, skip, abort, and the people who are called.

use events::color::Color;
use events::fact::Trouble;
use events::fold::{Phase, Site};
use events::weights::Weights;

use crate::scene::{Scene, machine, minutes, seconds, told};
use crate::toy::given;
use crate::toy::world::{Incident, Misdeed};

fn trouble(site: &Site) -> Option<Trouble> {
    site.run.as_ref().and_then(|it| it.stuck.as_ref()).map(|it| it.trouble)
}

/// A delivery that died with its bot, and may not be begun again.
fn unknown(shows: &str) -> Scene {
    let mut scene = Scene::serving(shows);
    scene.given(
        "A delivery ends with the bot that started it, and may not be repeated: it has begun to migrate.",
        |world| {
            world.manners.delivery_dies_with_bot = true;
            world.manners.is_delivery_repeatable = false;
        },
    );
    scene.say("deploy 2.0").until_step(3).dead_for(seconds(5)).settle();
    assert_eq!(trouble(&scene.site()), Some(Trouble::OutcomeUnknown));
    scene.pass(minutes(1));
    scene
}

#[test]
fn a_delivery_whose_end_nobody_knows_is_tried_again_when_a_person_says_that_it_did_not_happen() {
    let mut scene =
        unknown("What may not happen twice is never repeated by itself; `retry` is a person's word that it may be.");
    scene.say("status").say("retry").settle();
    assert_eq!(scene.site().environments.green.phase, Phase::Ready);
    told!(scene);
}

#[test]
fn a_delivery_whose_end_nobody_knows_is_skipped_when_a_person_says_that_it_happened() {
    let mut scene =
        unknown("`skip` is a person's word that it happened after all; the checks behind it still have to pass.");
    scene.meets(Incident::Installed(machine("green-1"), given::release("2.0")));
    scene.meets(Incident::Installed(machine("green-2"), given::release("2.0")));
    scene.say("skip: the migration is done, and I finished the installation by hand").settle();
    assert_eq!(scene.site().environments.green.phase, Phase::Ready);
    told!(scene);
}

#[test]
fn a_skip_of_what_did_not_happen_meets_the_checks() {
    let mut scene = unknown("A guard can't be talked past: nothing answers with the release, so the run turns back.");
    scene.say("skip: I think it is done").settle();
    assert_eq!(scene.site().run, None);
    assert_eq!(scene.count(Color::Green), 0);
    told!(scene);
}

#[test]
fn a_delivery_whose_end_nobody_knows_is_aborted() {
    let mut scene = unknown("`abort` restores what the machines ran, and what was begun outside is left to people.");
    scene.say("abort: look at the database first").settle();
    assert_eq!(scene.count(Color::Green), 0);
    told!(scene);
}

#[test]
fn people_are_called_once_for_each_trouble() {
    let shows = "Somebody's system takes the call, the log says so, and a restart calls nobody again.";
    let mut scene = unknown(shows);
    scene.pass(minutes(1)).dead_for(seconds(30)).pass(minutes(30));
    assert_eq!(scene.toy.world().calls.values().copied().collect::<Vec<_>>(), [1]);
    told!(scene);
}

#[test]
fn people_are_called_until_somebody_takes_the_call() {
    let shows = "A call that nobody takes is made again, after pauses that grow.";
    let mut scene = Scene::serving(shows);
    scene.given("A delivery ends with the bot that started it, and may not be repeated.", |world| {
        world.manners.delivery_dies_with_bot = true;
        world.manners.is_delivery_repeatable = false;
    });
    scene.misbehaves("pager call", &[Misdeed::DoneButError, Misdeed::DoneButError]);
    scene.say("deploy 2.0").until_step(3).dead_for(seconds(5)).pass(minutes(2));
    assert_eq!(scene.toy.world().calls.values().copied().collect::<Vec<_>>(), [1]);
    told!(scene);
}

#[test]
fn what_somebody_else_moved_meanwhile_is_not_overwritten_on_the_way_back() {
    let shows =
        "An undo restores what was only while the world still is what the run asked for; otherwise a person decides.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10").until_step(6);
    scene.meets(Incident::SharesMoved(Weights::percent_to(Color::Green, 30))).say("abort").settle();
    assert_eq!(trouble(&scene.site()), Some(Trouble::Drift));
    scene.pass(minutes(1)).say("status");
    scene.meets(Incident::SharesMoved(Weights::percent_to(Color::Green, 10))).say("retry").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_stuck_run_is_left_as_it_stands_when_nothing_else_helps() {
    let shows = "The last way out: the world is taken as it is, and `adopt` makes it the state.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10").until_step(6);
    scene.meets(Incident::SharesMoved(Weights::all_to(Color::Green))).say("abort").settle();
    scene.pass(minutes(1)).say("abort: green shall stay").settle().say("adopt");
    assert_eq!((scene.site().live, scene.shares().as_str()), (Some(Color::Green), "blue 0 %, green 100 %"));
    told!(scene);
}

#[test]
fn a_decommission_that_can_not_be_finished_waits_for_a_person() {
    let shows = "Past the point of no return nothing is undone: the run is stuck until a person lets it try again.";
    let mut scene = Scene::window(shows);
    scene.misbehaves("fleet reduce_to", &[Misdeed::Refused]);
    scene.say("decommission: all is well").settle();
    assert_eq!(trouble(&scene.site()), Some(Trouble::PastNoReturn));
    scene.pass(minutes(1)).say("retry").settle();
    assert_eq!((scene.count(Color::Blue), scene.site().window), (0, None));
    told!(scene);
}

#[test]
fn a_step_that_waits_to_be_asked_again_is_asked_at_once_by_retry() {
    let shows = "Whoever knows that the provider answers again need not wait for the pause to end.";
    let mut scene = Scene::ready(shows);
    scene.given("After a fault the bot waits 50 s before it asks again.", |_| {});
    scene.toy.terms.retries.first_pause = jiff::SignedDuration::from_secs(50);
    scene.toy.terms.retries.longest_pause = jiff::SignedDuration::from_secs(50);
    scene.toy.start();
    scene.misbehaves("balancer set_weights", &[Misdeed::Throttled]);
    scene.say("cutover").pass(seconds(10)).say("retry").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}
