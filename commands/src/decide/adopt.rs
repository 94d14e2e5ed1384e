//! Take a site over as the world shows it, without changing anything.

use events::color::Color;
use events::fact::{ClosedBecause, Event, SiteEvent, WindowEvent};
use events::fold::{Phase, Site};
use events::machine::Machine;

use super::{Case, guard};
use crate::pinned::World;
use crate::refusal::Refusal;

pub(super) fn decide(case: Case<'_>) -> Result<Vec<Event>, Refusal> {
    let site = case.site;
    guard::not_busy(site, false)?;
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
            // What a run left unclear is taken over as it is now.
            let is_clear =
                known.phase == Phase::WayBack || known.phase == Phase::found(site.live == Some(color), found);
            is_clear && same(&known.machines, &found.machines) && known.release == found.release
        })
}

/// Whether these are the same machines, in whatever order the fleet lists them.
fn same(known: &[Machine], found: &[Machine]) -> bool {
    known.len() == found.len() && found.iter().all(|it| known.contains(it))
}
