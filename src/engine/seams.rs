//! The seams of the engine: what it calls by these names is the room behind the seam, or, with the feature `mutants`, the
//! same with a mistake (`src/mutants`). So that the tests can be seen to notice it, and no other file knows.

#[cfg(not(feature = "mutants"))]
pub(super) use as_written::*;
#[cfg(feature = "mutants")]
pub(super) use mistaken::*;

#[cfg(not(feature = "mutants"))]
mod as_written {
    use events::gate::Gate;
    use events::intent::{Image, Intent, Standing};
    use events::number::StepIndex;

    pub(in crate::engine) use crate::engine::steps::gate::{look as look_at_gate, read};
    pub(in crate::engine) use crate::engine::steps::survey;
    pub(in crate::engine) use crate::engine::steps::traffic::somebody_is_there;
    pub(in crate::engine) use commands::decide::decide;
    pub(in crate::engine) use commands::next::{known_before, next};
    pub(in crate::engine) use commands::permit::{permit, permit as permit_again};

    pub(in crate::engine) fn standing(intent: &Intent, before: &Image, now: &Image) -> Standing {
        intent.standing(before, now)
    }

    pub(in crate::engine) fn guards(guards: Vec<(StepIndex, &Gate)>) -> Vec<(StepIndex, &Gate)> {
        guards
    }
}

#[cfg(feature = "mutants")]
mod mistaken {
    use events::check::Reading;
    use events::fault::Fault;
    use events::fold::Run;
    use events::gate::{Criterion, Gate};
    use events::intent::{Image, Intent, WayBack};
    use events::number::StepIndex;
    use events::plan::Step;

    use crate::engine::proof::Surroundings;
    use crate::engine::room::Room;
    use crate::engine::steps::gate::{self, Rounds};
    use crate::engine::steps::{self, Seen, traffic};
    use crate::mutants;
    use commands::next::Look;

    pub(in crate::engine) use crate::mutants::{decide, guards, known_before, next, permit, permit_again, standing};

    pub(in crate::engine) async fn survey(
        room: &Room,
        run: &Run,
        step: StepIndex,
    ) -> Result<(Option<Image>, WayBack), Fault> {
        let ask = async {
            match run.plan.step(step) {
                Some(Step::Change { intent, .. }) => steps::ask(room, intent, &steps::key(room, run, step)).await,
                Some(Step::Gate(_) | Step::Wait(_)) | None => Ok(()),
            }
        };
        mutants::survey(steps::survey(room, run, step), ask).await
    }

    pub(in crate::engine) async fn somebody_is_there(room: &Room, way_back: &Intent) -> Result<(), Fault> {
        mutants::somebody_is_there(traffic::somebody_is_there(room, way_back).await)
    }

    pub(in crate::engine) async fn read(
        room: &Room,
        criterion: &Criterion,
        rounds: &mut Rounds,
        surroundings: &Surroundings<'_>,
    ) -> Vec<Reading> {
        mutants::readings(criterion, gate::read(room, criterion, rounds, surroundings).await)
    }

    pub(in crate::engine) async fn look_at_gate(
        room: &Room,
        gate: &Gate,
        look: Look,
        rounds: &mut Rounds,
        surroundings: &Surroundings<'_>,
    ) -> Seen {
        let (of, good) = (rounds.of, rounds.good);
        let seen = gate::look(room, &mutants::gate(gate), look, rounds, surroundings).await;
        if rounds.of == of {
            rounds.good = mutants::counted(good, rounds.good);
        }
        seen
    }
}
