//! The loop of a story: what `next` says is done to the world and written down, as the real engine would.

use events::actor::Actor;
use events::fact::{Answer, Event, Heading, Outcome, StepEvent};
use events::fault::{Fault, FaultKind};
use events::fold::{Run, StepState};
use events::gate::{Criterion, Gate, Rule};
use events::intent::{Image, Intent, OnAbort, Standing, WayBack};
use events::name::MachineId;
use events::number::Attempt;
use events::plan::{Step, Until};
use jiff::{SignedDuration, Timestamp};

use super::{Reply, Story};
use crate::decide::decide;
use crate::next::{Look, Next, Waiting, next, refused};
use crate::order::Order;
use crate::permit::permit;

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
        due.iter().for_each(|(at, intent)| self.world.apply(intent, *at));
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

    fn scheduled(&mut self, order: &Order) -> Turn {
        let (site, actor) = (self.site(), Actor::system("schedule"));
        let pinned = self.pinned(order);
        let decided = permit(&actor, order).and_then(|permit| decide(&site, order, &permit, &pinned, self.now));
        let facts =
            decided.unwrap_or_else(|refusal| refused(&site, &refusal.to_string(), self.now).into_iter().collect());
        self.write("schedule", &facts)
    }

    fn look(&mut self, run: &Run, look: Look) -> Option<StepEvent> {
        let key = (look.step.0 + 1, look.heading == Heading::Back);
        match run.plan.step(look.step).unwrap() {
            Step::Change { intent, .. } => self.change(run, look, intent),
            Step::Gate(gate) => {
                let answer = match self.replies.get(&key).cloned() {
                    Some(Reply::Fault(fault, _)) if fault.kind != FaultKind::Passing => Some(Answer::Failed(fault)),
                    Some(_) => None,
                    None => self.gate(gate, look),
                };
                let late = || Answer::Failed(Fault::late("it did not hold in time"));
                let answer = answer.or_else(|| look.is_late.then(late))?;
                Some(StepEvent::Answered { run: look.run, step: look.step, answer })
            }
            Step::Wait(until) => {
                let outcome = match until {
                    Until::At { .. } => look.is_late.then_some(Outcome::Plain)?,
                    Until::Drained { .. } if self.replies.contains_key(&key) => {
                        look.is_late.then_some(Outcome::Drained { left: 3 })?
                    }
                    Until::Drained { .. } => Outcome::Drained { left: 0 },
                };
                Some(StepEvent::Answered { run: look.run, step: look.step, answer: Answer::Reached(outcome) })
            }
        }
    }

    fn gate(&self, gate: &Gate, look: Look) -> Option<Answer> {
        let holds = match &gate.criterion {
            Criterion::Idle { color } => !self.world.serves(*color),
            Criterion::Shared { weights } => self.world.weights == *weights,
            Criterion::Checks { color, release, .. } => {
                let machines = self.world.machines.get(*color);
                !machines.is_empty() && machines.iter().all(|it| self.world.releases.get(&it.id) == release.as_ref())
            }
            Criterion::Entrance { .. } => true,
            Criterion::Healthy { color, count } => {
                let machines = self.world.machines.get(*color);
                let members = self.world.members.get(*color);
                let is_there = |id: &MachineId| machines.iter().any(|it| it.id == *id);
                members.len() >= usize::from(*count) && members.iter().all(|it| is_there(&it.machine))
            }
            Criterion::Proof { color, machines, .. } => {
                self.world.weights.of(*color) == 0
                    && self.world.machines.get(*color).iter().all(|it| machines.contains(it))
            }
        };
        let is_decided = match gate.rule {
            Rule::InARow { .. } => holds,
            Rule::Throughout { .. } => look.is_late && holds,
        };
        is_decided.then(|| Answer::Reached(Outcome::Readings(Vec::new())))
    }

    fn change(&mut self, run: &Run, look: Look, intent: &Intent) -> Option<StepEvent> {
        let Some(StepState::Open { begun, .. } | StepState::Undoing { begun, .. }) = run.state(look.step) else {
            panic!("a look at a step that is not open");
        };
        if look.may_ask && look.heading == Heading::Back && intent.on_abort() == OnAbort::Stop {
            self.pending.retain(|(_, it)| it != intent);
        }
        let (before, now) = (begun.before.clone().unwrap(), self.world.image(intent));
        let standing = intent.standing(&before, &now);
        let answered = |answer| match look.heading {
            Heading::Forward => StepEvent::Answered { run: look.run, step: look.step, answer },
            Heading::Back => StepEvent::UndoAnswered { run: look.run, step: look.step, answer },
        };
        let is_there = match look.heading {
            Heading::Forward => standing == Standing::Reached,
            Heading::Back => standing == Standing::Before || now == before,
        };
        if is_there {
            return Some(answered(Answer::Reached(outcome(now))));
        }
        if standing == Standing::Elsewhere {
            return Some(answered(Answer::Failed(Fault::drift("somebody else changed it"))));
        }
        if look.is_late {
            return Some(answered(Answer::Failed(Fault::late("it was not reached in time"))));
        }
        let WayBack::By(way_back) = (match look.heading {
            Heading::Forward => WayBack::By(intent.clone()),
            Heading::Back => begun.way_back.clone(),
        }) else {
            panic!("a way back that is none");
        };
        if look.may_ask {
            self.ask(run, look, way_back).map(|asked| asked.unwrap_or_else(|fault| answered(Answer::Failed(fault))))
        } else {
            None
        }
    }

    fn ask(&mut self, run: &Run, look: Look, intent: Intent) -> Option<Result<StepEvent, Fault>> {
        let Look { run: number, step, heading, .. } = look;
        let attempt = match run.state(step) {
            Some(StepState::Open { asking, .. } | StepState::Undoing { asking, .. }) => Attempt(asking.attempts + 1),
            _ => panic!("asked for a step that is not open"),
        };
        let key = (step.0 + 1, heading == Heading::Back);
        let settles_by = self.now + run.terms.patience.settle;
        let asked = StepEvent::Asked { run: number, step, heading, attempt, settles_by };
        self.now += SECOND;
        // The same key is the same effect, however often it is asked for.
        self.pending.retain(|(_, it)| *it != intent);
        match self.replies.remove(&key) {
            None => self.world.apply(&intent, self.now),
            Some(Reply::Silent) => {
                self.replies.insert(key, Reply::Silent);
            }
            Some(Reply::Slow(after)) => self.pending.push((self.now + after, intent)),
            Some(Reply::Unheard(after)) => {
                self.pending.push((self.now + after, intent));
                return None;
            }
            Some(Reply::Fault(fault, times)) => {
                if times > 1 {
                    self.replies.insert(key, Reply::Fault(fault.clone(), times - 1));
                }
                if fault.kind != FaultKind::Passing {
                    return Some(Err(fault));
                }
                let again_at = self.now + run.terms.retries.pause_after(attempt.0);
                return Some(Ok(StepEvent::Faulted { run: number, step, heading, attempt, fault, again_at }));
            }
        }
        Some(Ok(asked))
    }
}

fn outcome(now: Image) -> Outcome {
    match now {
        Image::Machines(machines) => Outcome::Machines(machines),
        Image::Weights(_) | Image::Members { .. } | Image::Releases(_) => Outcome::Plain,
    }
}
