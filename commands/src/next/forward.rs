//! A run on its way forward.

use events::fact::{Cause, Heading, RunEvent, RunOutcome, Trouble};
use events::fault::FaultKind;
use events::fold::{Run, Site, StepState};
use events::number::StepIndex;
use jiff::Timestamp;

use super::{Next, approval, finish, step, turn_back};

pub(super) fn next(site: &Site, run: &Run, now: Timestamp) -> Next {
    let number = run.number;
    let Some((index, state)) = run.stands_at() else {
        return Next::Record(finish::ended(site, run, RunOutcome::Succeeded, now));
    };
    if let Some(awaited) = run.awaited()
        && let Some(deadline) = awaited.deadline
    {
        return approval::next(run, &awaited, deadline, now);
    }
    match state {
        StepState::Waiting => Next::Begin { run: number, step: index },
        StepState::Open { begun, asking } => step::look(run, index, Heading::Forward, begun.deadline, asking, now),
        StepState::Failed { fault, .. } => Next::Record(vec![failed(run, index, fault.kind, &fault.text, now).into()]),
        // Only a run that goes backwards undoes, and what is over is not stood at; the fold lets no other be.
        StepState::Done { .. }
        | StepState::Skipped { .. }
        | StepState::Undoing { .. }
        | StepState::UndoFailed { .. }
        | StepState::Undone => Next::Nothing,
    }
}

fn failed(run: &Run, step: StepIndex, kind: FaultKind, text: &str, now: Timestamp) -> RunEvent {
    let stuck = |trouble| RunEvent::Stuck { run: run.number, step, trouble, why: text.to_owned() };
    match kind {
        FaultKind::Unknown if run.is_crossing(step) => stuck(Trouble::Split),
        FaultKind::Unknown => stuck(Trouble::OutcomeUnknown),
        _ if run.is_past_return() => stuck(Trouble::PastNoReturn),
        FaultKind::Passing | FaultKind::Lasting | FaultKind::Drift | FaultKind::Late => {
            turn_back::aborted(run, Cause::Step { step }, now)
        }
    }
}
