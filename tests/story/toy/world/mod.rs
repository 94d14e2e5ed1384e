//! Everything outside the bot, as plain data: it can be copied, compared, and killed at any point.

pub(crate) mod ask;
mod balancer;
pub(crate) mod chat;
pub(crate) mod databases;
mod deaths;
mod incident;
mod journal;
mod judge;
pub(crate) mod manners;
mod promises;
pub(crate) mod workers;

use std::collections::BTreeMap;
use std::time::Duration;

use changeover::log::batch::Wish;
use changeover::ports::{AppendError, EffectKey};
use commands::sentence;
use events::color::{ByColor, Color};
use events::envelope::Recorded;
use events::fold::{Site, StepState};
use events::intent::traffic::as_members;
use events::machine::Machine;
use events::name::MachineId;
use events::release::Release;
use events::weights::Weights;
use events::wire;
use jiff::{SignedDuration, Timestamp};

pub(crate) use balancer::{Attached, Balancer, Flow};
pub(crate) use databases::{Databases, Meddling};
pub(crate) use deaths::Deaths;
pub(crate) use incident::{Incident, Space};
pub(crate) use journal::Journal;
pub(crate) use judge::Judge;
pub(crate) use manners::{Manners, Misdeed, Misdeeds};
pub(crate) use workers::Workers;

use super::given;
use ask::Change;

/// Something accepted that is not done yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Due {
    at: Duration,
    key: EffectKey,
    change: Change,
}

/// A delivery, found again by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    Running {
        life: u64,
    },
    Reached,
    Failed,
    /// It was running when its bot died, and died with it.
    Gone,
}

/// The whole world of one site.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// What clocks show; may jump.
    pub(crate) now: Timestamp,
    /// Time that really passed.
    pub(crate) steady: Duration,
    pub(crate) balancer: Balancer,
    /// What the balancer still says of itself, until when.
    shown: Vec<(Duration, Balancer)>,
    pub(crate) fleet: ByColor<Vec<Machine>>,
    pub(crate) running: BTreeMap<MachineId, Release>,
    pub(crate) jobs: BTreeMap<EffectKey, Job>,
    /// None where nothing of a database crosses.
    pub(crate) databases: Option<Databases>,
    /// None where nothing works behind the requests.
    pub(crate) workers: Option<Workers>,
    /// Machines that answer wrongly, or not at all.
    pub(crate) sick: BTreeMap<MachineId, &'static str>,
    /// Providers that can't be reached, by the beginning of a call's name, until when.
    pub(crate) unreachable: BTreeMap<&'static str, Duration>,
    due: Vec<Due>,
    incidents: Vec<(Duration, Incident)>,
    pub(crate) manners: Manners,
    pub(crate) misdeeds: Misdeeds,
    pub(crate) journal: Journal,
    pub(crate) deaths: Deaths,
    pub(crate) judge: Judge,
    /// What was done to the world, by who asked for it: the same ask twice must leave one entry.
    pub(crate) effects: BTreeMap<EffectKey, Vec<String>>,
    /// Calls that somebody's system took, by key: how often.
    pub(crate) calls: BTreeMap<String, u32>,
    pub(crate) chat: chat::ChatWorld,
    /// Whether nothing new should begin for want of space.
    pub(crate) is_disk_full: bool,
    /// Whether nothing at all can be written.
    pub(crate) is_log_full: bool,
    told: Option<Vec<(Timestamp, Told)>>,
}

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// What a person says.
    Line(String),
    /// What a person is answered.
    Answer(String),
    /// What the log says happened.
    Event(String),
    /// What became of the world.
    World(String),
    /// What somebody else did to it, or to the bot.
    Incident(String),
}

