//! Who is for a run that waits for people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Context, Illegal, Run, StepState};
use crate::actor::Actor;
use crate::fact::ApprovalEvent;
use crate::gate::Criterion;
use crate::name::RoleName;
use crate::number::StepIndex;
use crate::plan::Step;

/// What people said to the open run so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// Each person once, in the order in which they said so.
    pub given: Vec<Actor>,
    pub bypass: Option<Bypass>,
}

/// Leave that somebody took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bypass {
    pub by: Actor,
    pub role: RoleName,
    pub reason: String,
}

/// What a run waits for that only people can give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited<'a> {
    pub step: StepIndex,
    pub role: &'a RoleName,
    pub count: u16,
    pub requester_counts: bool,
    /// Until when; none before the wait has begun.
    pub deadline: Option<Timestamp>,
}

impl Run {
    /// The approval that the run has not got yet; none if its plan asks for none, or it went on.
    #[must_use]
    pub fn awaited(&self) -> Option<Awaited<'_>> {
        let (step, state) = self.stands_at()?;
        let Some(Step::Gate(gate)) = self.plan.step(step) else { return None };
        let Criterion::Approved { role, count, requester_counts } = &gate.criterion else { return None };
        let deadline = match state {
            StepState::Waiting => None,
            StepState::Open { begun, .. } => Some(begun.deadline),
            StepState::Done { .. }
            | StepState::Failed { .. }
            | StepState::Skipped { .. }
            | StepState::Undoing { .. }
            | StepState::UndoFailed { .. }
            | StepState::Undone => return None,
        };
        Some(Awaited { step, role, count: *count, requester_counts: *requester_counts, deadline })
    }
}

pub(super) fn apply(run: &mut Run, event: &ApprovalEvent, context: &Context<'_>) -> Result<(), Illegal> {
    let hash = match event {
        ApprovalEvent::Given { plan_hash, .. }
        | ApprovalEvent::Rejected { plan_hash, .. }
        | ApprovalEvent::Bypassed { plan_hash, .. } => Some(plan_hash),
        ApprovalEvent::Withdrawn { .. } => None,
    };
    if hash.is_some_and(|it| *it != run.plan_hash) {
        return Err(Illegal("that was said to another plan"));
    }
    let is_awaited = run.awaited().is_some();
    let approvals = &mut run.approvals;
    let place = approvals.given.iter().position(|it| it == context.actor);
    match (event, place) {
        // Glass may be broken for the hour that a run begins in, too.
        (ApprovalEvent::Bypassed { role, reason, .. }, _) => {
            let (by, role, reason) = (context.actor.clone(), role.clone(), reason.clone());
            approvals.bypass = Some(Bypass { by, role, reason });
        }
        _ if !is_awaited => return Err(Illegal("the run does not wait for anybody")),
        (ApprovalEvent::Given { .. }, None) => approvals.given.push(context.actor.clone()),
        (ApprovalEvent::Given { .. }, Some(_)) => return Err(Illegal("a person counts once")),
        (ApprovalEvent::Withdrawn { .. }, Some(place)) => drop(approvals.given.remove(place)),
        (ApprovalEvent::Withdrawn { .. }, None) => return Err(Illegal("there is nothing to take back")),
        (ApprovalEvent::Rejected { .. }, _) => {}
    }
    Ok(())
}
