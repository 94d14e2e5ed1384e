//! What a step must find, by what the steps before it made or found: anything else is somebody else's.

use events::fold::{Run, StepState};
use events::gate::Criterion;
use events::intent::{DatabaseIntent, Image, Intent, TrafficIntent};
use events::number::StepIndex;
use events::plan::Step;
use events::weights::Weights;

/// What must be there when `step` begins; none if no step before it had to do with the same.
#[must_use]
pub fn known_before(run: &Run, step: StepIndex) -> Option<Image> {
    let is_share =
        matches!(run.plan.step(step), Some(Step::Change { intent: Intent::Traffic(TrafficIntent::Share { .. }), .. }));
    if !is_share && !run.is_crossing(step) {
        return None;
    }
    let mut before = run.indexed().rev().filter(|(index, _)| *index < step);
    before.find_map(|(index, state)| shared(run, index, state)).map(Image::Weights)
}

/// How requests were shared when that step was done.
fn shared(run: &Run, step: StepIndex, state: &StepState) -> Option<Weights> {
    let StepState::Done { .. } = state else { return None };
    match run.plan.step(step)? {
        Step::Change { intent: Intent::Traffic(TrafficIntent::Share { weights }), .. } => Some(*weights),
        Step::Gate(gate) => match &gate.criterion {
            Criterion::Shared { weights } => Some(*weights),
            Criterion::Idle { .. }
            | Criterion::Checks { .. }
            | Criterion::Entrance { .. }
            | Criterion::Healthy { .. }
            | Criterion::Approved { .. }
            | Criterion::Primary { .. }
            | Criterion::Preflight { .. }
            | Criterion::Pointed { .. }
            | Criterion::Paused { .. }
            | Criterion::Proof { .. } => None,
        },
        Step::Change { intent: Intent::Database(DatabaseIntent::Cross { to, .. }), .. } => Some(Weights::all_to(*to)),
        Step::Change {
            intent:
                Intent::Traffic(_) | Intent::Fleet(_) | Intent::Delivery(_) | Intent::Database(_) | Intent::Workers(_),
            ..
        }
        | Step::Wait(_) => None,
    }
}
