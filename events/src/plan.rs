//! The plan of a run: fixed in the log with a hash, never regenerated.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::chain::Hash;
use crate::color::Color;
use crate::gate::Gate;
use crate::intent::Intent;
use crate::number::StepIndex;

/// The most steps a plan may have.
pub const STEP_LIMIT: usize = 64;

/// One to 64 steps, done in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Step>", into = "Vec<Step>")]
pub struct Plan(Vec<Step>);

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The world is asked to become something, within a time.
    Change { intent: Intent, within: SignedDuration },
    /// Something must be so.
    Gate(Gate),
    /// Something is waited for; when the time is over the run goes on.
    Wait(Until),
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Until {
    /// A moment.
    At { at: Timestamp },
    /// No request in flight on the color, or `within` is over.
    Drained { color: Color, within: SignedDuration },
}

/// Steps that are no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a plan has 1 to {STEP_LIMIT} steps, not {0}")]
pub struct BadPlan(usize);

impl Plan {
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The last guards before a step that read the world, with no change between them: what must hold when the step is
    /// asked for.
    #[must_use]
    pub fn guards_before(&self, index: StepIndex) -> Vec<(StepIndex, &Gate)> {
        let guard_at = |at: StepIndex| match self.step(at) {
            Some(Step::Gate(gate)) if gate.is_guard && gate.criterion.is_of_world() => Some((at, gate)),
            Some(Step::Gate(_) | Step::Change { .. } | Step::Wait(_)) | None => None,
        };
        let before = (0..index.0).rev().map(StepIndex).skip_while(|at| guard_at(*at).is_none());
        let before = before.take_while(|at| !matches!(self.step(*at), Some(Step::Change { .. })));
        before.filter_map(guard_at).collect()
    }

    #[must_use]
    pub fn step(&self, index: StepIndex) -> Option<&Step> {
        self.0.get(usize::from(index.0))
    }

    /// What an approval is for: another plan has another hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        // A plan holds nothing that could fail to be written as JSON.
        Hash::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Step {
    /// How long after its beginning the step is decided at the latest; none for a moment, which is its own deadline.
    #[must_use]
    pub fn deadline(&self, begun: Timestamp) -> Timestamp {
        let after = |limit: SignedDuration| begun.saturating_add(limit).unwrap_or(Timestamp::MAX);
        match self {
            Self::Change { within, .. } | Self::Wait(Until::Drained { within, .. }) => after(*within),
            Self::Gate(gate) => after(gate.rule.limit()),
            Self::Wait(Until::At { at }) => *at,
        }
    }
}

impl TryFrom<Vec<Step>> for Plan {
    type Error = BadPlan;

    fn try_from(steps: Vec<Step>) -> Result<Self, BadPlan> {
        if (1..=STEP_LIMIT).contains(&steps.len()) { Ok(Self(steps)) } else { Err(BadPlan(steps.len())) }
    }
}

impl From<Plan> for Vec<Step> {
    fn from(plan: Plan) -> Self {
        plan.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Criterion, Rule};
    use crate::intent::TrafficIntent;

    fn gate() -> Step {
        let rule = Rule::InARow { count: 3, within: SignedDuration::from_mins(2) };
        Step::Gate(Gate { criterion: Criterion::Healthy { color: Color::Green, count: 2 }, rule, is_guard: true })
    }

    #[test]
    fn a_plan_has_one_to_64_steps() {
        for (count, is_plan) in [(0, false), (1, true), (64, true), (65, false)] {
            assert_eq!(Plan::try_from(vec![gate(); count]).is_ok(), is_plan, "{count}");
        }
        assert!(serde_json::from_str::<Plan>("[]").unwrap_err().to_string().contains("not 0"));
    }

    /// What was approved is told by its hash, so the hash of a plan must never change.
    #[test]
    fn the_hash_of_a_known_plan_never_changes() {
        let plan = Plan::try_from(vec![gate(), Step::Wait(Until::At { at: Timestamp::UNIX_EPOCH })]).unwrap();
        expect_test::expect!["1f3bf42799b6e06862cba11142bc9f1eff50abd109feec7612ce475dbf59256c"]
            .assert_eq(&plan.hash().to_string());
        let other = Plan::try_from(plan.steps().iter().rev().cloned().collect::<Vec<_>>()).unwrap();
        assert_ne!(other.hash(), plan.hash());
    }

    #[test]
    fn what_must_hold_for_a_step_was_seen_since_the_change_before() {
        let change = || {
            let intent = Intent::Traffic(TrafficIntent::Attach { color: Color::Green });
            Step::Change { intent, within: SignedDuration::from_mins(1) }
        };
        let bake = |step: Step| match step {
            Step::Gate(gate) => Step::Gate(Gate { is_guard: false, ..gate }),
            other @ (Step::Change { .. } | Step::Wait(_)) => other,
        };
        let plan = Plan::try_from(vec![gate(), change(), gate(), bake(gate()), gate(), change(), change()]).unwrap();
        let before = |index| plan.guards_before(StepIndex(index)).into_iter().map(|(at, _)| at.0).collect::<Vec<_>>();
        assert_eq!(before(0), [0; 0]);
        assert_eq!(before(1), [0]);
        assert_eq!(before(5), [4, 2]);
        assert_eq!(before(6), [4, 2], "what was seen before another change is all that there is");
    }

    #[test]
    fn every_step_has_a_deadline() {
        let begun = Timestamp::UNIX_EPOCH;
        let after = |seconds| begun + SignedDuration::from_secs(seconds);
        assert_eq!(gate().deadline(begun), after(120));
        let bake = Rule::Throughout { lasts: SignedDuration::from_secs(30), failures: 2 };
        assert_eq!(bake.limit(), SignedDuration::from_secs(30));
        let drained = Until::Drained { color: Color::Blue, within: SignedDuration::from_secs(7) };
        assert_eq!(Step::Wait(drained).deadline(begun), after(7));
        assert_eq!(Step::Wait(Until::At { at: after(99) }).deadline(begun), after(99));
        let forever = Until::Drained { color: Color::Blue, within: SignedDuration::MAX };
        assert_eq!(Step::Wait(forever).deadline(begun), Timestamp::MAX);
    }
}
