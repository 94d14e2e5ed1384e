//! A run on its way forward.

use events::fact::{Cause, Heading, RunEvent, Trouble};
use events::fault::FaultKind;
use events::fold::{Run, Site, StepState};
use events::number::StepIndex;
use jiff::Timestamp;

use super::{Next, finish, step};

pub(super) fn next(site: &Site, run: &Run, now: Timestamp) -> Next {
    let number = run.number;
    for (index, state) in run.indexed() {
        return match state {
            StepState::Done { .. } | StepState::Skipped { .. } => continue,
            StepState::Waiting => Next::Begin { run: number, step: index },
            StepState::Open { begun, asking } => step::look(run, index, Heading::Forward, begun.deadline, asking, now),
            StepState::Failed { fault, .. } => Next::Record(vec![failed(run, index, fault.kind, &fault.text).into()]),
            // Only a run that goes backwards undoes; the fold lets no other be.
            StepState::Undoing { .. } | StepState::UndoFailed { .. } | StepState::Undone => Next::Nothing,
        };
    }
    Next::Record(finish::succeeded(site, run, now))
}

fn failed(run: &Run, step: StepIndex, kind: FaultKind, text: &str) -> RunEvent {
    let stuck = |trouble| RunEvent::Stuck { run: run.number, step, trouble, why: text.to_owned() };
    match kind {
        FaultKind::Unknown => stuck(Trouble::OutcomeUnknown),
        _ if run.is_past_return() => stuck(Trouble::PastNoReturn),
        FaultKind::Passing | FaultKind::Lasting | FaultKind::Drift | FaultKind::Late => {
            RunEvent::Aborted { run: run.number, cause: Cause::Step { step } }
        }
    }
}
