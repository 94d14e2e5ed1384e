//! Decommission: proof, detachment, the end of the database's way back, then the point of no return.

use events::color::Color;
use events::gate::{Criterion, Gate, Rule};
use events::intent::{DatabaseIntent, FleetIntent, Intent, TrafficIntent};
use events::machine::Machine;
use events::plan::Step;
use events::terms::{DatabaseTerms, Terms};

/// The steps that empty `color`, whose machines are known to be these.
#[must_use]
pub fn decommission(color: Color, machines: &[Machine], terms: &Terms) -> Vec<Step> {
    let patience = terms.patience;
    let quiet_for = terms.window.quiet_for;
    // Twice the quiet time lets one late visitor start it over; the rest is for reading the world.
    let within = quiet_for.saturating_mul(2).saturating_add(patience.checks);
    let mut steps = vec![
        Step::Gate(Gate {
            criterion: Criterion::Proof { color, machines: machines.to_vec(), quiet_for },
            rule: Rule::InARow { count: 1, within },
            is_guard: true,
        }),
        Step::Change {
            intent: Intent::Traffic(TrafficIntent::Members { color, members: Vec::new() }),
            within: patience.share,
        },
    ];
    if let Some(DatabaseTerms::Replicated(_)) = terms.database {
        // Nobody can write there any more; what still followed it would only stand in the way of the next release.
        let disarm = Intent::Database(DatabaseIntent::Disarm { primary: color.other() });
        steps.push(Step::Change { intent: disarm, within: patience.checks });
    }
    steps.push(Step::Change {
        intent: Intent::Fleet(FleetIntent::ReduceTo { color, keep: Vec::new() }),
        within: patience.reduce,
    });
    steps
}
