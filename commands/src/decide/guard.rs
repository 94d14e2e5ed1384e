//! What must be so before an order is decided; each guard refuses with what to do instead.

use events::color::Color;
use events::fact::{Event, RunEvent, RunKind};
use events::fold::Site;
use events::gate::{Criterion, Gate, Rule};
use events::plan::{Plan, STEP_LIMIT, Step, Until};
use events::release::Release;
use events::terms::{ApprovalTerms, QuietTerms};

use super::{Case, confirm};
use crate::quiet;
use crate::refusal::Refusal;

pub(super) fn not_parked(site: &Site) -> Result<(), Refusal> {
    match &site.parked {
        Some(parked) => Err(Refusal::Parked { why: parked.why.clone() }),
        None => Ok(()),
    }
}

pub(super) fn adopted(site: &Site) -> Result<(), Refusal> {
    if site.is_adopted { Ok(()) } else { Err(Refusal::NotAdopted) }
}

/// `can_wait`: whether the order may wait in the queue instead.
pub(super) fn not_busy(site: &Site, can_wait: bool) -> Result<(), Refusal> {
    match &site.run {
        Some(run) => Err(Refusal::Busy { run: run.number, kind: run.kind, can_wait }),
        None => Ok(()),
    }
}

pub(super) fn not_locked(case: Case<'_>) -> Result<(), Refusal> {
    let site = case.site;
    match site.lock_at(case.now) {
        Some(lock) => {
            Err(Refusal::Locked { owner: lock.owner.clone(), since: lock.since, reason: lock.reason.clone() })
        }
        None => Ok(()),
    }
}

/// Nothing begins in quiet hours: neither now, nor `--at` a time in them.
pub(super) fn not_quiet(case: Case<'_>, kind: RunKind) -> Result<(), Refusal> {
    let begins = case.pinned.begin_at.unwrap_or(case.now).max(case.now);
    let is_excepted = |it: &QuietTerms| it.except_roles.iter().any(|role| case.permit.has(role));
    match quiet::at(&case.pinned.terms.window.quiet, kind, begins, is_excepted) {
        Some((hours, until)) => Err(Refusal::QuietHours { until, roles: hours.except_roles.clone() }),
        None => Ok(()),
    }
}

/// What the run waits for before anything else, if its terms say so. It comes before `--at`: people are asked at once.
fn approval(case: Case<'_>, kind: RunKind, steps: &[Step]) -> Option<Step> {
    let loses = confirm::leaves(steps).is_some();
    let terms = case.pinned.terms.approvals.iter().find(|it| it.kinds.contains(&kind) || it.losses && loses)?;
    let ApprovalTerms { role, count, requester_counts, lasts, .. } = terms.clone();
    Some(Step::Gate(Gate {
        criterion: Criterion::Approved { role, count, requester_counts },
        rule: Rule::InARow { count: 1, within: lasts },
        is_guard: true,
    }))
}

/// The fact that opens a run, with the plan that was made for it.
pub(super) fn request(
    case: Case<'_>,
    kind: RunKind,
    color: Color,
    release: Option<Release>,
    mut steps: Vec<Step>,
    reason: Option<&str>,
) -> Result<Event, Refusal> {
    if let Some(at) = case.pinned.begin_at {
        steps.insert(0, Step::Wait(Until::At { at }));
    }
    if let Some(approval) = approval(case, kind, &steps) {
        steps.insert(0, approval);
    }
    let plan = Plan::try_from(steps).map_err(|_| Refusal::PlanTooLong { limit: STEP_LIMIT })?;
    Ok(Event::Run(RunEvent::Requested {
        run: case.site.newest.next(),
        kind,
        color,
        release,
        plan_hash: plan.hash(),
        plan,
        terms: Box::new(case.pinned.terms.clone()),
        reason: reason.map(str::to_owned),
    }))
}
