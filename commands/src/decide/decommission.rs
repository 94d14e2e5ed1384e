//! Empty the way back, when its time has come, or early with a reason.

use events::fact::{Event, RunKind};
use events::fold::WindowEnd;

use super::{Case, guard};
use crate::recipes;
use crate::refusal::Refusal;
use crate::sentence::window_end;

pub(super) fn decide(case: Case<'_>, reason: Option<&str>) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::adopted(site)?;
    guard::not_busy(site, false)?;
    guard::not_locked(case)?;
    guard::not_quiet(case, RunKind::Decommission)?;
    let window = site.window.as_ref().ok_or(Refusal::NoWindow { verb: "decommission" })?;
    let is_over = matches!(window.end, WindowEnd::At { closes_at, .. } if closes_at <= case.now);
    if case.permit.actor().is_system() {
        let WindowEnd::At { decommission_at: Some(at), .. } = window.end else {
            return Err(Refusal::NotDue { why: "the way back is kept".to_owned() });
        };
        if !is_over || window.announced != Some(at) || at > case.now {
            return Err(Refusal::NotDue { why: "its end was not announced, or has not come".to_owned() });
        }
    } else if !is_over && reason.is_none() {
        return Err(Refusal::WindowIsOpen { until: window_end(&window.end) });
    }
    let environment = site.environments.get(window.way_back);
    let steps = recipes::decommission(window.way_back, &environment.machines, &case.pinned.terms);
    let release = environment.release.clone();
    // A decommission is never put off by `--at`: it has a schedule of its own.
    Ok(vec![guard::request(case, RunKind::Decommission, window.way_back, release, steps, reason)?])
}
