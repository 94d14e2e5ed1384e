//! Turning back: from every step of every plan, for every reason, to what was before.

use events::envelope::Recorded;
use events::fact::{Event, RunOutcome, StepEvent, Trouble};
use events::fault::Fault;
use events::intent::WayBack;
use events::number::StepIndex;
use events::plan::{Step, Until};
use events::wire;

use super::{outcome, requested, seconds};
use crate::next::Waiting;
use crate::testing::{Reply, Story, Turn, time};

/// Every run at every one of its steps, counted from 1.
fn everywhere() -> Vec<(String, Story, u16)> {
    let at = |(what, story): (&str, Story)| {
        let count = story.site().run.unwrap().plan.steps().len();
        (1..=u16::try_from(count).unwrap())
            .map(|step| (format!("{what}, step {step}"), story.clone(), step))
            .collect::<Vec<_>>()
    };
    requested().into_iter().flat_map(at).collect()
}

fn planned(story: &Story, step: u16) -> Step {
    story.site().run.unwrap().plan.steps().get(usize::from(step) - 1).unwrap().clone()
}

fn is_final(story: &Story, step: u16) -> bool {
    let site = story.site();
    let way_back = match planned(story, step) {
        Step::Change { intent, .. } => intent.way_back(&story.world.image(&intent)),
        Step::Gate(_) | Step::Wait(_) => WayBack::Nothing,
    };
    assert!(site.run.is_some());
    matches!(way_back, WayBack::Never { .. })
}

fn undone(log: &[Recorded]) -> Vec<u16> {
    let step = |it: &Recorded| {
        let Ok(Event::Step(StepEvent::UndoBegun { step, .. })) = wire::decode(it) else { return None };
        Some(step.0)
    };
    log.iter().filter_map(step).collect()
}

/// The world and the environments are what they were when `before` was told, and it was undone last to first.
fn is_untouched(what: &str, before: &Story, after: &Story) {
    assert_eq!(outcome(after), Some(RunOutcome::TurnedBack), "{what}\n{}", after.text());
    let (old, new) = (before.site(), after.site());
    assert_eq!((old.live, old.environments), (new.live, new.environments), "{what}\n{}", after.text());
    assert_eq!(before.world, after.world, "{what}\n{}", after.text());
    let undone = undone(&after.log);
    assert!(undone.is_sorted_by(|a, b| a > b), "{what}: {undone:?}");
}

#[test]
fn an_abort_turns_every_run_back_from_every_step() {
    for (what, before, step) in everywhere() {
        let mut story = before.clone();
        story.run_to(step);
        let is_final = is_final(&story, step);
        story.say("abort: wrong release").run();
        if is_final {
            assert!(story.text().contains("! past_no_return"), "{what}\n{}", story.text());
            assert_eq!(outcome(&story), Some(RunOutcome::Succeeded));
        } else {
            is_untouched(&what, &before, &story);
        }
    }
}

#[test]
fn an_abort_before_the_first_step_changes_nothing() {
    for (what, before) in requested() {
        let mut story = before.clone();
        story.say("abort").run();
        is_untouched(what, &before, &story);
    }
}

#[test]
fn what_was_asked_for_and_shows_late_is_waited_for_before_it_is_undone() {
    for (what, before, step) in everywhere() {
        if !matches!(planned(&before, step), Step::Change { .. }) || is_final(&before, step) {
            continue;
        }
        let late = [Reply::Slow(seconds(8)), Reply::Unheard(seconds(8)), Reply::Slow(seconds(0))];
        for reply in late {
            let mut story = before.clone();
            story.forward(step, reply.clone()).run_to(step);
            story.turn();
            story.say("abort").run().sleep(seconds(60));
            is_untouched(&format!("{what}, {reply:?}"), &before, &story);
        }
    }
}

#[test]
fn a_step_that_fails_turns_every_run_back() {
    let faults = [
        Reply::Fault(Fault::lasting("the disk is full"), 1),
        Reply::Fault(Fault::passing("connection refused"), 99),
        Reply::Silent,
    ];
    for (what, before, step) in everywhere() {
        for reply in faults.clone() {
            let mut story = before.clone();
            story.forward(step, reply.clone()).run();
            let what = format!("{what}, {reply:?}");
            if is_final(&before, step) {
                assert!(story.text().contains("is stuck at step 3"), "{what}\n{}", story.text());
            } else if matches!(planned(&before, step), Step::Wait(Until::At { .. } | Until::Drained { .. })) {
                assert_eq!(outcome(&story), Some(RunOutcome::Succeeded), "{what}\n{}", story.text());
            } else if story.replies.is_empty() || !matches!(planned(&before, step), Step::Change { .. }) {
                is_untouched(&what, &before, &story);
            } else {
                // What is so already is not asked for, so that nothing can go wrong with it; else it never got there.
                let is_success = outcome(&story) == Some(RunOutcome::Succeeded);
                let was_asked = story.text().contains("turns back because");
                assert!(is_success != was_asked, "{what}\n{}", story.text());
                if was_asked {
                    is_untouched(&what, &before, &story);
                }
            }
        }
    }
}

#[test]
fn a_fault_that_passes_is_met_again_and_changes_nothing_in_the_end() {
    for (what, before, step) in everywhere() {
        if matches!(planned(&before, step), Step::Change { .. }) {
            let mut story = before.clone();
            story.forward(step, Reply::Fault(Fault::passing("busy"), 2)).run();
            assert_eq!(outcome(&story), Some(RunOutcome::Succeeded), "{what}\n{}", story.text());
        }
    }
}

#[test]
fn what_can_be_stopped_is_not_waited_for() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(3, Reply::Slow(seconds(9))).run_to(3);
    story.turn();
    story.say("abort");
    let now = story.now;
    assert_eq!(story.turn(), Turn::Recorded);
    assert_eq!((undone(&story.log), story.now), (vec![2], now));
}

#[test]
fn a_clock_that_was_set_back_does_not_shorten_the_wait() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Slow(seconds(9))).run_to(2);
    story.turn();
    story.now = time("2026-08-10T08:00:00Z");
    story.say("abort");
    let run = story.site().newest;
    let waiting = Waiting::Settling { run, step: StepIndex(1) };
    assert_eq!(story.turn(), Turn::Wait(time("2026-08-10T09:00:10Z"), Some(waiting)));
}

#[test]
fn why_a_way_back_did_not_work_is_told_apart() {
    let faults = [
        (Fault::drift("somebody else changed it"), Trouble::Drift),
        (Fault::lasting("no permission"), Trouble::NoWayBack),
        (Fault::late("it took too long"), Trouble::NoWayBack),
    ];
    for (fault, trouble) in faults {
        let mut story = Story::adopted();
        story.say("deploy 2.0").run_to(4).back(3, Reply::Fault(fault, 1)).say("abort").run();
        assert_eq!(story.site().run.unwrap().stuck.unwrap().trouble, trouble, "{}", story.text());
    }
}
