//! The open run of a site.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::step::StepState;
use super::{Approvals, Context, Illegal};
use crate::actor::Actor;
use crate::chain::Hash;
use crate::color::Color;
use crate::fact::{Cause, Heading, Outcome, RunEvent, RunKind, RunOutcome, StepEvent, Trouble};
use crate::fault::FaultKind;
use crate::intent::{DatabaseIntent, Intent};
use crate::machine::Machine;
use crate::number::{Position, RunNumber, StepIndex};
use crate::plan::{Plan, Step};
use crate::release::Release;
use crate::terms::Terms;

/// A run that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    pub number: RunNumber,
    pub kind: RunKind,
    pub color: Color,
    pub release: Option<Release>,
    pub plan: Plan,
    pub plan_hash: Hash,
    pub terms: Box<Terms>,
    pub reason: Option<String>,
    pub requested_by: Actor,
    pub requested_at: Timestamp,
    pub course: Course,
    pub stuck: Option<Stuck>,
    pub approvals: Approvals,
    pub steps: Vec<StepState>,
}

/// Which way a run goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    Forward,
    /// Back to what was; `why` is one sentence. Nothing unanswered is undone before `settles_by`.
    Back {
        cause: Cause,
        why: String,
        settles_by: Timestamp,
    },
}

/// A run that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stuck {
    /// The event that says so: the same trouble again is another one.
    pub since: Position,
    pub step: StepIndex,
    pub trouble: Trouble,
    pub why: String,
    /// Whether a system outside chat took the call for people.
    pub is_called: bool,
}

/// The last run that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    pub number: RunNumber,
    pub kind: RunKind,
    pub color: Color,
    pub release: Option<Release>,
    pub outcome: RunOutcome,
    /// One sentence on why it did not succeed.
    pub why: Option<String>,
}

impl Run {
    /// The state of one step.
    #[must_use]
    pub fn state(&self, step: StepIndex) -> Option<&StepState> {
        self.steps.get(usize::from(step.0))
    }

    /// The steps with their numbers.
    pub fn indexed(&self) -> impl DoubleEndedIterator<Item = (StepIndex, &StepState)> {
        (0..).map(StepIndex).take(self.steps.len()).collect::<Vec<_>>().into_iter().zip(&self.steps)
    }

    /// The step that the run stands at: on its way forward the first that is not over, on its way back the last that is
    /// still to be undone. None when only its end is left to be recorded.
    #[must_use]
    pub fn stands_at(&self) -> Option<(StepIndex, &StepState)> {
        match &self.course {
            Course::Forward => self.indexed().find(|(_, state)| !state.is_over()),
            Course::Back { .. } => self.indexed().rev().find(|(_, state)| state.needs_undo()),
        }
    }

    /// Whether something was begun that has no way back.
    #[must_use]
    pub fn is_past_return(&self) -> bool {
        self.steps.iter().any(StepState::is_past_return)
    }

    /// Whether the databases crossed with the users: then they are on the run's color, however the run ends. Where users went
    /// before, they are there too if a crossing can't be brought to its end behind the point of no return, unless nobody
    /// knows who takes writes.
    #[must_use]
    pub fn has_crossed(&self) -> bool {
        self.indexed().any(|(index, state)| match self.plan.step(index) {
            Some(Step::Change { intent: Intent::Database(DatabaseIntent::Cross { repoints, .. }), .. }) => {
                let is_known = matches!(state, StepState::Failed { fault, .. } if fault.kind != FaultKind::Unknown);
                matches!(state, StepState::Done { .. }) || (*repoints && state.is_past_return() && is_known)
            }
            Some(_) | None => false,
        })
    }

    /// Whether the step is the one in which the databases cross.
    #[must_use]
    pub fn is_crossing(&self, step: StepIndex) -> bool {
        let step = self.plan.step(step);
        matches!(step, Some(Step::Change { intent: Intent::Database(DatabaseIntent::Cross { .. }), .. }))
    }

    /// The machines that the run's fleet steps left in its environment; none if it had no such step.
    #[must_use]
    pub fn machines(&self) -> Option<&[Machine]> {
        self.steps.iter().rev().find_map(|it| match it {
            StepState::Done { outcome: Outcome::Machines(machines), .. } => Some(machines.as_slice()),
            StepState::Done { .. }
            | StepState::Waiting
            | StepState::Open { .. }
            | StepState::Failed { .. }
            | StepState::Skipped { .. }
            | StepState::Undoing { .. }
            | StepState::UndoFailed { .. }
            | StepState::Undone => None,
        })
    }

