//! Runs and their steps: in order, in one direction, to an end that can be.

use super::*;

#[test]
fn a_run_is_requested_for_an_adopted_site_and_never_for_who_serves() {
    let why = |facts: &[Event]| folded(facts).1.unwrap_or_default();
    let good = plan().hash();
    assert_eq!(why(&[requested(1, Color::Green, good)]), "a run was requested for a site that was never adopted");
    let wrong = [
        (requested(1, Color::Blue, good), "a run was requested for the environment that serves users"),
        (requested(2, Color::Green, good), "a run has the wrong number"),
        (requested(1, Color::Green, Hash([0; 32])), "a plan does not have the hash that was decided upon"),
    ];
    for (fact, expected) in wrong {
        assert_eq!(why(&[adopted(), fact]), expected);
    }
    assert_eq!(after(&[]).1, None);
    assert_eq!(
        after(&[requested(2, Color::Green, good)]).1.unwrap_or_default(),
        "a run was requested while another was open"
    );
    assert_eq!(after(&[adopted()]).1.unwrap_or_default(), "a site was adopted while a run was open");
}

#[test]
fn a_run_goes_step_by_step_and_in_one_direction() {
    let impossible: Vec<(Vec<Event>, &str)> = vec![
        (vec![begun(SECOND)], "the run does not stand at that step"),
        (vec![begun(StepIndex(9))], "the run does not stand at that step"),
        (vec![reached(FIRST)], "nobody had asked"),
        (vec![asked(FIRST, Heading::Forward)], "the step is not being asked for that way"),
        (vec![begun(FIRST), begun(FIRST)], "the step was begun already"),
        (vec![begun(FIRST), reached(FIRST), failed(FIRST)], "the run does not stand at that step"),
        (vec![undo_begun(FIRST)], "the run does not go that way"),
        (vec![begun(FIRST), asked(FIRST, Heading::Back)], "the run does not go that way"),
        (vec![begun(FIRST), aborted(), reached(FIRST)], "the run does not go that way"),
        (vec![begun(FIRST), aborted(), skipped(FIRST)], "the run does not go that way"),
        (vec![begun(FIRST), aborted(), undone(FIRST)], "nobody had asked for the way back"),
        (vec![begun(FIRST), aborted(), undo_begun(FIRST), undo_begun(FIRST)], "the way back was begun already"),
        (
            vec![begun(FIRST), reached(FIRST), begun(SECOND), aborted(), undo_begun(FIRST)],
            "the run does not stand at that step",
        ),
        (vec![aborted(), aborted()], "the run goes backwards already"),
        (vec![final_begun(FIRST), aborted()], "the run is behind its point of no return"),
        (vec![resumed()], "the step is not one to try again"),
    ];
    for (facts, expected) in impossible {
        assert_eq!(after(&facts).1.unwrap_or_default(), expected, "{facts:?}");
    }
}

#[test]
fn a_stuck_run_does_nothing_until_a_person_says_something() {
    let failed = [begun(FIRST), failed(FIRST)];
    let with = |more: &[Event]| after(&[&failed[..], more].concat());
    assert_eq!(with(&[stuck(SECOND)]).1.unwrap_or_default(), "the run does not stand at that step");
    assert_eq!(with(&[stuck(FIRST), stuck(FIRST)]).1.unwrap_or_default(), "the run does not stand at that step");
    assert_eq!(with(&[stuck(FIRST), reached(FIRST)]).1.unwrap_or_default(), "the run waits for a person");
    assert_eq!(with(&[RunEvent::PeopleCalled { run: RUN }.into()]).1.unwrap_or_default(), "the run is not stuck");
    let (called, _) = with(&[stuck(FIRST), RunEvent::PeopleCalled { run: RUN }.into()]);
    assert!(called.run.unwrap().stuck.unwrap().is_called);
    for out in [skipped(FIRST), resumed(), aborted()] {
        let (site, parked) = with(&[stuck(FIRST), out]);
        assert_eq!((parked, site.run.unwrap().stuck), (None, None));
    }
}

#[test]
fn a_retry_gives_one_step_a_new_deadline_and_a_new_count() {
    let again = StepEvent::Faulted {
        run: RUN,
        step: SECOND,
        heading: Heading::Forward,
        attempt: Attempt(3),
        fault: Fault::passing("busy"),
        again_at: at(4),
    };
    let (site, parked) = after(&[begun(FIRST), reached(FIRST), begun(SECOND), again.into(), resumed()]);
    assert_eq!(parked, None);
    let run = site.run.unwrap();
    assert!(matches!(run.state(FIRST), Some(StepState::Done { begun, .. }) if begun.deadline == at(5)));
    let Some(StepState::Open { begun, asking }) = run.state(SECOND) else { panic!("{run:?}") };
    assert_eq!((begun.deadline, asking.attempts), (at(20), 0));
    assert!(matches!(asking.last, Ask::Faulted { again_at, .. } if again_at == Timestamp::MIN));
}

#[test]
fn a_run_ends_only_where_it_can_end() {
    use RunOutcome::{LeftAsIs, Succeeded, TurnedBack};
    let done = [begun(FIRST), reached(FIRST), begun(SECOND), reached(SECOND)];
    let back = [begun(FIRST), aborted(), undo_begun(FIRST), undone(FIRST)];
    let waits = [begun(FIRST), failed(FIRST), stuck(FIRST)];
    let cases: [(&[Event], [bool; 3]); 5] = [
        (&done, [true, false, false]),
        (&back, [false, true, false]),
        (&waits, [false, false, true]),
        (&done[..2], [false, false, false]),
        (&back[..3], [false, false, false]),
    ];
    for (facts, can) in cases {
        for (outcome, can) in [Succeeded, TurnedBack, LeftAsIs].into_iter().zip(can) {
            let (site, parked) = after(&[facts, &[finished(outcome)]].concat());
            assert_eq!(parked.is_none(), can, "{outcome:?} after {facts:?}: {parked:?}");
            assert_eq!(site.run.is_none(), can);
        }
    }
    assert_eq!(
        after(&[RunEvent::Finished { run: RunNumber(2), outcome: LeftAsIs }.into()]).1.unwrap(),
        "that run is not open"
    );
}

#[test]
fn what_was_skipped_after_it_was_begun_is_undone_all_the_same() {
    let (site, parked) = after(&[begun(FIRST), skipped(FIRST), aborted()]);
    assert_eq!(parked, None);
    assert_eq!(site.run.unwrap().stands_at().unwrap().0, FIRST);
    let (site, _) = after(&[skipped(FIRST), aborted()]);
    assert_eq!(site.run.unwrap().stands_at(), None);
}
