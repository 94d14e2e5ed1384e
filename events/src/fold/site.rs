//! One site: its environments, its open run, its window and its lock.

use serde::{Deserialize, Serialize};

use super::confirmation::Confirmation;
use super::environment::{Environment, Phase};
use super::lock::Lock;
use super::queue::Queue;
use super::run::{Course, Ended, Run};
use super::window::Window;
use super::{Context, Illegal, approval, confirmation, lock, run, window};
use crate::color::{ByColor, Color};
use crate::envelope::Recorded;
use crate::fact::{Event, Found, RunEvent, RunKind, RunOutcome, SiteEvent, StepEvent, WindowEvent};
use crate::number::{Position, RunNumber, Version};
use crate::wire;

/// What the log says of one site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    pub version: Version,
    /// The newest event of the site.
    pub position: Position,
    /// Why nothing more is done here; none as long as every event could be understood.
    pub parked: Option<Parked>,
    /// Whether it was adopted: only then anything is known about it.
    pub is_adopted: bool,
    /// Who serves users; none on a site that has never served.
    pub live: Option<Color>,
    pub environments: ByColor<Environment>,
    /// The number of the newest run.
    pub newest: RunNumber,
    pub run: Option<Run>,
    pub last: Option<Ended>,
    pub window: Option<Window>,
    pub lock: Option<Lock>,
    /// The order that waits to be confirmed.
    pub confirmation: Option<Confirmation>,
    /// The orders that wait until it is free.
    pub queue: Queue,
}

/// A site whose log holds something that can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parked {
    pub position: Position,
    pub why: String,
}

impl Site {
    /// The environment that the next release goes to: the one that is not live; Blue on a site that never served.
    #[must_use]
    pub fn idle(&self) -> Color {
        self.live.map_or(Color::Blue, Color::other)
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        self.position = recorded.position;
        if self.parked.is_some() {
            return;
        }
        let context =
            Context { position: recorded.position, actor: &recorded.actor, recorded_at: recorded.recorded_at };
        let parked = match wire::decode(recorded) {
            Ok(event) => self.take(&event, &context).err().map(|illegal| illegal.to_string()),
            Err(error) => Some(error.to_string()),
        };
        self.parked = parked.map(|why| Parked { position: recorded.position, why });
    }

    fn take(&mut self, event: &Event, context: &Context<'_>) -> Result<(), Illegal> {
        match event {
            Event::Site(SiteEvent::Adopted { live, found }) => self.adopt(*live, found),
            Event::Run(event @ RunEvent::Requested { .. }) => self.request(event, context),
            Event::Run(RunEvent::Finished { run, outcome }) => self.finish(*run, *outcome),
            Event::Run(
                event @ (RunEvent::Aborted { run, .. }
                | RunEvent::Stuck { run, .. }
                | RunEvent::Resumed { run, .. }
                | RunEvent::PeopleCalled { run }),
            ) => self.open_run(*run)?.apply(event, context),
            Event::Step(event) => self.step(event),
            Event::Approval(event) => approval::apply(self.open_run(event.run())?, event, context),
            Event::Confirmation(event) => confirmation::apply(&mut self.confirmation, event, context),
            Event::Queue(event) => self.queue.apply(event, context),
            Event::Window(event) => self.window(event),
            Event::Lock(event) => lock::apply(&mut self.lock, event, context),
            Event::Order(_) => Ok(()),
            Event::Bot(_) | Event::Inbox(_) | Event::Chat(_) => {
                Err(Illegal("an event that is not a site's stands in the stream of a site"))
            }
        }
    }

    fn adopt(&mut self, live: Option<Color>, found: &ByColor<Found>) -> Result<(), Illegal> {
        if self.run.is_some() {
            return Err(Illegal("a site was adopted while a run was open"));
        }
        self.is_adopted = true;
        self.live = live;
        self.environments = ByColor::from_fn(|color| {
            let found = found.get(color);
            let phase = Phase::found(live == Some(color), found);
            Environment { phase, release: found.release.clone(), machines: found.machines.clone() }
        });
        Ok(())
    }