impl World {
    /// Nothing but an empty balancer.
    pub(crate) fn empty(now: Timestamp) -> Self {
        let balancer = Balancer {
            weights: Weights::all_to(Color::Blue),
            members: ByColor::default(),
            sticky_until: ByColor::default(),
            served_for: ByColor::default(),
            used_at: ByColor::default(),
            pause: None,
        };
        Self {
            now,
            // Not zero, so that what was there before has been there for a while.
            steady: Duration::from_hours(1),
            balancer,
            shown: Vec::new(),
            fleet: ByColor::default(),
            running: BTreeMap::new(),
            jobs: BTreeMap::new(),
            databases: None,
            workers: None,
            sick: BTreeMap::new(),
            unreachable: BTreeMap::new(),
            due: Vec::new(),
            incidents: Vec::new(),
            manners: Manners::default(),
            misdeeds: Misdeeds::default(),
            journal: Journal::default(),
            deaths: Deaths::default(),
            judge: Judge::default(),
            effects: BTreeMap::new(),
            calls: BTreeMap::new(),
            chat: chat::ChatWorld::default(),
            is_disk_full: false,
            is_log_full: false,
            told: None,
        }
    }

    /// Blue serves `release` on so many machines.
    pub(crate) fn serving(now: Timestamp, release: &Release, count: u16) -> Self {
        let mut world = Self::empty(now);
        let created_at = now - SignedDuration::from_hours(24);
        world.create(Color::Blue, count, created_at);
        for machine in &world.fleet.blue {
            world.running.insert(machine.id.clone(), release.clone());
        }
        let members = as_members(&world.fleet.blue);
        world.balancer.set_members(Color::Blue, &members, Duration::ZERO, false);
        world
    }

    /// From here on, what happens is told.
    pub(crate) fn tell_everything(&mut self) {
        self.told = Some(Vec::new());
    }

    pub(crate) fn tell(&mut self, told: impl FnOnce() -> Told) {
        let now = self.now;
        if let Some(lines) = &mut self.told {
            lines.push((now, told()));
        }
    }

    pub(crate) fn told(&self) -> &[(Timestamp, Told)] {
        self.told.as_deref().unwrap_or_default()
    }

    /// When something happens by itself next.
    pub(crate) fn next(&self) -> Option<Duration> {
        let landing = self.databases.as_ref().and_then(Databases::next);
        self.due.iter().map(|it| it.at).chain(self.incidents.iter().map(|(at, _)| *at)).chain(landing).min()
    }

    /// Time passes; what is due on the way happens.
    pub(crate) fn pass_until(&mut self, then: Duration) {
        self.deaths.time_passes();
        while let Some(at) = self.next().filter(|at| *at <= then) {
            self.move_to(at);
            if self.databases_land(at) {
                continue;
            }
            if let Some(index) = self.due.iter().position(|it| it.at == at) {
                let Due { key, change, .. } = self.due.remove(index);
                self.become_so(&key, &change);
            } else if let Some(index) = self.incidents.iter().position(|(due, _)| *due == at) {
                let (_, incident) = self.incidents.remove(index);
                self.meet(&incident);
            }
        }
        self.move_to(then);
    }

    fn move_to(&mut self, then: Duration) {
        if then > self.steady {
            let passed = then.saturating_sub(self.steady);
            self.databases_pass(self.steady, then);
            self.balancer.time_passes(self.steady, then);
            self.steady = then;
            self.now += passed;
            self.shown.retain(|(until, _)| *until > then);
        }
    }

    /// Whether no run is open, or the one that is waits for a person.
    pub(crate) fn is_settled(&self) -> bool {
        let site = self.journal.state.sites.get(&given::site());
        let rests = |it: &Site| it.run.as_ref().map_or(it.queue.waiting.is_empty(), |it| it.stuck.is_some());
        site.is_some_and(|it| it.is_adopted && rests(it))
    }

    /// Whether everybody who said something in chat knows what came of it.
    pub(crate) fn is_answered(&self) -> bool {
        let state = &self.journal.state;
        state.inbox.waiting.is_empty() && state.sites.values().all(|it| it.queue.untold.is_empty())
    }

    /// Whether the open run has begun this step, counted from 1; so has one that is over.
    pub(crate) fn has_reached(&self, step: u16) -> bool {
        let site = self.journal.state.sites.get(&given::site());
        let run = site.and_then(|it| it.run.as_ref());
        let stands_at = run.and_then(|it| it.stands_at());
        stands_at.is_none_or(|(at, state)| at.0 + 1 > step || at.0 + 1 == step && *state != StepState::Waiting)
    }

