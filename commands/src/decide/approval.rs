//! What people say to a run that waits for them: each counts once, to one plan, and never to their own unless that was
//! agreed.

use events::fact::{ApprovalEvent, Cause, Event};
use events::fold::{Awaited, Run};

use super::Case;
use crate::next::aborted;
use crate::order::Approve;
use crate::refusal::Refusal;

pub(super) fn approve(case: Case<'_>, order: &Approve) -> Result<Vec<Event>, Refusal> {
    let run = case.site.run.as_ref().ok_or(Refusal::NoOpenRun { verb: "approve" })?;
    let is_another = order.run.is_some_and(|it| it != run.number)
        || order.plan.as_ref().is_some_and(|it| !run.plan_hash.to_string().starts_with(it.as_str()));
    if is_another {
        return Err(Refusal::OtherPlan { run: run.number, plan: run.plan_hash.short() });
    }
    let awaited = awaited(case, run)?;
    let (run, plan_hash) = (run.number, run.plan_hash);
    if let Some(reason) = &order.glass {
        let emergency = case.permit.emergency();
        let role = emergency.ok_or(Refusal::NoEmergency { run })?.clone();
        return Ok(vec![ApprovalEvent::Bypassed { run, plan_hash, role, reason: reason.clone() }.into()]);
    }
    of_role(case, &awaited)?;
    let Some(open) = &case.site.run else { return Err(Refusal::NoOpenRun { verb: "approve" }) };
    let actor = case.permit.actor();
    if open.requested_by == *actor && !awaited.requester_counts {
        return Err(Refusal::OwnRequest { run });
    }
    if open.approvals.given.contains(actor) {
        return Err(Refusal::ApprovedAlready { run });
    }
    Ok(vec![ApprovalEvent::Given { run, plan_hash, role: awaited.role.clone() }.into()])
}

pub(super) fn reject(case: Case<'_>, reason: &str) -> Result<Vec<Event>, Refusal> {
    let run = case.site.run.as_ref().ok_or(Refusal::NoOpenRun { verb: "reject" })?;
    let awaited = awaited(case, run)?;
    of_role(case, &awaited)?;
    let (plan_hash, role) = (run.plan_hash, awaited.role.clone());
    let rejected = ApprovalEvent::Rejected { run: run.number, plan_hash, role, reason: reason.to_owned() };
    let cause = Cause::Person { reason: Some(format!("rejected: {reason}")) };
    Ok(vec![rejected.into(), aborted(run, cause, case.now).into()])
}

pub(super) fn withdraw(case: Case<'_>) -> Result<Vec<Event>, Refusal> {
    let run = case.site.run.as_ref().ok_or(Refusal::NoOpenRun { verb: "withdraw" })?;
    awaited(case, run)?;
    if !run.approvals.given.contains(case.permit.actor()) {
        return Err(Refusal::NotApproved { run: run.number });
    }
    Ok(vec![ApprovalEvent::Withdrawn { run: run.number }.into()])
}

/// What the run waits for; past its deadline nothing that is said counts.
fn awaited<'a>(case: Case<'_>, run: &'a Run) -> Result<Awaited<'a>, Refusal> {
    let is_late = |it: &Awaited<'_>| it.deadline.is_some_and(|deadline| deadline <= case.now);
    let awaited = run.awaited().filter(|it| !is_late(it) && run.approvals.bypass.is_none());
    awaited.ok_or(Refusal::NothingToApprove { run: run.number })
}

fn of_role(case: Case<'_>, awaited: &Awaited<'_>) -> Result<(), Refusal> {
    if case.permit.has(awaited.role) { Ok(()) } else { Err(Refusal::NotOfRole { role: awaited.role.clone() }) }
}
