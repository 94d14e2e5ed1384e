//! The steps of a run, one line each, with how far it is.

use events::fact::Outcome;
use events::fault::Fault;
use events::fold::{Ask, Asking, Course, Run, StepState};
use events::gate::Rule;
use events::plan::{Step, Until};
use jiff::Timestamp;

use super::run::TEXT_LIMIT;
use super::{Mark, Part, Span, cut};
use crate::sentence;

/// The steps of a run.
pub(super) fn steps(run: &Run) -> Part {
    let steps = run.plan.steps().iter().zip(&run.steps);
    Part::Steps(steps.map(|(step, state)| (mark(run, state), [what(step), so_far(run, state)].concat())).collect())
}

/// Whether a share is watched by it, which a person may end early.
pub(super) fn is_bake(step: &Step) -> bool {
    match step {
        Step::Gate(gate) => !gate.is_guard && matches!(gate.rule, Rule::Throughout { .. }),
        Step::Change { .. } | Step::Wait(_) => false,
    }
}

/// Whether it is underway.
pub(super) fn is_open(state: &StepState) -> bool {
    matches!(state, StepState::Open { .. })
}

fn mark(run: &Run, state: &StepState) -> Mark {
    match state {
        StepState::Waiting => Mark::Waiting,
        StepState::Open { .. } if is_left(run, state) => Mark::Skipped,
        StepState::Open { .. } | StepState::Undoing { .. } => Mark::Underway,
        StepState::Done { .. } => Mark::Done,
        StepState::Failed { .. } | StepState::UndoFailed { .. } => Mark::Failed,
        StepState::Skipped { .. } => Mark::Skipped,
        StepState::Undone => Mark::Undone,
    }
}

/// Whether the run turned back while it was only looking, so that nothing is to be undone.
fn is_left(run: &Run, state: &StepState) -> bool {
    run.course != Course::Forward && is_open(state) && !state.needs_undo()
}

fn what(step: &Step) -> Vec<Span> {
    match step {
        Step::Wait(Until::At { at }) => vec![Span::Plain("wait until ".to_owned()), Span::Time(*at)],
        Step::Wait(Until::Drained { .. }) | Step::Change { .. } | Step::Gate(_) => {
            vec![Span::Plain(sentence::step(step))]
        }
    }
}

fn so_far(run: &Run, state: &StepState) -> Vec<Span> {
    let plain = |text: String| vec![Span::Plain(text)];
    match state {
        StepState::Waiting => Vec::new(),
        StepState::Open { .. } if is_left(run, state) => Vec::new(),
        StepState::Open { begun, asking } => underway(", until ", begun.deadline, asking),
        StepState::Undoing { deadline, asking, .. } => underway(", is undone until ", *deadline, asking),
        StepState::Done { outcome, .. } => match outcome {
            Outcome::Readings(readings) if readings.len() > 1 => {
                plain(format!(": {} readings, all good", readings.len()))
            }
            Outcome::Drained { left } if *left > 0 => plain(format!(": {left} requests were still in flight")),
            Outcome::NotPointed { color, .. } => plain(format!(": {color} does not use the new primary yet")),
            Outcome::Plain | Outcome::Machines(_) | Outcome::Readings(_) | Outcome::Drained { .. } => Vec::new(),
        },
        StepState::Failed { fault, .. } => plain(format!(": {}", shown(fault))),
        StepState::Skipped { .. } => plain(", skipped by a person".to_owned()),
        StepState::UndoFailed { fault, .. } => plain(format!(", could not be undone: {}", shown(fault))),
        StepState::Undone => plain(", undone".to_owned()),
    }
}

fn underway(until: &str, deadline: Timestamp, asking: &Asking) -> Vec<Span> {
    let mut spans = vec![Span::Plain(until.to_owned()), Span::Time(deadline)];
    if let Ask::Faulted { fault, again_at } = &asking.last {
        spans.push(Span::Plain(format!("; it would not ({}), and is asked again ", shown(fault))));
        // Once a person has said so, there is no time to wait for.
        spans.push(if *again_at > Timestamp::MIN { Span::Time(*again_at) } else { Span::Plain("now".to_owned()) });
    }
    spans
}

fn shown(fault: &Fault) -> String {
    cut(&fault.text, TEXT_LIMIT)
}
