//! A run on its way back: what was begun is undone, last first, never past a point of no return.

use events::fact::{Cause, Heading, RunEvent, RunOutcome, StepEvent, Trouble};
use events::fault::FaultKind;
use events::fold::{Ask, Asking, Run, Site, StepState};
use events::intent::OnAbort;
use events::number::StepIndex;
use events::plan::Step;
use jiff::Timestamp;

use super::{Next, Waiting, finish, step};

/// The fact that turns a run around, now.
#[must_use]
pub(crate) fn aborted(run: &Run, cause: Cause, now: Timestamp) -> RunEvent {
    let settles_by = now.saturating_add(run.terms.patience.settle).unwrap_or(now);
    RunEvent::Aborted { run: run.number, cause, settles_by }
}

pub(super) fn next(site: &Site, run: &Run, settles_by: Timestamp, now: Timestamp) -> Next {
    let Some((index, state)) = run.stands_at() else {
        return Next::Record(finish::ended(site, run, RunOutcome::TurnedBack, now));
    };
    match state {
        StepState::Undoing { deadline, asking, .. } => step::look(run, index, Heading::Back, *deadline, asking, now),
        StepState::UndoFailed { fault, .. } => {
            let trouble = if fault.kind == FaultKind::Drift { Trouble::Drift } else { Trouble::NoWayBack };
            let stuck = RunEvent::Stuck { run: run.number, step: index, trouble, why: fault.text.clone() };
            Next::Record(vec![stuck.into()])
        }
        StepState::Open { asking, .. } | StepState::Failed { asking, .. } => {
            match unsettled(run, index, asking, settles_by, now) {
                Some(until) => Next::Wait { until, why: Waiting::Settling { run: run.number, step: index } },
                None => begin_undo(run, index, now),
            }
        }
        StepState::Done { .. } | StepState::Skipped { .. } => begin_undo(run, index, now),
        StepState::Waiting | StepState::Undone => Next::Nothing,
    }
}

/// Until when an unanswered ask may still show: to undo it before would be to lose a race against it. One that met a
/// fault may have been heard all the same, and one that is not in the log may have been sent by a bot that died. What
/// can be stopped need not be waited for.
fn unsettled(run: &Run, step: StepIndex, asking: &Asking, settles_by: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let can_be_stopped = match run.plan.step(step) {
        Some(Step::Change { intent, .. }) => intent.on_abort() == OnAbort::Stop,
        Some(Step::Gate(_) | Step::Wait(_)) | None => true,
    };
    let shows_by = match asking.last {
        Ask::Accepted { settles_by: shows_by } => shows_by.max(settles_by),
        Ask::Faulted { .. } | Ask::Never => settles_by,
    };
    (!can_be_stopped && now < shows_by).then_some(shows_by)
}

fn begin_undo(run: &Run, step: StepIndex, now: Timestamp) -> Next {
    let deadline = run.plan.step(step).map_or(now, |it| it.deadline(now));
    Next::Record(vec![StepEvent::UndoBegun { run: run.number, step, deadline }.into()])
}
