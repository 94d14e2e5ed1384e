//! What must be so before an order is decided; each guard refuses with what to do instead.

use events::color::Color;
use events::fact::{Event, RunEvent, RunKind};
use events::fold::Site;
use events::plan::{Plan, STEP_LIMIT, Step, Until};
use events::release::Release;

use super::Case;
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

pub(super) fn not_busy(site: &Site) -> Result<(), Refusal> {
    match &site.run {
        Some(run) => Err(Refusal::Busy { run: run.number, kind: run.kind }),
        None => Ok(()),
    }
}

pub(super) fn not_locked(site: &Site) -> Result<(), Refusal> {
    match &site.lock {
        Some(lock) => {
            Err(Refusal::Locked { owner: lock.owner.clone(), since: lock.since, reason: lock.reason.clone() })
        }
        None => Ok(()),
    }
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
