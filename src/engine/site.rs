//! One site's loop: ask `next`, do it, write it down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use commands::next::{Look, Next};
use events::actor::Actor;
use events::color::{ByColor, Color};
use events::envelope::{Correlation, Stream};
use events::fact::{Answer, Event, Heading, RunKind, StepEvent};
use events::fault::Fault;
use events::fold::{Run, Site};
use events::number::{RunNumber, StepIndex, Version};
use events::plan::Step;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::book::{Book, Cause};
use super::crossing::{self, Journal};
use super::orders::Orders;
use super::proof::Surroundings;
use super::room::Room;
use super::seams::{guards, known_before, look_at_gate, next, survey};
use super::steps::gate::Rounds;
use super::steps::{self, Guard, Seen};
use crate::clock::Clock;
use crate::ports::AppendError;

/// The first pause between two looks; it doubles to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// The longest sleep until a moment, so that a clock that is set forward is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);
/// How often the world may fail to be read before a step is given up unbegun.
const SURVEYS: u32 = 20;

/// Whether the whole log was verified since the bot started; nothing is destroyed before.
#[derive(Debug, Clone, Default)]
pub struct Whole(Arc<AtomicBool>);

impl Whole {
    /// From here on the log is known to be whole.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    #[must_use]
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Works on one site.
pub struct SiteLoop {
    pub room: Arc<Room>,
    pub book: Arc<Book>,
    pub orders: Arc<Orders>,
    pub clock: Arc<dyn Clock>,
    pub whole: Whole,
    pub stopped: CancellationToken,
}

/// How the loop goes on.
enum After {
    /// Something was recorded: at once.
    Recorded,
    /// Nothing yet: after a pause, or when something is recorded.
    Pause(Duration),
    /// When something is recorded.
    News,
}

/// What the loop remembers between two looks; losing it loses only time.
#[derive(Default)]
struct Memory {
    rounds: Rounds,
    at: Option<(RunNumber, StepIndex, Heading)>,
    looks: u32,
    /// The gates of this run that were seen to hold, and when.
    proven: Vec<(RunNumber, StepIndex, Duration)>,
}

impl SiteLoop {
    /// Works until told to stop; whatever is underway stays in the log, and goes on at the next start. An error means
    /// that another bot has taken over, or that the log is closed.
    pub async fn run(self) -> Result<(), AppendError> {
        let mut head = self.book.head();
        let mut memory = Memory::default();
        loop {
            head.mark_unchanged();
            let after = match self.turn(&mut memory).await {
                Ok(after) => after,
                // Somebody else wrote to the site: look again.
                Err(AppendError::Moved { .. }) => After::Recorded,
                Err(error @ (AppendError::Fenced { .. } | AppendError::Lost(_) | AppendError::Closed)) => {
                    return if self.stopped.is_cancelled() { Ok(()) } else { Err(error) };
                }
                Err(error) => {
                    tracing::error!(site = %self.room.name, %error, "nothing could be written");
                    After::Pause(Duration::from_secs(1))
                }
            };
            let pause = match after {
                After::Recorded => Duration::ZERO,
                After::Pause(pause) => pause,
                After::News => LONGEST_SLEEP,
            };
            if self.stopped.is_cancelled() {
                return Ok(());
            }
            if pause.is_zero() {
                continue;
            }
            tokio::select! {
                () = self.stopped.cancelled() => return Ok(()),
                () = self.clock.pause(pause) => {}
                // An order may have been decided while we waited.
                changed = head.changed() => if changed.is_err() { return Ok(()) },
            }
        }
    }

    async fn turn(&self, memory: &mut Memory) -> Result<After, AppendError> {
        let site = self.book.site_now(&self.room.name).await;
        let site = site.map_err(|error| AppendError::Broken(error.to_string()))?;
        // What another bot has begun is not ours to ask for.
        self.book.assert_not_fenced()?;
        let now = self.clock.now();
        match next(&site, now) {
            Next::Nothing => Ok(After::News),
            Next::Wait { until, .. } => Ok(After::Pause(until_then(now, until))),
            Next::Record(facts) => {
                let id = format!("{}/{}", self.room.name, site.version.next());
                self.record(&site, &facts, id).await
            }
            Next::Order(order) => self.orders.from_schedule(&self.room, &site, order).await.map(|()| After::Recorded),
            Next::Turn => self.orders.from_queue(&self.room, &site).await.map(|()| After::Recorded),
            Next::Begin { run, step } => self.begin(&site, run, step, memory).await,
            Next::Look(look) => self.look(&site, look, memory).await,
        }
    }

