//! Runs that need a person, and what a person can say to them.

use events::color::Color;
use events::fact::RunOutcome;
use events::fault::Fault;
use events::fold::Phase;
use expect_test::expect;

use super::outcome;
use crate::testing::{Reply, Story, release};

/// A deploy that turns back while somebody else installs something.
fn drifted() -> Story {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run_to(4);
    story.meddle(|world| {
        world.releases.insert("green-1".parse().unwrap(), release("hotfix"));
    });
    story.forget().say("abort").run();
    story
}

#[test]
fn what_somebody_else_changed_is_not_overwritten_by_turning_back() {
    let mut story = drifted();
    story.say("skip --reason \"it is fine\"").say("retry").run();
    story.meddle(|world| {
        world.releases.insert("green-1".parse().unwrap(), release("2.0"));
    });
    story.say("retry").run();
    expect![[r#"
        Mon 09:00:02 > abort
        Mon 09:00:02   Run #1 was aborted; what it did is undone.
        Mon 09:00:02   Step 3 is undone (install 2.0 (d84bdb34d4ee) on green).
        Mon 09:00:02   Step 3 could not be undone: somebody else changed it.
        Mon 09:00:02   Run #1 is stuck at step 3 and needs a person: somebody else changed it. Look, then say `retry`, or `abort` to leave it as it stands.
        Mon 09:00:02 > skip --reason "it is fine"
        Mon 09:00:02 ! turning_back: run #1 is turning back already; `status` shows how far it is
        Mon 09:00:02 > retry
        Mon 09:00:02   Run #1 tries again.
        Mon 09:00:02   Step 3 could not be undone: somebody else changed it.
        Mon 09:00:02   Run #1 is stuck at step 3 and needs a person: somebody else changed it. Look, then say `retry`, or `abort` to leave it as it stands.
        Mon 09:00:02 > retry
        Mon 09:00:02   Run #1 tries again.
        Mon 09:00:03   The way back of step 3 was asked for.
        Mon 09:00:03   Step 3 was undone.
        Mon 09:00:03   Step 2 is undone (have 2 machines in green).
        Mon 09:00:04   The way back of step 2 was asked for.
        Mon 09:00:04   Step 2 was undone.
        Mon 09:00:04   Run #1 turned back; everything is as it was before it.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_run_that_is_left_as_it_is_leaves_its_environment_unclear_until_it_is_adopted() {
    let mut story = drifted();
    story.forget().say("abort").say("cutover");
    assert_eq!(story.site().environments.green.phase, Phase::Unclear);
    story.meddle(|world| {
        world.releases.insert("green-2".parse().unwrap(), release("hotfix"));
    });
    story.say("adopt").say("adopt").say("cutover").run();
    assert_eq!(story.site().live, Some(Color::Green));
    expect![[r#"
        Mon 09:00:02 > abort
        Mon 09:00:02   Run #1 was ended as it stood; compare the world with `status`, then `adopt` or deploy.
        Mon 09:00:02 > cutover
        Mon 09:00:02 ! nothing_ready: green is not ready: `deploy` a release first
        Mon 09:00:02 > adopt
        Mon 09:00:02   The site was adopted; blue is live.
        Mon 09:00:02 > adopt
        Mon 09:00:02 ! nothing_changed: nothing to adopt: the world is as the log says
        Mon 09:00:02 > cutover
        Mon 09:00:02   Run #2 was requested: cut over to green with hotfix (eda660b86a32), 7 steps, plan cdf52d553f4e.
        Mon 09:00:02   Step 1 of 7: see that every request goes to blue, as the log says.
        Mon 09:00:02   Step 1 of 7 is done.
        Mon 09:00:02   Step 2 of 7: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:02   Step 2 of 7 is done.
        Mon 09:00:02   Step 3 of 7: attach the machines of green to the balancer.
        Mon 09:00:03   Step 3 of 7 is done.
        Mon 09:00:03   Step 4 of 7: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:00:03   Step 4 of 7 is done.
        Mon 09:00:03   Step 5 of 7: send every request to green.
        Mon 09:00:04   Step 5 of 7 is done.
        Mon 09:00:04   Step 6 of 7: check health and search through the balancer, 3 times in a row.
        Mon 09:00:04   Step 6 of 7 is done.
        Mon 09:00:04   Step 7 of 7: wait until blue has no request in flight, at most 4m.
        Mon 09:00:04   Step 7 of 7 is done: no request is in flight there.
        Mon 09:00:04   Run #2 is done: cut over to green with hotfix (eda660b86a32).
        Mon 09:00:04   The window is open: blue is the way back until 2026-08-11 09:00:04 UTC; decommission at 2026-08-12 01:00:00 UTC.
    "#]].assert_eq(&story.text());
}

#[test]
fn an_unclear_environment_that_is_as_recorded_can_still_be_adopted() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run().say("deploy 2.1").run_to(4);
    story.back(3, Reply::Fault(Fault::lasting("exit status 1"), 1)).say("abort").run().say("abort");
    assert_eq!(story.site().environments.green.phase, Phase::Unclear);
    story.meddle(|world| {
        for id in ["green-1", "green-2"] {
            world.releases.insert(id.parse().unwrap(), release("2.0"));
        }
    });
    story.forget().say("adopt").say("cutover").run();
    assert_eq!(story.site().live, Some(Color::Green), "{}", story.text());
}

#[test]
fn behind_the_point_of_no_return_there_is_only_forward_or_as_it_is() {
    let mut story = Story::with_window();
    story.say("decommission --reason \"it is too dear\"").forget();
    story.forward(3, Reply::Fault(Fault::lasting("no permission to destroy"), 2)).run();
    story.say("skip --reason x").say("keep").say("retry").run().say("abort");
    assert_eq!(outcome(&story), Some(RunOutcome::LeftAsIs));
    expect![[r#"
        Mon 09:00:04   Step 1 of 3: prove that blue can go: nobody used it for 10m, and it is what was recorded.
        Mon 09:00:04   Step 1 of 3 is done.
        Mon 09:00:04   Step 2 of 3: detach blue from the balancer.
        Mon 09:00:05   Step 2 of 3 is done.
        Mon 09:00:05   Step 3 of 3: destroy the machines of blue.
        Mon 09:00:06   Step 3 of 3 failed: no permission to destroy.
        Mon 09:00:06   Run #3 is stuck at step 3 and needs a person: no permission to destroy. Look, then say `retry`, or `abort` to leave it as it stands.
        Mon 09:00:06 > skip --reason x
        Mon 09:00:06 ! step_is_change: step 3 of run #3 changes the world and can't be skipped: wait for it, or `abort`
        Mon 09:00:06 > keep
        Mon 09:00:06 ! busy: run #3 (decommission) is open: wait for it, or `abort` it
        Mon 09:00:06 > retry
        Mon 09:00:06   Run #3 tries again.
        Mon 09:00:07   Step 3 of 3 failed: no permission to destroy.
        Mon 09:00:07   Run #3 is stuck at step 3 and needs a person: no permission to destroy. Look, then say `retry`, or `abort` to leave it as it stands.
        Mon 09:00:07 > abort
        Mon 09:00:07   Run #3 was ended as it stood; compare the world with `status`, then `adopt` or deploy.
        Mon 09:00:07   The decommission was put off (the decommission was ended as it stood); decommission at 2026-08-12 01:00:00 UTC.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_scheduled_decommission_that_is_left_as_it_is_takes_the_next_slot() {
    let mut story = Story::with_window();
    story.forward(3, Reply::Fault(Fault::lasting("no permission to destroy"), 1));
    story.run_until(|story| story.site().run.is_some_and(|it| it.stuck.is_some())).forget();
    story.say("abort");
    let window = story.site().window.unwrap();
    assert_eq!((window.announced, story.turn()), (None, story.clone().turn()));
    expect![[r#"
        Wed 01:00:02 > abort
        Wed 01:00:02   Run #3 was ended as it stood; compare the world with `status`, then `adopt` or deploy.
        Wed 01:00:02   The decommission was put off (the decommission was ended as it stood); decommission at 2026-08-13 01:00:00 UTC.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_point_of_no_return_that_was_skipped_is_still_one() {
    let mut story = Story::with_window();
    story.say("decommission --reason x").forward(3, Reply::Fault(Fault::unknown("no answer"), 1)).run();
    story.say("skip --reason \"they are gone\"");
    assert!(story.site().run.unwrap().is_past_return());
    story.say("abort").run();
    assert!(story.text().contains("! past_no_return"));
    assert_eq!(outcome(&story), Some(RunOutcome::Succeeded));
}

#[test]
fn a_retry_asks_at_once_what_waits_to_be_asked_again() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Fault(Fault::passing("throttled"), 2)).run_to(2).forget();
    story.turn();
    story.say("retry");
    story.turn();
    story.turn();
    story.say("retry");
    expect![[r#"
        Mon 09:00:01   Step 2 of 5: attempt 1 met a fault (throttled); it is asked again at 2026-08-10 09:00:02 UTC.
        Mon 09:00:01 > retry
        Mon 09:00:01   Run #1 tries again.
        Mon 09:00:02   Step 2 of 5: attempt 1 met a fault (throttled); it is asked again at 2026-08-10 09:00:03 UTC.
        Mon 09:00:02 > retry
        Mon 09:00:02   Run #1 tries again.
    "#]]
    .assert_eq(&story.text());
}

#[test]
fn a_step_that_could_not_even_be_begun_is_begun_anew() {
    use events::actor::Actor;
    use events::fact::{Answer, RunEvent, StepEvent, Trouble};
    use events::number::{RunNumber, StepIndex};
    let mut story = Story::adopted();
    story.say("deploy 2.0").run_to(2);
    story.run_to(3);
    let (run, step) = (RunNumber(1), StepIndex(3));
    story.run_until(|story| story.site().run.unwrap().stands_at().unwrap().0 == step);
    let answer = Answer::Failed(Fault::unknown("what is there could not be read"));
    let why = "what is there could not be read".to_owned();
    let facts = [
        StepEvent::Answered { run, step, answer }.into(),
        RunEvent::Stuck { run, step, trouble: Trouble::OutcomeUnknown, why }.into(),
    ];
    story.record(&Actor::system("engine"), &facts);
    story.say("retry").run();
    assert_eq!(outcome(&story), Some(RunOutcome::Succeeded), "{}", story.text());
}
