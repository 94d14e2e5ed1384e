//! Deploy: capacity, delivery, checks, attachment. Nothing of it reaches a user.

use events::color::Color;
use events::fold::Site;
use events::gate::{Criterion, Gate, Rule};
use events::intent::{DeliveryIntent, FleetIntent, Intent, TrafficIntent};
use events::plan::Step;
use events::release::Release;
use events::terms::Terms;

use super::AGREE;

/// The steps that bring `release` to `onto` and prove it there.
#[must_use]
pub fn deploy(site: &Site, onto: Color, release: &Release, terms: &Terms) -> Vec<Step> {
    let Terms { machine_count, checks, in_a_row, patience, .. } = terms;
    let idle = Step::Gate(Gate { criterion: Criterion::Idle { color: onto }, rule: AGREE, is_guard: true });
    let attach =
        Step::Change { intent: Intent::Traffic(TrafficIntent::Attach { color: onto }), within: patience.share };
    let proven = [
        Step::Change {
            intent: Intent::Fleet(FleetIntent::GrowTo { color: onto, count: *machine_count }),
            within: patience.grow,
        },
        Step::Change {
            intent: Intent::Delivery(DeliveryIntent::Install { color: onto, release: release.clone() }),
            within: patience.deliver,
        },
        Step::Gate(Gate {
            criterion: Criterion::Checks { color: onto, release: Some(release.clone()), checks: checks.clone() },
            rule: Rule::InARow { count: *in_a_row, within: patience.checks },
            is_guard: true,
        }),
    ];
    if site.live.is_none() {
        // Nobody serves yet, so the balancer's share means nothing: to attach would be to go live before the cutover.
        return proven.into();
    }
    // Attached with no share: users don't see it, but it can be previewed, and the balancer begins to watch it.
    [idle].into_iter().chain(proven).chain([attach]).collect()
}
