//! A run on its way back: what was begun is undone, last first, never past a point of no return.

use events::fact::{Heading, RunEvent, RunOutcome, StepEvent, Trouble};
use events::fault::FaultKind;
use events::fold::{Ask, Asking, Run, Site, StepState};
use events::intent::OnAbort;
use events::number::StepIndex;
use events::plan::Step;
use jiff::Timestamp;

use super::{Next, Waiting, finish, step};

pub(super) fn next(site: &Site, run: &Run, now: Timestamp) -> Next {
    for (index, state) in run.indexed().rev() {
        if !state.needs_undo() {
            continue;
        }
        return match state {
            StepState::Undoing { deadline, asking, .. } => {
                step::look(run, index, Heading::Back, *deadline, asking, now)
            }
            StepState::UndoFailed { fault, .. } => {
                let trouble = if fault.kind == FaultKind::Drift { Trouble::Drift } else { Trouble::NoWayBack };
                let stuck = RunEvent::Stuck { run: run.number, step: index, trouble, why: fault.text.clone() };
                Next::Record(vec![stuck.into()])
            }
            StepState::Open { asking, .. } | StepState::Failed { asking, .. } => {
                match unsettled(run, index, asking, now) {
                    Some(until) => Next::Wait { until, why: Waiting::Settling { run: run.number, step: index } },
                    None => begin_undo(run, index, now),
                }
            }
            StepState::Done { .. } | StepState::Skipped { .. } => begin_undo(run, index, now),
            StepState::Waiting | StepState::Undone => Next::Nothing,
        };
    }
    Next::Record(finish::ended(site, run, RunOutcome::TurnedBack, now))
}

/// Until when an accepted ask may still show: to undo it before would be to lose a race against it. What can be
/// stopped need not be waited for.
fn unsettled(run: &Run, step: StepIndex, asking: &Asking, now: Timestamp) -> Option<Timestamp> {
    let can_be_stopped = match run.plan.step(step) {
        Some(Step::Change { intent, .. }) => intent.on_abort() == OnAbort::Stop,
        Some(Step::Gate(_) | Step::Wait(_)) | None => true,
    };
    match asking.last {
        Ask::Accepted { settles_by } if !can_be_stopped && now < settles_by => Some(settles_by),
        Ask::Accepted { .. } | Ask::Faulted { .. } | Ask::Never => None,
    }
}

fn begin_undo(run: &Run, step: StepIndex, now: Timestamp) -> Next {
    let deadline = run.plan.step(step).map_or(now, |it| it.deadline(now));
    Next::Record(vec![StepEvent::UndoBegun { run: run.number, step, deadline }.into()])
}