    async fn begin(
        &self,
        site: &Site,
        run: RunNumber,
        step: StepIndex,
        memory: &mut Memory,
    ) -> Result<After, AppendError> {
        let Some(open) = &site.run else { return Ok(After::News) };
        let Some(planned) = open.plan.step(step) else { return Ok(After::News) };
        if self.book.log().is_short_of_space() && open.kind != RunKind::Rollback {
            tracing::error!(site = %self.room.name, %run, %step, "the disk is full: no step begins until there is space");
            return Ok(After::Pause(Duration::from_secs(1)));
        }
        let looks = memory.count(run, step, Heading::Forward);
        let fact = match survey(&self.room, open, step).await {
            Ok((before, way_back)) => match known_before(open, step) {
                // Moved between two steps: to take it for what was there before would be to overwrite it.
                Some(known) if !before.as_ref().is_some_and(|it| it.shows(&known)) => {
                    let fault = steps::moved(planned, &known, before.as_ref());
                    StepEvent::Answered { run, step, answer: Answer::Failed(fault) }
                }
                Some(_) | None => {
                    let deadline = planned.deadline(self.clock.now());
                    StepEvent::Begun { run, step, before, way_back, deadline }
                }
            },
            Err(fault) if looks < SURVEYS => {
                tracing::warn!(site = %self.room.name, %run, %step, %fault, "what is there could not be read");
                return Ok(After::Pause(pause_after(looks)));
            }
            Err(fault) => {
                let fault = Fault::lasting(format!("what is there could not be read, so nothing was begun: {fault}"));
                StepEvent::Answered { run, step, answer: Answer::Failed(fault) }
            }
        };
        self.record_step(site, run, step, fact).await
    }

    async fn look(&self, site: &Site, look: Look, memory: &mut Memory) -> Result<After, AppendError> {
        let Some(run) = &site.run else { return Ok(After::News) };
        let looks = memory.count(look.run, look.step, look.heading);
        let pace = pause_after(looks);
        let mut version = site.version;
        let (seen, pace) = match run.plan.step(look.step) {
            None => return Ok(After::News),
            Some(Step::Change { .. }) if run.is_crossing(look.step) => {
                let (seen, written) = self.cross(site, run, look, memory).await;
                version = written;
                (seen, pace)
            }
            Some(Step::Change { intent, .. }) => {
                let guard = self.guard(run, look.step, memory);
                (steps::look(&self.room, run, intent, look, &guard).await, pace)
            }
            Some(Step::Wait(until)) => (steps::look_at_wait(&self.room, until, look).await, pace),
            Some(Step::Gate(gate)) => {
                let seen = look_at_gate(&self.room, gate, look, &mut memory.rounds, &self.surroundings(run)).await;
                if matches!(seen, Seen::Answered(Answer::Reached(_))) {
                    memory.proves(look.run, look.step, self.clock.elapsed());
                }
                (seen, run.terms.check_every.unsigned_abs())
            }
        };
        let Some(fact) = self.fact(run, look, seen) else {
            let until = until_then(self.clock.now(), look.again_at);
            // A deadline that has passed is looked at with `is_late` at once.
            return Ok(After::Pause(pace.min(until).max(Duration::from_millis(1))));
        };
        if matches!(fact, StepEvent::Asked { .. }) {
            memory.looks = 0;
        }
        let site = Site { version, ..site.clone() };
        self.record_step(&site, look.run, look.step, fact).await
    }

    /// Looks at a crossing; gives the version of the site too, which may have moved by what was journaled.
    async fn cross(&self, site: &Site, run: &Run, look: Look, memory: &Memory) -> (Seen, Version) {
        let guard = self.guard(run, look.step, memory);
        let entry = Entry { site_loop: self, site, run: look.run, step: look.step, is_written: AtomicBool::default() };
        let seen = crossing::look(&self.room, run, look, &guard, self.clock.as_ref(), &entry).await;
        let is_written = entry.is_written.load(Ordering::Acquire);
        (seen, if is_written { site.version.next() } else { site.version })
    }

    /// What must hold when the step is asked for.
    fn guard<'a>(&'a self, run: &'a Run, step: StepIndex, memory: &Memory) -> Guard<'a> {
        let gates = guards(run.plan.guards_before(step)).into_iter();
        let gates = gates.map(|(index, gate)| (gate, memory.seen(run.number, index))).collect();
        Guard { gates, surroundings: self.surroundings(run) }
    }

