//! Cutover, and rollback, which is the same with the colors swapped: proof, attachment, shares, drain.

use events::color::Color;
use events::fold::Site;
use events::gate::{Criterion, Gate, Rule};
use events::intent::{Intent, TrafficIntent};
use events::plan::{Step, Until};
use events::release::Release;
use events::terms::Terms;
use events::weights::Weights;

use super::AGREE;

/// Bad rounds in a row that end a canary: one may be chance.
const CANARY_FAILURES: u16 = 2;

/// The steps that bring users to `onto`, by the `canary` shares first.
#[must_use]
pub fn cutover(site: &Site, onto: Color, canary: &[u8], terms: &Terms) -> Vec<Step> {
    let environment = site.environments.get(onto);
    let release = environment.release.as_ref();
    let patience = terms.patience;
    let mut steps = Vec::new();
    if let Some(live) = site.live {
        steps.push(Step::Gate(Gate {
            criterion: Criterion::Shared { weights: Weights::all_to(live) },
            rule: AGREE,
            is_guard: true,
        }));
    }
    steps.push(checks(onto, release, terms, in_a_row(terms)));
    steps.push(Step::Change { intent: Intent::Traffic(TrafficIntent::Attach { color: onto }), within: patience.share });
    let healthy = Step::Gate(Gate {
        criterion: Criterion::Healthy { color: onto, count: terms.machine_count },
        rule: Rule::InARow { count: terms.in_a_row, within: patience.healthy },
        is_guard: true,
    });
    steps.push(healthy.clone());
    for share in canary {
        steps.push(to(Weights::percent_to(onto, *share), terms));
        let bake = Rule::Throughout { lasts: terms.bake, failures: CANARY_FAILURES };
        steps.push(checks(onto, release, terms, bake));
        // What the balancer said before the bake is old by then: a member may have been taken away meanwhile.
        steps.push(healthy.clone());
    }
    steps.push(to(Weights::all_to(onto), terms));
    steps.push(Step::Gate(Gate {
        criterion: Criterion::Entrance { release: release.cloned(), checks: terms.checks.clone() },
        rule: in_a_row(terms),
        is_guard: true,
    }));
    if let Some(live) = site.live {
        steps.push(Step::Wait(Until::Drained { color: live, within: patience.drain }));
    }
    steps
}

fn to(weights: Weights, terms: &Terms) -> Step {
    Step::Change { intent: Intent::Traffic(TrafficIntent::Share { weights }), within: terms.patience.share }
}

fn in_a_row(terms: &Terms) -> Rule {
    Rule::InARow { count: terms.in_a_row, within: terms.patience.checks }
}

/// The site's own checks on every machine; as a bake they are no guard: a person may promote early.
fn checks(color: Color, release: Option<&Release>, terms: &Terms, rule: Rule) -> Step {
    let is_guard = matches!(rule, Rule::InARow { .. });
    let criterion = Criterion::Checks { color, release: release.cloned(), checks: terms.checks.clone() };
    Step::Gate(Gate { criterion, rule, is_guard })
}
