//! Bring users to the environment that is ready.

use events::fact::{Event, RunKind};
use events::fold::Phase;
use events::terms::{Crossing, DatabaseTerms};

use super::{Case, guard};
use crate::order::Cutover;
use crate::recipes;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>, order: &Cutover) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::adopted(site)?;
    guard::not_busy(site, true)?;
    guard::not_locked(case)?;
    guard::not_quiet(case, RunKind::Cutover)?;
    let onto = site.idle();
    let environment = site.environments.get(onto);
    match environment.phase {
        Phase::Ready => {}
        // Given up for a release that did not work out: it is whole, and no longer anybody's way back.
        Phase::WayBack if site.window.is_none() => {}
        Phase::WayBack => return Err(Refusal::ThatIsTheWayBack { color: onto }),
        Phase::Empty | Phase::Unclear | Phase::Live => return Err(Refusal::NothingReady { color: onto }),
    }
    shares_rise(order)?;
    if let (Some(meant), Some(found)) = (&case.pinned.brings, &environment.release)
        && found.name != *meant
    {
        return Err(Refusal::OtherRelease { color: onto, found: found.to_string(), meant: meant.clone() });
    }
    // The other color has no member: its share of the users would meet nobody.
    if site.live.is_none() && !order.canary.is_empty() {
        return Err(Refusal::NobodyToShareWith);
    }
    // Where both use the one that takes writes, whoever shares users may write too.
    if let Some(DatabaseTerms::Replicated(Crossing { repoint: None, .. })) = case.pinned.terms.database
        && !order.canary.is_empty()
    {
        return Err(Refusal::CanaryCantWrite { color: onto });
    }
    let steps = recipes::cutover(site, onto, &order.canary, &case.pinned.terms);
    let release = environment.release.clone();
    Ok(vec![guard::request(case, RunKind::Cutover, onto, release, steps, order.reason.as_deref())?])
}

pub(super) fn shares_rise(order: &Cutover) -> Result<(), Refusal> {
    let is_rising = order.canary.is_sorted_by(|a, b| a < b);
    if is_rising && order.canary.iter().all(|it| (1..=99).contains(it)) { Ok(()) } else { Err(Refusal::BadCanary) }
}