    /// Appends as the log does; what follows is told and judged.
    pub(crate) fn append(&mut self, wish: &Wish) -> Result<Vec<Recorded>, AppendError> {
        if self.is_log_full {
            return Err(AppendError::Full);
        }
        let before = self.journal.state.site(&given::site());
        let head = self.journal.head();
        let appended = self.journal.append(wish, self.now)?;
        let new: Vec<Recorded> = appended.iter().filter(|it| it.position > head).cloned().collect();
        let of_site: Vec<Recorded> =
            new.into_iter().filter(|it| it.stream.as_str() == given::site().to_string()).collect();
        self.judge_events(&before, &of_site);
        for event in &of_site {
            if let Ok(fact) = wire::decode(event) {
                self.tell(|| Told::Event(sentence::fact(&fact, &before)));
            }
        }
        Ok(appended)
    }

    /// What tells this world from one that only is a little older.
    pub(crate) fn mark(&self) -> String {
        let due: Vec<&Change> = self.due.iter().map(|it| &it.change).collect();
        let (head, image) = (self.journal.head(), self.image());
        let flow = self.balancer.flow(self.steady);
        let (jobs, effects) = (&self.jobs, &self.effects);
        format!("{head} {image} {flow:?} {jobs:?} {due:?} {effects:?} {:?} {:?}", self.calls, self.chat)
    }

    /// Who serves users with which machines, in named fields: what a run that was turned back leaves as it found it.
    pub(crate) fn image(&self) -> String {
        let mut lines = vec![format!("shares: {}", self.balancer.weights)];
        for color in Color::BOTH {
            let members: Vec<&str> = self.members(color).map(MachineId::as_str).collect();
            let machines: Vec<String> = self.fleet.get(color).iter().map(|it| self.described(it)).collect();
            lines.push(format!("{color} members: {}; machines: {}", members.join(", "), machines.join(", ")));
        }
        let running = self.jobs.values().filter(|it| matches!(it, Job::Running { .. })).count();
        lines.push(format!("deliveries under way: {running}"));
        lines.extend(self.image_of_databases());
        lines.extend(self.image_of_workers());
        lines.join("\n")
    }

    fn described(&self, machine: &Machine) -> String {
        let release = self.running.get(&machine.id).map_or("nothing", |it| it.name.as_str());
        format!("{} with {release}", machine.id)
    }

    fn members(&self, color: Color) -> impl Iterator<Item = &MachineId> {
        self.balancer.members.get(color).iter().map(|it| &it.member.machine)
    }

    /// Whether the balancer calls the member healthy.
    pub(crate) fn is_healthy(&self, attached: &Attached) -> bool {
        let id = &attached.member.machine;
        let is_there = Color::BOTH.into_iter().any(|color| self.fleet.get(color).iter().any(|it| it.id == *id));
        let is_known = self.steady.saturating_sub(attached.since) >= self.manners.healthy_after;
        is_there && is_known && !self.sick.contains_key(id) && self.running.contains_key(id)
    }

    /// Whether anybody answers users of this color.
    pub(crate) fn is_served(&self, color: Color) -> bool {
        self.balancer.members.get(color).iter().any(|it| self.is_healthy(it))
    }

    /// What the balancer says of itself now.
    pub(crate) fn shown(&self) -> &Balancer {
        self.shown.first().map_or(&self.balancer, |(_, shown)| shown)
    }

    fn create(&mut self, color: Color, count: u16, created_at: Timestamp) {
        for number in 1..=count {
            let machines = self.fleet.get_mut(color);
            let id: MachineId = format!("{color}-{number}").parse().unwrap();
            if machines.len() < usize::from(count) && !machines.iter().any(|it| it.id == id) {
                let address = format!("{id}:80");
                machines.push(Machine { name: id.to_string(), id, address, created_at });
            }
        }
    }
}
