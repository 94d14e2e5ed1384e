//! Let a stuck run, or one that waits to ask again, try now.

use events::fact::{Event, RunEvent};
use events::fold::{Ask, StepState};

use super::Case;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>) -> Result<Vec<Event>, Refusal> {
    let run = case.site.run.as_ref().ok_or(Refusal::NoOpenRun { verb: "retry" })?;
    let is_waiting = |state: &StepState| match state {
        StepState::Open { asking, .. } | StepState::Undoing { asking, .. } => {
            matches!(asking.last, Ask::Faulted { .. })
        }
        StepState::Waiting
        | StepState::Done { .. }
        | StepState::Failed { .. }
        | StepState::Skipped { .. }
        | StepState::UndoFailed { .. }
        | StepState::Undone => false,
    };
    let (step, _) = run
        .stands_at()
        .filter(|(_, state)| run.stuck.is_some() || is_waiting(state))
        .ok_or(Refusal::NothingToRetry { run: run.number })?;
    let deadline = run.plan.step(step).map_or(case.now, |it| it.deadline(case.now));
    Ok(vec![RunEvent::Resumed { run: run.number, deadline }.into()])
}
