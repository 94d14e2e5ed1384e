//! Asks, and what becomes of them.

use std::time::Duration;

use changeover::ports::{EffectKey, Pause};
use events::color::Color;
use events::fault::Fault;
use events::machine::{Machine, Member};
use events::name::MachineId;
use events::release::Release;
use events::weights::Weights;

use super::{Due, Flow, Job, Misdeed, Told, World};

/// What the world is asked to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Weights(Weights),
    Members(Color, Vec<Member>),
    /// At least so many machines.
    Grow(Color, u16),
    /// These machines and no others.
    Keep(Color, Vec<MachineId>),
    /// A delivery to these machines, one after the other.
    Deliver(Release, Vec<Machine>),
    /// One machine gets this, or runs nothing any more.
    Run(MachineId, Option<Release>),
    /// All machines of a delivery have it.
    Reach,
}

/// One ask, by the name of its call.
pub(crate) struct Ask<'a> {
    pub(crate) call: &'static str,
    pub(crate) key: &'a EffectKey,
    pub(crate) changes: Vec<Change>,
}

impl World {
    pub(crate) fn ask(&mut self, life: u64, ask: Ask<'_>) -> Result<(), Fault> {
        let Ask { call, key, changes } = ask;
        self.judge_ask(life, key, &changes);
        if let Some(fault) = self.is_unreachable(call) {
            return Err(fault);
        }
        let misdeed = self.misdeed(call);
        if self.manners.is_exclusive && self.due.iter().any(|it| is_at_balancer(&it.change)) {
            return Err(Fault::passing("409: another change is in progress"));
        }
        let mut later = Duration::ZERO;
        match &misdeed {
            Some(Misdeed::Throttled) => return Err(Fault::passing("429: too many requests, retry after 1 s")),
            Some(Misdeed::Refused) => return Err(Fault::lasting("422: the provider refuses this")),
            Some(Misdeed::Swallowed) => return Ok(()),
            Some(Misdeed::Late(late)) => later = *late,
            Some(Misdeed::Breaks | Misdeed::DoneButError) | None => {}
        }
        for change in changes {
            self.accept(life, key, change, later, misdeed == Some(Misdeed::Breaks));
        }
        if misdeed == Some(Misdeed::DoneButError) {
            return Err(Fault::passing("500: something went wrong"));
        }
        Ok(())
    }

    /// Requests wait from now on.
    pub(crate) fn pause(&mut self, pause: &Pause) -> Result<(), Fault> {
        if self.databases.as_ref().is_some_and(|it| it.write_errors.is_some()) {
            return Err(Fault::lasting("this balancer can't let requests wait"));
        }
        self.balancer.hold(pause, self.steady)?;
        self.tell(|| Told::World("requests wait".to_owned()));
        Ok(())
    }

    /// Requests go on.
    pub(crate) fn resume(&mut self, key: &EffectKey) -> Result<(), Fault> {
        let flow = self.balancer.flow(self.steady);
        self.balancer.resume(key, self.steady)?;
        if flow != Flow::Flows {
            self.tell(|| Told::World("requests go on".to_owned()));
        }
        Ok(())
    }

    /// Why the call can't be made now.
    fn is_unreachable(&self, call: &str) -> Option<Fault> {
        let (provider, until) = self.unreachable.iter().find(|(provider, _)| call.starts_with(**provider))?;
        (*until > self.steady).then(|| Fault::passing(format!("{provider} can't be reached: connection refused")))
    }

    /// What is done to this call instead of what it was made for.
    fn misdeed(&mut self, call: &str) -> Option<Misdeed> {
        let misdeed = self.misdeeds.get_mut(call)?.pop_front()?;
        self.tell(|| Told::Incident(format!("`{call}` {misdeed}")));
        Some(misdeed)
    }

    /// Why this can't be read, if it can't.
    pub(crate) fn fails_to_be_read(&mut self, call: &'static str) -> Option<Fault> {
        if let Some(fault) = self.is_unreachable(call) {
            return Some(fault);
        }
        Some(match self.misdeed(call)? {
            Misdeed::Refused => Fault::lasting("403: the provider refuses to tell"),
            Misdeed::Throttled | Misdeed::DoneButError | Misdeed::Swallowed | Misdeed::Late(_) | Misdeed::Breaks => {
                Fault::passing("500: nothing can be read now")
            }
        })
    }

    fn accept(&mut self, life: u64, key: &EffectKey, change: Change, later: Duration, breaks: bool) {
        // The same ask again is the same ask: it is on its way.
        if self.due.iter().any(|it| it.key == *key && it.change == change) {
            return;
        }
        let takes = match &change {
            Change::Weights(_) | Change::Members(..) => self.manners.balancer_takes,
            Change::Grow(..) | Change::Keep(..) => self.manners.machine_takes,
            Change::Deliver(release, machines) => {
                let (release, machines) = (release.clone(), machines.clone());
                return self.deliver(life, key, &release, &machines, later, breaks);
            }
            Change::Run(..) | Change::Reach => Duration::ZERO,
        };
        self.schedule(takes + later, key, change);
    }

    fn schedule(&mut self, takes: Duration, key: &EffectKey, change: Change) {
        if takes.is_zero() {
            self.become_so(key, &change);
        } else {
            self.due.push(Due { at: self.steady + takes, key: key.clone(), change });
        }
    }

