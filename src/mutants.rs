//! Mistakes that can be planted, to see that the tests notice them. Compiled in only with the feature `mutants`.

use events::color::Color;
use events::fact::{Event, RunEvent, RunKind};
use events::gate::{Criterion, Gate};
use events::intent::{FleetIntent, Intent, TrafficIntent};
use events::plan::{Plan, Step, Until};

/// Names the mistake that is made.
#[expect(clippy::disallowed_methods, reason = "a mistake is chosen for a whole process, by the test that starts it")]
fn planted() -> Option<String> {
    std::env::var("CHANGEOVER_MUTANT").ok()
}

/// The facts of a decision, with the planted mistake made in their plan.
#[must_use]
pub fn mistaken(facts: Vec<Event>) -> Vec<Event> {
    let Some(mutant) = planted() else { return facts };
    facts.into_iter().map(|fact| in_plan(&mutant, fact)).collect()
}

fn in_plan(mutant: &str, fact: Event) -> Event {
    let Event::Run(RunEvent::Requested { run, kind, color, release, plan, terms, reason, .. }) = fact else {
        return fact;
    };
    let steps: Vec<Step> = match mutant {
        "remove_before_add" => remove_before_add(kind, color, plan.steps()),
        "skip_drain" => skip_drain(kind, plan.steps()),
        "skip_health_wait" => plan.steps().iter().filter(|it| !waits_for_health(it)).cloned().collect(),
        _ => plan.into(),
    };
    let plan = Plan::try_from(steps).unwrap_or_else(|error| panic!("the mutant {mutant} leaves no plan: {error}"));
    let plan_hash = plan.hash();
    Event::Run(RunEvent::Requested { run, kind, color, release, plan, plan_hash, terms, reason })
}

/// The old color leaves the balancer first, and the new one comes after it.
fn remove_before_add(kind: RunKind, color: Color, steps: &[Step]) -> Vec<Step> {
    let mut steps = steps.to_vec();
    let add = steps.iter().position(|it| is_traffic(it, |it| matches!(it, TrafficIntent::Attach { .. })));
    if let (RunKind::Cutover | RunKind::Rollback, Some(add)) = (kind, add) {
        let gone = TrafficIntent::Members { color: color.other(), members: Vec::new() };
        steps.insert(add, step(Intent::Traffic(gone)));
    }
    steps
}

/// The old color is destroyed as soon as the shares are set, whoever is still being answered there.
fn skip_drain(kind: RunKind, steps: &[Step]) -> Vec<Step> {
    let mut kept = Vec::new();
    for it in steps {
        match it {
            Step::Wait(Until::Drained { color, .. }) if kind == RunKind::Cutover => {
                kept.push(step(Intent::Traffic(TrafficIntent::Members { color: *color, members: Vec::new() })));
                kept.push(step(Intent::Fleet(FleetIntent::ReduceTo { color: *color, keep: Vec::new() })));
            }
            Step::Wait(_) | Step::Gate(_) | Step::Change { .. } => kept.push(it.clone()),
        }
    }
    kept
}

fn waits_for_health(step: &Step) -> bool {
    match step {
        Step::Gate(Gate { criterion, .. }) => match criterion {
            Criterion::Checks { .. } | Criterion::Entrance { .. } | Criterion::Healthy { .. } => true,
            Criterion::Idle { .. } | Criterion::Shared { .. } | Criterion::Proof { .. } => false,
        },
        Step::Change { .. } | Step::Wait(_) => false,
    }
}

fn is_traffic(step: &Step, is_meant: impl Fn(&TrafficIntent) -> bool) -> bool {
    match step {
        Step::Change { intent: Intent::Traffic(intent), .. } => is_meant(intent),
        Step::Change { intent: Intent::Fleet(_) | Intent::Delivery(_), .. } | Step::Gate(_) | Step::Wait(_) => false,
    }
}

fn step(intent: Intent) -> Step {
    Step::Change { intent, within: jiff::SignedDuration::from_secs(30) }
}
