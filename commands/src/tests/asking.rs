//! How often, and when, the world is asked for a step.

use events::color::Color;
use events::envelope::Recorded;
use events::fact::{Event, Heading, StepEvent};
use events::fault::Fault;
use events::plan::{Step, Until};
use events::wire;
use jiff::Timestamp;

use super::seconds;
use crate::next::{Look, Next, next};
use crate::testing::{Reply, Story, time};

/// When a step was asked for, and whether the world accepted.
fn asked(log: &[Recorded]) -> Vec<(Timestamp, bool)> {
    let ask = |it: &Recorded| {
        let Ok(Event::Step(step)) = wire::decode(it) else { return None };
        let is_accepted = matches!(step, StepEvent::Asked { .. });
        let is_ask = is_accepted || matches!(step, StepEvent::Faulted { .. });
        (is_ask && step.heading() == Heading::Forward).then_some((it.recorded_at, is_accepted))
    };
    log.iter().filter_map(ask).collect()
}

fn look(story: &Story) -> Look {
    let Next::Look(look) = next(&story.site(), story.now) else { panic!("{}", story.text()) };
    look
}

#[test]
fn what_does_not_show_is_asked_for_again_when_it_has_settled_and_so_often_in_all() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Silent).run();
    let asked = asked(&story.log);
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.windows(2).all(|it| it[1].0.duration_since(it[0].0) >= seconds(10)), "{asked:?}");
    // The deadline, and not the last ask, ends it.
    assert!(story.text().contains("Mon 09:05:00   Step 2 of 5 failed"), "{}", story.text());
}

#[test]
fn a_fault_is_met_so_often_in_all_with_pauses_that_double() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Fault(Fault::passing("busy"), 99)).run();
    let asked = asked(&story.log);
    assert_eq!(asked.iter().map(|it| it.1).collect::<Vec<_>>(), [false, false, false]);
    let pauses: Vec<i64> = asked.windows(2).map(|it| it[1].0.duration_since(it[0].0).as_secs()).collect();
    assert_eq!(pauses, [2, 3], "1 and 2 seconds, and one to ask");
    assert!(story.text().contains("Step 2 of 5 failed: busy."), "{}", story.text());
}

#[test]
fn a_look_says_whether_it_may_ask_and_when_to_look_again() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Silent).run_to(2);
    let (start, deadline) = (story.now, story.now + seconds(300));
    assert_eq!((look(&story).may_ask, look(&story).again_at), (true, deadline));
    story.turn();
    let settled = start + seconds(10);
    assert_eq!((look(&story).may_ask, look(&story).again_at), (false, settled));
    story.now = settled;
    assert_eq!((look(&story).may_ask, look(&story).again_at), (true, deadline));
    story.now = deadline - seconds(1);
    assert!(!look(&story).is_late);
    story.now = deadline;
    assert_eq!((look(&story).may_ask, look(&story).is_late), (false, true));
}

#[test]
fn a_look_is_never_put_off_beyond_the_deadline() {
    let mut story = Story::adopted();
    story.terms.patience.grow = seconds(2);
    story.say("deploy 2.0").forward(2, Reply::Slow(seconds(9))).run_to(2);
    story.turn();
    assert_eq!(look(&story).again_at, time("2026-08-10T09:00:02Z"));
}

#[test]
fn a_run_for_later_touches_nothing_before() {
    let mut story = Story::adopted();
    story.say("deploy 2.0 --at 12:00");
    let plan = story.site().run.unwrap().plan;
    assert!(matches!(plan.steps()[0], Step::Wait(Until::At { at }) if at == time("2026-08-10T10:00:00Z")));
    let before = story.world.clone();
    story.until(time("2026-08-10T09:59:59Z"));
    assert_eq!(story.world, before);
    assert!(story.site().run.is_some_and(|it| it.color == Color::Green));
    story.until(time("2026-08-10T10:01:00Z"));
    assert_ne!(story.world, before);
}
