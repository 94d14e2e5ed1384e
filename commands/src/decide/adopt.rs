//! Take a site over as the world shows it, without changing anything.

use events::color::Color;
use events::fact::{ClosedBecause, Event, SiteEvent, WindowEvent};
use events::fold::Site;

use super::{Case, guard};
use crate::pinned::World;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::not_busy(site)?;
    let Some(world) = &case.pinned.world else {
        return Err(Refusal::WorldUnreadable { why: "it was not read".to_owned() });
    };
    if world.is_shared {
        return Err(Refusal::TrafficIsShared);
    }
    if site.is_adopted && is_as_known(site, world) {
        return Err(Refusal::NothingChanged);
    }
    let mut facts = Vec::new();
    if site.window.is_some() {
        facts.push(WindowEvent::Closed { because: ClosedBecause::Adopted }.into());
    }
    facts.push(SiteEvent::Adopted { live: world.live, found: world.found.clone() }.into());
    Ok(facts)
}

fn is_as_known(site: &Site, world: &World) -> bool {
    site.live == world.live
        && Color::BOTH.into_iter().all(|color| {
            let (known, found) = (site.environments.get(color), world.found.get(color));
            known.machines == found.machines && known.release == found.release
        })
}
