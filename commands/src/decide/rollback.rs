//! Bring users back. Locks never stand in its way; during an open cutover it is an abort.

use events::fact::{Event, RunKind};
use events::fold::Phase;

use super::{Case, abort, guard};
use crate::recipes;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>, reason: Option<&str>) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::adopted(site)?;
    if site.run.as_ref().is_some_and(|run| run.kind == RunKind::Cutover) {
        return abort::decide(case, reason);
    }
    guard::not_busy(site)?;
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
    Ok(vec![guard::request(case, RunKind::Rollback, onto, release, steps, reason)?])
}