    fn surroundings(&self, run: &Run) -> Surroundings<'_> {
        Surroundings {
            clock: self.clock.as_ref(),
            is_log_verified: self.whole.get(),
            latest: self.book.latest(),
            machine_count: run.terms.machine_count,
        }
    }

    /// What a look is recorded as; nothing as long as nothing is new.
    fn fact(&self, run: &Run, look: Look, seen: Seen) -> Option<StepEvent> {
        let Look { run: number, step, heading, .. } = look;
        let attempt = steps::attempt(run, step);
        let now = self.clock.now();
        match (seen, heading) {
            (Seen::Underway, _) => None,
            (Seen::Asked, _) => {
                let settles_by = steps::settles_by(run, now);
                Some(StepEvent::Asked { run: number, step, heading, attempt, settles_by })
            }
            (Seen::Faulted(fault), _) => {
                let pause = run.terms.retries.pause_after(attempt.0);
                let again_at = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
                Some(StepEvent::Faulted { run: number, step, heading, attempt, fault, again_at })
            }
            (Seen::Answered(answer), Heading::Forward) => Some(StepEvent::Answered { run: number, step, answer }),
            (Seen::Answered(answer), Heading::Back) => Some(StepEvent::UndoAnswered { run: number, step, answer }),
        }
    }

    async fn record_step(
        &self,
        site: &Site,
        run: RunNumber,
        step: StepIndex,
        fact: StepEvent,
    ) -> Result<After, AppendError> {
        let id = format!("{}#{run}/{step}/{}", self.room.name, site.version.next());
        self.record(site, &[Event::Step(fact)], id).await
    }

    async fn record(&self, site: &Site, facts: &[Event], id: String) -> Result<After, AppendError> {
        let cause =
            Cause { actor: Actor::system("engine"), correlation: correlation(&self.room, site), causation: None, id };
        let stream = Stream(self.room.name.to_string());
        // However busy a run is: a person who says something meanwhile is heard before its next fact.
        let _turn = self.book.turn(&stream).await;
        let recorded = self.book.append(stream, site.version, &cause, facts).await?;
        for it in &recorded {
            tracing::info!(site = %self.room.name, position = %it.position, kind = it.kind, "recorded");
        }
        Ok(After::Recorded)
    }
}

/// The one fact that is appended in the middle of a step, at the version that the step was looked at.
struct Entry<'a> {
    site_loop: &'a SiteLoop,
    site: &'a Site,
    run: RunNumber,
    step: StepIndex,
    is_written: AtomicBool,
}

#[async_trait]
impl Journal for Entry<'_> {
    async fn promoting(&self, to: Color, positions: ByColor<String>, leaves: Option<u64>) -> Result<(), Fault> {
        let fact = StepEvent::Promoting { run: self.run, step: self.step, to, positions, leaves };
        let recorded = self.site_loop.record_step(self.site, self.run, self.step, fact).await;
        // Whoever turned the run back, or took over, meanwhile was first.
        recorded.map_err(|error| Fault::passing(format!("that it crosses was not written down: {error}")))?;
        self.is_written.store(true, Ordering::Release);
        Ok(())
    }
}

/// What a fact of the engine belongs to: the open run, or the site.
fn correlation(room: &Room, site: &Site) -> Correlation {
    match &site.run {
        Some(run) => Correlation(format!("{}#{}", room.name, run.number)),
        None => Correlation(room.name.to_string()),
    }
}

impl Memory {
    /// The gate was seen to hold just now.
    fn proves(&mut self, run: RunNumber, step: StepIndex, now: Duration) {
        self.proven.retain(|(number, at, _)| *number == run && *at != step);
        self.proven.push((run, step, now));
    }

    /// When the gate was seen to hold, if it was.
    fn seen(&self, run: RunNumber, step: StepIndex) -> Option<Duration> {
        self.proven.iter().find(|(number, at, _)| (*number, *at) == (run, step)).map(|(_, _, when)| *when)
    }

    /// How often this step was looked at since it changed.
    fn count(&mut self, run: RunNumber, step: StepIndex, heading: Heading) -> u32 {
        if self.at != Some((run, step, heading)) {
            let proven = std::mem::take(&mut self.proven);
            *self = Self { at: Some((run, step, heading)), proven, ..Self::default() };
        }
        self.looks = self.looks.saturating_add(1);
        self.looks
    }
}

fn pause_after(looks: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << looks.min(10)).min(LONGEST_PAUSE)
}

fn until_then(now: Timestamp, then: Timestamp) -> Duration {
    then.duration_since(now).try_into().unwrap_or(Duration::ZERO).min(LONGEST_SLEEP)
}