    fn window(&mut self, event: &WindowEvent) -> Result<(), Illegal> {
        if let (WindowEvent::Closed { .. }, Some(open)) = (event, &self.window) {
            let old = self.environments.get_mut(open.way_back);
            // Only a window makes a way back; without one it is an environment like any other.
            if old.phase == Phase::WayBack {
                old.phase = Phase::Ready;
            }
        }
        window::apply(&mut self.window, event)
    }

    fn request(&mut self, event: &RunEvent, context: &Context<'_>) -> Result<(), Illegal> {
        if self.run.is_some() {
            return Err(Illegal("a run was requested while another was open"));
        }
        let run = run::open(event, context).ok_or(Illegal("this does not open a run"))?;
        if run.number != self.newest.next() {
            return Err(Illegal("a run has the wrong number"));
        }
        if !self.is_adopted {
            return Err(Illegal("a run was requested for a site that was never adopted"));
        }
        // Deploying and decommissioning spare who serves, and traffic has to come from somewhere else.
        if self.live == Some(run.color) {
            return Err(Illegal("a run was requested for the environment that serves users"));
        }
        if run.plan_hash != run.plan.hash() {
            return Err(Illegal("a plan does not have the hash that was decided upon"));
        }
        self.newest = run.number;
        self.run = Some(run);
        Ok(())
    }

    fn open_run(&mut self, number: RunNumber) -> Result<&mut Run, Illegal> {
        self.run.as_mut().filter(|run| run.number == number).ok_or(Illegal("that run is not open"))
    }

    fn step(&mut self, event: &StepEvent) -> Result<(), Illegal> {
        let (number, _) = event.place();
        self.open_run(number)?.apply_step(event)
    }

    fn finish(&mut self, number: RunNumber, outcome: RunOutcome) -> Result<(), Illegal> {
        self.open_run(number)?.can_finish(outcome)?;
        let Some(run) = self.run.take() else { return Err(Illegal("no run is open")) };
        match outcome {
            RunOutcome::Succeeded => self.succeed(&run),
            // What was begun was undone: the environments are what they were.
            RunOutcome::TurnedBack => {}
            // Users are there, and their writes.
            RunOutcome::LeftAsIs if run.has_crossed() => self.succeed(&run),
            RunOutcome::LeftAsIs => {
                if self.live != Some(run.color) {
                    self.environments.get_mut(run.color).phase = Phase::Unclear;
                }
            }
        }
        let why = why_ended(&run, outcome);
        self.last = Some(Ended { number, kind: run.kind, color: run.color, release: run.release, outcome, why });
        Ok(())
    }

    fn succeed(&mut self, run: &Run) {
        let machines = run.machines().map(<[_]>::to_vec);
        let environment = self.environments.get_mut(run.color);
        if let Some(machines) = machines {
            environment.machines = machines;
        }
        match run.kind {
            RunKind::Deploy => {
                environment.phase = Phase::Ready;
                environment.release.clone_from(&run.release);
            }
            RunKind::Cutover | RunKind::Rollback => {
                environment.phase = Phase::Live;
                let old = self.environments.get_mut(run.color.other());
                if old.phase == Phase::Live {
                    old.phase = if run.kind == RunKind::Cutover { Phase::WayBack } else { Phase::Ready };
                }
                self.live = Some(run.color);
            }
            RunKind::Decommission => *environment = Environment::default(),
        }
    }
}

fn why_ended(run: &Run, outcome: RunOutcome) -> Option<String> {
    if outcome == RunOutcome::Succeeded {
        return None;
    }
    match &run.course {
        Course::Back { why, .. } => Some(why.clone()),
        Course::Forward => run.stuck.as_ref().map(|it| it.why.clone()),
    }
}
