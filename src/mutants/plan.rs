//! Mistakes in plans: a step too few, a step too many, steps in the wrong order.

use events::color::Color;
use events::fact::{Event, RunEvent, RunKind};
use events::gate::{Criterion, Gate, Rule};
use events::intent::{FleetIntent, Intent, TrafficIntent, WorkersIntent};
use events::plan::{Plan, Step, Until};
use events::weights::Weights;

use super::Mistake;

/// The facts of a decision, with the mistake made in their plan.
pub(super) fn mistaken(mistake: Mistake, facts: Vec<Event>) -> Vec<Event> {
    facts.into_iter().map(|fact| in_plan(mistake, fact)).collect()
}

fn in_plan(mistake: Mistake, fact: Event) -> Event {
    let Event::Run(RunEvent::Requested { run, kind, color, release, plan, terms, reason, .. }) = fact else {
        return fact;
    };
    let steps = made(mistake, kind, color, plan.into());
    let plan = Plan::try_from(steps).unwrap_or_else(|error| panic!("the mistake {mistake:?} leaves no plan: {error}"));
    let plan_hash = plan.hash();
    Event::Run(RunEvent::Requested { run, kind, color, release, plan, plan_hash, terms, reason })
}

fn made(mistake: Mistake, kind: RunKind, color: Color, steps: Vec<Step>) -> Vec<Step> {
    if mistake == Mistake::RemoveBeforeAdd {
        return remove_before_add(kind, color, steps);
    }
    if mistake == Mistake::SkipDrain {
        return skip_drain(kind, &steps);
    }
    if mistake == Mistake::ShareBeforeAttach {
        return swapped(steps, is_attach, is_share);
    }
    if mistake == Mistake::DestroyBeforeDetach {
        return swapped(steps, is_detach, is_reduce);
    }
    if mistake == Mistake::CanaryJumps {
        return steps.into_iter().map(|it| if is_share(&it) { share(Weights::all_to(color)) } else { it }).collect();
    }
    if mistake == Mistake::LiveDestroyed && kind == RunKind::Decommission {
        return steps.into_iter().map(|it| if is_reduce(&it) { destroy(color.other()) } else { it }).collect();
    }
    let is_left_out = |step: &Step| match step {
        Step::Gate(gate) => is_gate_left_out(mistake, gate),
        Step::Change { intent: Intent::Workers(WorkersIntent::Pause { .. }), .. } => mistake == Mistake::WorkersGoOn,
        Step::Change { intent: Intent::Workers(WorkersIntent::Start { .. }), .. } => {
            mistake == Mistake::WorkersLeftPaused
        }
        Step::Change { .. } | Step::Wait(_) => false,
    };
    steps.into_iter().filter(|it| !is_left_out(it)).collect()
}

fn is_gate_left_out(mistake: Mistake, gate: &Gate) -> bool {
    match (&gate.criterion, gate.rule) {
        (Criterion::Checks { .. }, Rule::Throughout { .. }) => {
            matches!(mistake, Mistake::SkipHealthWait | Mistake::BakeSkipped)
        }
        (Criterion::Entrance { .. }, _) => matches!(mistake, Mistake::SkipHealthWait | Mistake::EntranceUnchecked),
        (Criterion::Checks { .. } | Criterion::Healthy { .. }, _) => mistake == Mistake::SkipHealthWait,
        (Criterion::Shared { .. }, _) => mistake == Mistake::SharesUnchecked,
        (Criterion::Approved { .. }, _) => mistake == Mistake::ApprovalSkipped,
        (Criterion::Paused { .. }, _) => mistake == Mistake::WorkersGoOn,
        (
            Criterion::Idle { .. }
            | Criterion::Primary { .. }
            | Criterion::Preflight { .. }
            | Criterion::Pointed { .. }
            | Criterion::Proof { .. },
            _,
        ) => false,
    }
}

/// The old color leaves the balancer first, and the new one comes after it.
fn remove_before_add(kind: RunKind, color: Color, mut steps: Vec<Step>) -> Vec<Step> {
    let add = steps.iter().position(is_attach);
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
                kept.push(destroy(*color));
            }
            Step::Wait(_) | Step::Gate(_) | Step::Change { .. } => kept.push(it.clone()),
        }
    }
    kept
}

/// The first step of one kind and the first of another change places.
fn swapped(mut steps: Vec<Step>, is_one: impl Fn(&Step) -> bool, is_other: impl Fn(&Step) -> bool) -> Vec<Step> {
    if let (Some(one), Some(other)) = (steps.iter().position(is_one), steps.iter().position(is_other)) {
        steps.swap(one, other);
    }
    steps
}

fn is_attach(step: &Step) -> bool {
    matches!(step, Step::Change { intent: Intent::Traffic(TrafficIntent::Attach { .. }), .. })
}

fn is_detach(step: &Step) -> bool {
    matches!(step, Step::Change { intent: Intent::Traffic(TrafficIntent::Members { .. }), .. })
}

fn is_share(step: &Step) -> bool {
    matches!(step, Step::Change { intent: Intent::Traffic(TrafficIntent::Share { .. }), .. })
}

fn is_reduce(step: &Step) -> bool {
    matches!(step, Step::Change { intent: Intent::Fleet(FleetIntent::ReduceTo { .. }), .. })
}

fn share(weights: Weights) -> Step {
    step(Intent::Traffic(TrafficIntent::Share { weights }))
}

fn destroy(color: Color) -> Step {
    step(Intent::Fleet(FleetIntent::ReduceTo { color, keep: Vec::new() }))
}

fn step(intent: Intent) -> Step {
    Step::Change { intent, within: jiff::SignedDuration::from_secs(30) }
}
