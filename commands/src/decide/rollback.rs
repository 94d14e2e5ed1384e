//! Bring users back. Locks never stand in its way; during an open cutover it is an abort, until the databases have crossed.

use events::color::Color;
use events::fact::{Cause, Event, RunKind, RunOutcome};
use events::fold::{Course, Phase, Run, Site, StepState};
use events::plan::Step;
use events::terms::DatabaseTerms;

use super::{Case, abort, guard};
use crate::next::{aborted, ended};
use crate::pinned::Lossless;
use crate::recipes;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>, reason: Option<&str>, accepts_loss: bool) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::adopted(site)?;
    let mut facts = match &site.run {
        Some(run) if run.kind == RunKind::Cutover && run.has_crossed() => {
            return crossed(case, run, reason, accepts_loss);
        }
        Some(run) if run.kind == RunKind::Cutover => return abort::decide(case, reason),
        Some(run) if run.kind == RunKind::Decommission => gives_way(case, run, reason)?,
        Some(_) | None => {
            guard::not_busy(site, false)?;
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
    let steps = steps(case, site, onto, accepts_loss)?;
    let release = site.environments.get(onto).release.clone();
    facts.push(guard::request(case, RunKind::Rollback, onto, release, steps, reason)?);
    Ok(facts)
}

/// A database that can't be brought back whole is not brought back, unless somebody was told what stays behind.
fn steps(case: Case<'_>, site: &Site, onto: Color, accepts_loss: bool) -> Result<Vec<Step>, Refusal> {
    let terms = &case.pinned.terms;
    let Some(DatabaseTerms::Replicated(_)) = terms.database else {
        return Ok(recipes::cutover(site, onto, &[], terms));
    };
    match &case.pinned.lossless {
        Some(Lossless::Yes) => Ok(recipes::cutover(site, onto, &[], terms)),
        Some(Lossless::No { missing: Some(missing), .. }) if accepts_loss => {
            Ok(recipes::lossy_rollback(site, onto, *missing, terms))
        }
        Some(Lossless::No { why, missing }) => Err(Refusal::NotLossless { why: why.clone(), missing: *missing }),
        None => Err(Refusal::NotLossless { why: "nobody looked at the databases".to_owned(), missing: None }),
    }
}

/// The cutover ends where its users and their writes are, and the way from there is a rollback.
fn crossed(case: Case<'_>, run: &Run, reason: Option<&str>, accepts_loss: bool) -> Result<Vec<Event>, Refusal> {
    let onto = run.color.other();
    let mut after = case.site.clone();
    after.live = Some(run.color);
    let steps = steps(case, &after, onto, accepts_loss)?;
    let release = case.site.environments.get(onto).release.clone();
    let mut facts = ended(case.site, run, RunOutcome::LeftAsIs, case.now);
    facts.push(guard::request(case, RunKind::Rollback, onto, release, steps, reason)?);
    Ok(facts)
}

/// The way back is one until the point of no return: a decommission that has changed nothing yet ends right here.
fn gives_way(case: Case<'_>, run: &Run, reason: Option<&str>) -> Result<Vec<Event>, Refusal> {
    if run.is_past_return() {
        return Err(Refusal::PastNoReturn { run: run.number });
    }
    if run.steps.iter().any(StepState::needs_undo) {
        return Err(Refusal::Busy { run: run.number, kind: run.kind, can_wait: false });
    }
    let mut facts = Vec::new();
    if run.course == Course::Forward {
        let cause = Cause::Person { reason: reason.map(str::to_owned) };
        facts.push(aborted(run, cause, case.now).into());
    }
    facts.extend(ended(case.site, run, RunOutcome::TurnedBack, case.now));
    Ok(facts)
}
