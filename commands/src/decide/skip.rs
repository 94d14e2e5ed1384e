//! Go on without a step that is no guard.

use events::fact::{Event, StepEvent, Trouble};
use events::fold::{Course, StepState};
use events::plan::Step;

use super::Case;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>, reason: &str) -> Result<Vec<Event>, Refusal> {
    let run = case.site.run.as_ref().ok_or(Refusal::NoOpenRun { verb: "skip" })?;
    let number = run.number;
    if run.course != Course::Forward {
        return Err(Refusal::TurningBack { run: number });
    }
    let current = run.stands_at().filter(|(_, state)| match state {
        StepState::Open { .. } | StepState::Failed { .. } => true,
        StepState::Waiting
        | StepState::Done { .. }
        | StepState::Skipped { .. }
        | StepState::Undoing { .. }
        | StepState::UndoFailed { .. }
        | StepState::Undone => false,
    });
    let (step, planned) = current
        .and_then(|(step, _)| run.plan.step(step).map(|planned| (step, planned)))
        .ok_or(Refusal::NothingToSkip { run: number })?;
    let shown = step.0.saturating_add(1);
    let is_unknown = run.stuck.as_ref().is_some_and(|it| it.trouble == Trouble::OutcomeUnknown);
    match planned {
        Step::Gate(gate) if gate.is_guard => Err(Refusal::StepIsGuard { run: number, step: shown }),
        // Only a person can know whether it happened after all.
        Step::Change { .. } if !is_unknown => Err(Refusal::StepIsChange { run: number, step: shown }),
        Step::Gate(_) | Step::Wait(_) | Step::Change { .. } => {
            Ok(vec![StepEvent::Skipped { run: number, step, reason: reason.to_owned() }.into()])
        }
    }
}
