//! The loop of a story: what `next` says is done to the world and written down, as the real engine would.

use events::actor::Actor;
use events::fact::{Event, StepEvent};
use events::fold::{Run, StepState};
use events::intent::{Intent, WayBack};
use events::plan::Step;
use jiff::{SignedDuration, Timestamp};

use super::{Story, name, schedule};
use crate::decide::{decide, queued, turn};
use crate::next::{Next, Waiting, next, refused};
use crate::order::Order;
use crate::permit::permit;
use crate::pinned::Pinned;
use crate::speaker::Speaker;

/// A run of this many turns without an end goes in circles.
const TURNS: usize = 2_000;
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// What one turn came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Turn {
    Recorded,
    /// Nothing before this moment; none names a wait within a step.
    Wait(Timestamp, Option<Waiting>),
    /// Nothing until somebody says something.
    Nothing,
}

impl Story {
    /// Goes on until no run is open, or the one that is waits for a person.
    pub(crate) fn run(&mut self) -> &mut Self {
        self.run_until(|story| story.site().run.is_none())
    }

    /// Goes on until the open run has begun its step `step`, counted from 1.
    pub(crate) fn run_to(&mut self, step: u16) -> &mut Self {
        self.run_until(|story| {
            let site = story.site();
            let at = site.run.as_ref().and_then(Run::stands_at);
            at.is_none_or(|(index, state)| index.0 + 1 > step || (index.0 + 1 == step && *state != StepState::Waiting))
        })
    }

    /// Goes on, through every wait, until it is so or nothing follows by itself.
    pub(crate) fn run_until(&mut self, is_enough: impl Fn(&Self) -> bool) -> &mut Self {
        for _ in 0..TURNS {
            if is_enough(self) {
                return self;
            }
            match self.turn() {
                Turn::Recorded => {}
                Turn::Wait(until, _) => self.pass(until),
                Turn::Nothing => return self,
            }
        }
        panic!("it goes in circles:\n{}", self.text());
    }

    /// Goes on until the clock shows this.
    pub(crate) fn until(&mut self, then: Timestamp) -> &mut Self {
        for _ in 0..TURNS {
            match self.turn() {
                Turn::Recorded => {}
                Turn::Wait(until, _) if until <= then => self.pass(until),
                Turn::Wait(..) | Turn::Nothing => {
                    self.pass(then);
                    return self;
                }
            }
        }
        panic!("it goes in circles:\n{}", self.text());
    }

    /// Time passes while the bot is down.
    pub(crate) fn sleep(&mut self, length: SignedDuration) -> &mut Self {
        self.pass(self.now + length);
        self
    }

    /// Time passes; what was accepted shows when it is due.
    pub(super) fn pass(&mut self, then: Timestamp) {
        assert!(then > self.now || !self.pending.is_empty() || then == self.now, "time goes backwards to {then}");
        self.now = self.now.max(then);
        let (due, later) = std::mem::take(&mut self.pending).into_iter().partition(|(at, _)| *at <= self.now);
        self.pending = later;
        let due: Vec<(Timestamp, Intent)> = due;
        for (at, intent) in &due {
            self.world.apply(intent, *at);
        }
    }

    /// One turn of the loop.
    pub(crate) fn turn(&mut self) -> Turn {
        let site = self.site();
        match next(&site, self.now) {
            Next::Nothing => Turn::Nothing,
            Next::Wait { until, why } => {
                assert!(until > self.now, "a wait that is over: {why:?}");
                Turn::Wait(until, Some(why))
            }
            Next::Record(facts) => self.write("engine", &facts),
            Next::Order(order) => self.scheduled(&order),
            Next::Turn => self.take_turn(),
            Next::Begin { run, step } => {
                let planned = site.run.as_ref().and_then(|it| it.plan.step(step)).unwrap();
                let (before, way_back) = match planned {
                    Step::Change { intent, .. } => {
                        let before = self.world.image(intent);
                        let way_back = intent.way_back(&before);
                        (Some(before), way_back)
                    }
                    Step::Gate(_) | Step::Wait(_) => (None, WayBack::Nothing),
                };
                let deadline = planned.deadline(self.now);
                self.write("engine", &[StepEvent::Begun { run, step, before, way_back, deadline }.into()])
            }
            Next::Look(look) => {
                let run = site.run.unwrap();
                match self.look(&run, look) {
                    Some(fact) => self.write("engine", &[fact.into()]),
                    None => Turn::Wait(look.again_at.max(self.now + SECOND), None),
                }
            }
        }
    }

    fn write(&mut self, part: &'static str, facts: &[Event]) -> Turn {
        assert!(!facts.is_empty(), "nothing follows, again and again");
        self.record(&Actor::system(part), facts);
        Turn::Recorded
    }

    fn take_turn(&mut self) -> Turn {
        let site = self.site();
        let head = site.due().unwrap();
        let order = queued(head, &name()).unwrap();
        let speaker = Speaker { actor: head.owner.clone(), groups: head.groups.clone() };
        let pinned = Pinned { brings: head.brings.clone(), ..self.pinned(&order) };
        let decided = permit(&self.policy, &speaker, &name(), &order)
            .and_then(|permit| decide(&site, &order, &permit, &pinned, self.now));
        let actor = if decided.is_ok() { head.owner.clone() } else { Actor::system("queue") };
        self.record(&actor, &turn(head.ticket, decided));
        Turn::Recorded
    }

    fn scheduled(&mut self, order: &Order) -> Turn {
        let site = self.site();
        let pinned = self.pinned(order);
        let decided = permit(&self.policy, &schedule(), &name(), order)
            .and_then(|permit| decide(&site, order, &permit, &pinned, self.now));
        let facts =
            decided.unwrap_or_else(|refusal| refused(&site, &refusal.to_string(), self.now).into_iter().collect());
        self.write("schedule", &facts)
    }
}