    fn deliver(
        &mut self,
        life: u64,
        key: &EffectKey,
        release: &Release,
        machines: &[Machine],
        later: Duration,
        breaks: bool,
    ) {
        // What is underway is left alone, and so is what every machine has.
        let is_there = machines.iter().all(|it| self.running.get(&it.id) == Some(release));
        match self.jobs.get(key) {
            Some(Job::Running { .. }) => return,
            Some(Job::Reached) if is_there => return,
            Some(Job::Reached | Job::Failed | Job::Gone) | None => {}
        }
        self.account(key, format!("a delivery of {} was started", release.name));
        self.judge_start(key);
        if breaks {
            self.jobs.insert(key.clone(), Job::Failed);
            self.tell(|| Told::World(format!("the delivery of {} fails", release.name)));
            return;
        }
        self.jobs.insert(key.clone(), Job::Running { life });
        let mut takes = later;
        for machine in machines {
            takes += self.manners.install_takes;
            self.schedule(takes, key, Change::Run(machine.id.clone(), Some(release.clone())));
        }
        self.schedule(takes, key, Change::Reach);
    }

    /// Whether all of them run the release.
    pub(crate) fn is_delivered(&self, release: &Release, machines: &[Machine]) -> bool {
        machines.iter().all(|it| self.running.get(&it.id) == Some(release))
    }

    /// Ends a delivery: nothing of it happens any more.
    pub(crate) fn stop(&mut self, key: &EffectKey) {
        self.due.retain(|it| it.key != *key);
        if self.jobs.remove(key).is_some_and(|it| matches!(it, Job::Running { .. })) {
            self.tell(|| Told::World("the delivery is stopped".to_owned()));
        }
    }

    /// A bot is dead, and so is what lives only as long as it does.
    pub(crate) fn bury(&mut self, life: u64) {
        self.deaths.kill(life);
        if !self.manners.delivery_dies_with_bot {
            return;
        }
        let of_its = |job: &Job| matches!(job, Job::Running { life: its } if *its == life);
        let gone: Vec<EffectKey> =
            self.jobs.iter().filter(|(_, job)| of_its(job)).map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.due.retain(|it| it.key != key);
            self.judge_gone(&key);
            self.jobs.insert(key, Job::Gone);
        }
    }

    /// The world becomes what was asked.
    pub(super) fn become_so(&mut self, key: &EffectKey, change: &Change) {
        let before = (self.balancer.clone(), self.fleet.clone());
        let was_running = self.running.clone();
        let were_served = self.is_everybody_served();
        self.judge_change(change);
        match change {
            Change::Weights(weights) => {
                for color in Color::BOTH.into_iter().filter(|it| weights.of(*it) < before.0.weights.of(*it)) {
                    if weights.of(color) == 0 {
                        self.judge_workers_rest(color);
                    }
                }
                self.balancer.set_weights(*weights, self.steady, self.manners.sticky_for);
            }
            Change::Members(color, members) => {
                self.balancer.set_members(*color, members, self.steady, self.manners.forgets_health);
            }
            Change::Grow(color, count) => self.create(*color, *count, self.now),
            Change::Keep(color, keep) => {
                self.fleet.get_mut(*color).retain(|it| keep.contains(&it.id));
                let fleet = &self.fleet;
                self.running.retain(|id, _| fleet.blue.iter().chain(&fleet.green).any(|it| it.id == *id));
            }
            // Whoever is gone can be given nothing.
            Change::Run(machine, release) => match release {
                Some(_) if self.color_of(machine).is_none() => {}
                Some(release) => drop(self.running.insert(machine.clone(), release.clone())),
                None => drop(self.running.remove(machine)),
            },
            Change::Reach => drop(self.jobs.insert(key.clone(), Job::Reached)),
            // It is what its machines get, one by one.
            Change::Deliver(..) => {}
        }
        let is_set = before.0.weights != self.balancer.weights || before.0.members != self.balancer.members;
        if is_set || before.1 != self.fleet || was_running != self.running {
            self.account(key, described(change));
            self.tell(|| Told::World(described(change)));
        }
        if is_set && !self.manners.balancer_lags.is_zero() {
            self.shown.push((self.steady + self.manners.balancer_lags, before.0));
        }
        self.judge_users(were_served);
    }

    fn account(&mut self, key: &EffectKey, what: String) {
        self.judge_effect(key, &what);
        self.effects.entry(key.clone()).or_default().push(what);
    }
}

fn is_at_balancer(change: &Change) -> bool {
    matches!(change, Change::Weights(_) | Change::Members(..))
}

fn described(change: &Change) -> String {
    let list = |names: Vec<&str>| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    match change {
        Change::Weights(weights) => format!("the balancer shares {weights}"),
        Change::Members(color, members) => {
            format!("the balancer knows {} of {color}", list(members.iter().map(|it| it.machine.as_str()).collect()))
        }
        Change::Grow(color, count) => format!("{color} has {count} machines"),
        Change::Keep(color, keep) => {
            format!("{color} keeps {}", list(keep.iter().map(MachineId::as_str).collect()))
        }
        Change::Run(machine, Some(release)) => format!("{machine} runs {}", release.name),
        Change::Run(machine, None) => format!("{machine} runs nothing"),
        Change::Deliver(release, _) => format!("{} is being delivered", release.name),
        Change::Reach => "the delivery is done".to_owned(),
    }
}
