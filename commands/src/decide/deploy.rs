//! Bring a release to the idle environment.

use events::fact::{ClosedBecause, Event, RunKind, WindowEvent};

use super::{Case, guard};
use crate::order::Deploy;
use crate::recipes;
use crate::refusal::Refusal;
use crate::sentence::window_end;

pub(super) fn decide(case: Case<'_>, order: &Deploy) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::adopted(site)?;
    guard::not_busy(site, true)?;
    guard::not_locked(case)?;
    guard::not_quiet(case, RunKind::Deploy)?;
    let onto = site.idle();
    if let Some(color) = order.onto.filter(|it| *it != onto) {
        return Err(Refusal::ColorIsLive { color });
    }
    let Some(release) = &case.pinned.release else {
        return Err(Refusal::NoRelease { why: "it was not resolved".to_owned() });
    };

    let mut facts = Vec::new();
    if let Some(window) = site.window.as_ref().filter(|it| it.way_back == onto) {
        if !order.gives_up_way_back {
            return Err(Refusal::WayBackInUse { color: onto, until: window_end(&window.end) });
        }
        facts.push(WindowEvent::Closed { because: ClosedBecause::GivenUp }.into());
    }
    let steps = recipes::deploy(site, onto, release, &case.pinned.terms);
    facts.push(guard::request(case, RunKind::Deploy, onto, Some(release.clone()), steps, order.reason.as_deref())?);
    Ok(facts)
}