    pub(super) fn apply(&mut self, event: &RunEvent, context: &Context<'_>) -> Result<(), Illegal> {
        match event {
            RunEvent::Aborted { cause, settles_by, .. } => {
                if self.course != Course::Forward {
                    return Err(Illegal("the run goes backwards already"));
                }
                if self.is_past_return() {
                    return Err(Illegal("the run is behind its point of no return"));
                }
                self.course = Course::Back { cause: cause.clone(), why: self.why(cause), settles_by: *settles_by };
                self.stuck = None;
            }
            RunEvent::Stuck { step, trouble, why, .. } => {
                if self.stuck.is_some() || self.stands_at().is_none_or(|(at, _)| at != *step) {
                    return Err(Illegal("the run does not stand at that step"));
                }
                self.stuck = Some(Stuck {
                    since: context.position,
                    step: *step,
                    trouble: *trouble,
                    why: why.clone(),
                    is_called: false,
                });
            }
            RunEvent::Resumed { deadline, .. } => {
                self.stuck = None;
                let (step, _) = self.stands_at().ok_or(Illegal("there is nothing left to try again"))?;
                self.step_mut(step)?.resume(*deadline)?;
            }
            RunEvent::PeopleCalled { .. } => {
                self.stuck.as_mut().ok_or(Illegal("the run is not stuck"))?.is_called = true;
            }
            RunEvent::Requested { .. } | RunEvent::Finished { .. } => {
                return Err(Illegal("a run is requested and finished by its site"));
            }
        }
        Ok(())
    }

    pub(super) fn apply_step(&mut self, event: &StepEvent) -> Result<(), Illegal> {
        let (_, step) = event.place();
        if event.heading() != self.heading() {
            return Err(Illegal("the run does not go that way"));
        }
        if self.stands_at().is_none_or(|(at, _)| at != step) {
            return Err(Illegal("the run does not stand at that step"));
        }
        if matches!(event, StepEvent::Promoting { .. }) && !self.is_crossing(step) {
            return Err(Illegal("a step that crosses nothing promoted a database"));
        }
        if let StepEvent::Skipped { .. } = event {
            self.stuck = None;
        }
        if self.stuck.is_some() {
            return Err(Illegal("the run waits for a person"));
        }
        self.step_mut(step)?.apply(event)
    }

    pub(super) fn can_finish(&self, outcome: RunOutcome) -> Result<(), Illegal> {
        let is_through = self.stands_at().is_none();
        let can = match (outcome, &self.course) {
            (RunOutcome::Succeeded, Course::Forward) | (RunOutcome::TurnedBack, Course::Back { .. }) => is_through,
            (RunOutcome::Succeeded, Course::Back { .. }) | (RunOutcome::TurnedBack, Course::Forward) => false,
            (RunOutcome::LeftAsIs, _) => self.stuck.is_some() || self.has_crossed(),
        };
        if can { Ok(()) } else { Err(Illegal("the run can't end like that where it stands")) }
    }

    fn heading(&self) -> Heading {
        match self.course {
            Course::Forward => Heading::Forward,
            Course::Back { .. } => Heading::Back,
        }
    }

    fn step_mut(&mut self, step: StepIndex) -> Result<&mut StepState, Illegal> {
        self.steps.get_mut(usize::from(step.0)).ok_or(Illegal("the plan has no such step"))
    }

    fn why(&self, cause: &Cause) -> String {
        match cause {
            Cause::Person { reason: Some(reason) } => reason.clone(),
            Cause::Person { reason: None } => "somebody aborted it".to_owned(),
            Cause::Step { step } => match self.state(*step) {
                Some(StepState::Failed { fault, .. }) => fault.text.clone(),
                Some(_) | None => "a step did not work out".to_owned(),
            },
        }
    }
}

pub(super) fn open(event: &RunEvent, context: &Context<'_>) -> Option<Run> {
    let RunEvent::Requested { run, kind, color, release, plan, plan_hash, terms, reason } = event else {
        return None;
    };
    Some(Run {
        number: *run,
        kind: *kind,
        color: *color,
        release: release.clone(),
        plan: plan.clone(),
        plan_hash: *plan_hash,
        terms: terms.clone(),
        reason: reason.clone(),
        requested_by: context.actor.clone(),
        requested_at: context.recorded_at,
        course: Course::Forward,
        stuck: None,
        approvals: Approvals::default(),
        steps: vec![StepState::Waiting; plan.steps().len()],
    })
}
