//! Looks at steps, and asks: what the world of a story answers.

use events::color::{ByColor, Color};
use events::fact::{Answer, Heading, Outcome, StepEvent};
use events::fault::{Fault, FaultKind};
use events::fold::{Run, StepState};
use events::gate::{Criterion, Gate, Rule};
use events::intent::{DatabaseIntent, Image, Intent, OnAbort, Primary, Standing, WayBack, Work};
use events::name::MachineId;
use events::number::Attempt;
use events::plan::{Step, Until};
use jiff::SignedDuration;

use super::{Reply, Story};
use crate::next::Look;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Story {
    pub(super) fn look(&mut self, run: &Run, look: Look) -> Option<StepEvent> {
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
            Criterion::Entrance { .. } | Criterion::Preflight { .. } | Criterion::Pointed { .. } => true,
            Criterion::Primary { color } => Primary::of(&self.world.servers) == Primary::One(*color),
            Criterion::Paused { color } => *self.world.workers.get(*color) == Work::Paused,
            Criterion::Healthy { color, count } => {
                let machines = self.world.machines.get(*color);
                let members = self.world.members.get(*color);
                let is_there = |id: &MachineId| machines.iter().any(|it| it.id == *id);
                members.len() >= usize::from(*count) && members.iter().all(|it| is_there(&it.machine))
            }
            // The log says it, and `next` never asks.
            Criterion::Approved { .. } => false,
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
        let is_first = look.heading == Heading::Forward && matches!(begun.way_back, WayBack::By(_));
        if let Intent::Database(DatabaseIntent::Cross { to, accepts_loss, .. }) = intent
            && is_first
            && look.may_ask
            && !self.replies.contains_key(&(look.step.0 + 1, false))
        {
            return Some(promoting(look, *to, *accepts_loss));
        }
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

fn promoting(look: Look, to: Color, leaves: Option<u64>) -> StepEvent {
    let positions = ByColor::from_fn(|_| "1-7".to_owned());
    StepEvent::Promoting { run: look.run, step: look.step, to, positions, leaves }
}

fn outcome(now: Image) -> Outcome {
    match now {
        Image::Machines(machines) => Outcome::Machines(machines),
        Image::Weights(_)
        | Image::Members { .. }
        | Image::Releases(_)
        | Image::Servers(_)
        | Image::Crossing { .. }
        | Image::Workers(_) => Outcome::Plain,
    }
}
