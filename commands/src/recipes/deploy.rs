//! Deploy: capacity, delivery, attachment, checks. Nothing of it reaches a user.

use events::color::Color;
use events::gate::{Criterion, Gate, Rule};
use events::intent::{DeliveryIntent, FleetIntent, Intent, TrafficIntent};
use events::plan::Step;
use events::release::Release;
use events::terms::Terms;

/// The steps that bring `release` to `onto` and prove it there.
#[must_use]
pub fn deploy(onto: Color, release: &Release, terms: &Terms) -> Vec<Step> {
    let Terms { machine_count, checks, in_a_row, patience, .. } = terms;
    vec![
        Step::Gate(Gate {
            criterion: Criterion::Idle { color: onto },
            rule: Rule::InARow { count: 1, within: patience.share },
            is_guard: true,
        }),
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
        // Attached with no share: users don't see it, but it can be previewed, and the balancer begins to watch it.
        Step::Change { intent: Intent::Traffic(TrafficIntent::Attach { color: onto }), within: patience.share },
    ]
}
