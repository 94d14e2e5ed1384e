//! Bring users back. Locks never stand in its way; during an open cutover it is an abort.

use events::fact::{Cause, Event, RunKind, RunOutcome};
use events::fold::{Course, Phase, Run, StepState};

use super::{Case, abort, guard};
use crate::next::{aborted, ended};
use crate::recipes;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>, reason: Option<&str>) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::adopted(site)?;
    let mut facts = match &site.run {
        Some(run) if run.kind == RunKind::Cutover => return abort::decide(case, reason),
        Some(run) if run.kind == RunKind::Decommission => gives_way(case, run, reason)?,
        Some(_) | None => {
            guard::not_busy(site)?;
            Vec::new()
        }
    };
    let Some(window) = &site.window else {
        let why = match site.last.as_ref().map(|it| it.kind) {
            Some(RunKind::Decommission) => "the old environment was decommissioned",
            Some(RunKind::Rollback) => "the last run was a rollback already",
            Some(RunKind::Deploy | RunKind::Cutover) | None => "no window is open",
        };
        let idle = site.environments.get(site.idle());
        let ready = idle.release.as_ref().filter(|_| idle.phase == Phase::Ready);
        let ready = ready.map(|it| (site.idle(), it.to_string()));
        return Err(Refusal::NoWayBack { why: why.to_owned(), ready });
    };
    let onto = window.way_back;
    let steps = recipes::cutover(site, onto, &[], &case.pinned.terms);
    let release = site.environments.get(onto).release.clone();
    facts.push(guard::request(case, RunKind::Rollback, onto, release, steps, reason)?);
    Ok(facts)
}

/// The way back is one until the point of no return: a decommission that has changed nothing yet ends right here.
fn gives_way(case: Case<'_>, run: &Run, reason: Option<&str>) -> Result<Vec<Event>, Refusal> {
    if run.is_past_return() {
        return Err(Refusal::PastNoReturn { run: run.number });
    }
    if run.steps.iter().any(StepState::needs_undo) {
        return Err(Refusal::Busy { run: run.number, kind: run.kind });
    }
    let mut facts = Vec::new();
    if run.course == Course::Forward {
        let cause = Cause::Person { reason: reason.map(str::to_owned) };
        facts.push(aborted(run, cause, case.now).into());
    }
    facts.extend(ended(case.site, run, RunOutcome::TurnedBack, case.now));
    Ok(facts)
}
