//! A crossing: one step, behind which the run can't turn back, and after which users are there however it ends.

use super::*;
use crate::intent::{DatabaseIntent, Server};
use crate::weights::Weights;

fn crossing() -> Step {
    let intent = Intent::Database(DatabaseIntent::Cross {
        to: Color::Green,
        accepts_loss: None,
        write_errors: None,
        repoints: false,
    });
    Step::Change { intent, within: SignedDuration::from_mins(1) }
}

/// A cutover of two crossings, as no recipe would make it, and then these.
fn crossed(facts: &[Event]) -> (Site, Option<String>) {
    let plan = Plan::try_from(vec![crossing(), crossing()]).unwrap();
    let requested = RunEvent::Requested {
        run: RUN,
        kind: RunKind::Cutover,
        color: Color::Green,
        release: Some(samples::release()),
        plan_hash: plan.hash(),
        plan,
        terms: Box::new(samples::terms()),
        reason: None,
    };
    let mut all = vec![adopted(), requested.into()];
    all.extend_from_slice(facts);
    folded(&all)
}

fn begun_crossing() -> Event {
    let open = Server { is_open: true, follows: true };
    let servers = ByColor { blue: open, green: Server { is_open: false, follows: true } };
    let before = Image::Crossing { servers, weights: Weights::all_to(Color::Blue) };
    let Step::Change { intent, .. } = crossing() else { panic!("a crossing is a change") };
    let way_back = intent.way_back(&before);
    StepEvent::Begun { run: RUN, step: FIRST, before: Some(before), way_back, deadline: at(5) }.into()
}

fn promoting(step: StepIndex) -> Event {
    let positions = ByColor { blue: "1-7".to_owned(), green: "1-7".to_owned() };
    StepEvent::Promoting { run: RUN, step, to: Color::Green, positions, leaves: None }.into()
}

#[test]
fn before_it_promotes_a_crossing_can_be_turned_back_and_after_it_not() {
    let (site, parked) = crossed(&[begun_crossing(), aborted(), undo_begun(FIRST), undone(FIRST)]);
    assert_eq!((parked, site.run.unwrap().stands_at()), (None, None));
    let (site, parked) = crossed(&[begun_crossing(), promoting(FIRST), promoting(FIRST)]);
    assert_eq!((parked, site.run.unwrap().is_past_return()), (None, true));
    let impossible: Vec<(Vec<Event>, &str)> = vec![
        (vec![begun_crossing(), promoting(FIRST), aborted()], "the run is behind its point of no return"),
        (vec![begun_crossing(), aborted(), promoting(FIRST)], "the run does not go that way"),
        (vec![promoting(FIRST)], "nobody was crossing"),
        (vec![begun_crossing(), promoting(SECOND)], "the run does not stand at that step"),
    ];
    for (facts, expected) in impossible {
        assert_eq!(crossed(&facts).1.unwrap_or_default(), expected, "{facts:?}");
    }
    let why = after(&[begun(FIRST), promoting(FIRST)]).1.unwrap_or_default();
    assert_eq!(why, "a step that crosses nothing promoted a database");
}

#[test]
fn a_run_that_is_left_as_it_is_after_its_crossing_leaves_users_where_they_are() {
    let crossing = [begun_crossing(), promoting(FIRST), reached(FIRST)];
    let (site, parked) = crossed(&[&crossing[..], &[finished(RunOutcome::LeftAsIs)]].concat());
    assert_eq!((parked, site.live), (None, Some(Color::Green)));
    assert_eq!((site.environments.green.phase, site.environments.blue.phase), (Phase::Live, Phase::WayBack));
    let (site, parked) = crossed(&[begun_crossing(), stuck(FIRST), finished(RunOutcome::LeftAsIs)]);
    assert_eq!((parked, site.live), (None, Some(Color::Blue)), "nobody knows whether it crossed");
    assert_eq!(site.environments.green.phase, Phase::Unclear);
}
