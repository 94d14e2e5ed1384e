//! Watches over everything that must always be true (ARCHITECTURE.md), after every single change.

use std::time::Duration;

use changeover::ports::EffectKey;
use events::color::Color;
use events::envelope::Recorded;
use events::fact::{Event, Heading, RunEvent, RunOutcome};
use events::fold::{Course, Site, StepState};
use events::name::MachineId;
use events::number::{RunNumber, StepIndex};
use events::wire;

use super::ask::Change;
use super::promises::Promises;
use super::{Flow, Incident, World};
use crate::invariants;
use crate::toy::given;

/// How long before a change something may have happened that nobody could see in time.
const RACE: Duration = Duration::from_secs(8);

/// What the judge remembers, and what it found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judge {
    pub(crate) violations: Vec<String>,
    /// When somebody else last did something to the shop.
    disturbed_at: Option<Duration>,
    /// The world when the open run was requested, and when that was.
    untouched: Option<(Duration, String)>,
    pub(super) promises: Promises,
}

impl Judge {
    pub(super) fn blames_others(&mut self, incident: &Incident, now: Duration) {
        match incident {
            Incident::Sick(_)
            | Incident::Dies(_)
            | Incident::Recreated(_)
            | Incident::Appears(..)
            | Incident::Shrinks(_)
            | Incident::SharesMoved(_)
            | Incident::MembersTaken(_)
            | Incident::Database(..)
            | Incident::Installed(..) => self.disturbed_at = Some(now),
            // These excuse nothing.
            Incident::Well(_) | Incident::Unreachable(..) | Incident::Disk(_) => {}
            // What a clock says that jumped is when something has settled.
            Incident::ClockJumps(_) => self.promises.is_jumped = true,
        }
    }
}

impl World {
    pub(super) fn site(&self) -> Site {
        self.journal.state.site(&given::site())
    }

    pub(crate) fn accuse(&mut self, mut what: String) {
        what.insert_str(0, &format!("{}: ", self.now));
        self.judge.violations.push(what);
    }

    /// Whether somebody else did something so shortly before that it could not be seen in time.
    fn is_race(&self) -> bool {
        let slack = RACE + self.manners.balancer_takes + self.manners.balancer_lags + self.manners.install_takes * 4;
        self.judge.disturbed_at.is_some_and(|at| self.steady.saturating_sub(at) < slack)
    }

    /// Whether somebody else did something to the shop since the open run was requested.
    pub(super) fn is_disturbed(&self) -> bool {
        let since = self.judge.untouched.as_ref().map_or(Duration::ZERO, |(since, _)| *since);
        self.judge.disturbed_at.is_some_and(|at| at >= since)
    }

    /// Log first: whatever is asked for was begun, with its way back, and is not answered.
    pub(crate) fn judge_ask(&mut self, life: u64, key: &EffectKey, changes: &[Change]) {
        if self.deaths.is_dead(life) {
            self.accuse(format!("a dead bot asked for {changes:?}"));
        }
        let Some((run, step, heading)) = place(key) else {
            return self.accuse(format!("{key:?} names no step"));
        };
        let site = self.site();
        let open = site.run.as_ref().filter(|it| it.number == run);
        let is_crossing = key.0.contains("/pause/");
        let is_logged = match (open.and_then(|it| it.state(step)), heading) {
            (Some(StepState::Undoing { .. }), Heading::Forward) if is_crossing => true,
            (Some(StepState::Open { begun, .. }), Heading::Forward) => begun.before.is_some(),
            (Some(StepState::Undoing { .. }), Heading::Back) => true,
            _ => false,
        };
        if !is_logged {
            self.accuse(format!("{changes:?} was asked for by {key:?}, which the log does not know as begun"));
        }
    }

    /// Never onto who serves; never destroyed what serves, or what nobody recorded.
    pub(super) fn judge_change(&mut self, change: &Change) {
        if self.is_race() {
            return;
        }
        match change {
            Change::Weights(weights) => {
                for color in Color::BOTH {
                    let gets_more = weights.of(color) > self.balancer.weights.of(color);
                    // Where nobody answers them now either, they lose nothing.
                    if gets_more && !self.is_served(color) && self.is_served(color.other()) {
                        self.accuse(format!("{weights}, and nobody healthy is there for {color}"));
                    }
                }
            }
            Change::Members(color, members) => {
                let is_kept = |id: &MachineId| members.iter().any(|it| it.machine == *id);
                let lost = self.members(*color).any(|id| !is_kept(id));
                if lost && self.is_used(*color) && self.is_promised() {
                    self.accuse(format!("a member of {color} is taken away, and users are on it"));
                }
            }
            Change::Keep(color, keep) => self.judge_destruction(*color, keep),
            Change::Run(machine, _) => {
                let is_used = |color: &Color| {
                    self.balancer.weights.of(*color) > 0 && self.members(*color).any(|it| it == machine)
                };
                if let Some(color) = self.color_of(machine).filter(is_used) {
                    self.accuse(format!("{machine} of {color} is changed, and users are on it"));
                }
            }
            Change::Grow(..) | Change::Deliver(..) | Change::Reach => {}
        }
    }

    fn judge_destruction(&mut self, color: Color, keep: &[MachineId]) {
        let site = self.site();
        let recorded = &site.environments.get(color).machines;
        let of_run = site.run.as_ref().and_then(|it| it.machines()).unwrap_or_default();
        let gone = self.fleet.get(color).iter().filter(|it| !keep.contains(&it.id)).cloned().collect::<Vec<_>>();
        if gone.is_empty() {
            return;
        }
        if self.balancer.serves(color, self.steady) {
            self.accuse(format!("machines of {color} are destroyed, and users are on it"));
        }
        self.judge_quiet(color, &site);
        // What a run made and then undoes was never recorded as anybody's.
        let is_undone = site.run.as_ref().is_some_and(|it| matches!(it.course, Course::Back { .. }));
        let stranger = gone.iter().find(|it| !recorded.contains(it) && !of_run.contains(it) && !is_undone);
        if let Some(stranger) = stranger {
            self.accuse(format!("{} of {} is destroyed, and nobody recorded it", stranger.id, stranger.created_at));
        }
    }

    /// Whether requests are sent there.
    fn is_used(&self, color: Color) -> bool {
        self.balancer.weights.of(color) > 0 && !self.balancer.members.get(color).is_empty()
    }

    pub(super) fn color_of(&self, machine: &MachineId) -> Option<Color> {
        Color::BOTH.into_iter().find(|it| self.fleet.get(*it).iter().any(|it| it.id == *machine))
    }

    /// Whether everybody who is sent somewhere is answered.
    pub(super) fn is_everybody_served(&self) -> bool {
        Color::BOTH.into_iter().all(|it| self.balancer.weights.of(it) == 0 || self.is_served(it))
    }

    /// Whether anybody was promised an answer: a first cutover may be turned back to nobody.
    fn is_promised(&self) -> bool {
        self.site().live.is_some()
    }

    /// Never nobody: who was answered before a change of ours is answered after it.
    pub(super) fn judge_users(&mut self, were_served: bool) {
        if were_served && !self.is_everybody_served() && !self.is_race() && self.is_promised() {
            self.accuse(format!("users meet nobody: {}", self.image()));
        }
    }

    /// What the log now says can be, and a run that was turned back left nothing behind.
    pub(crate) fn judge_events(&mut self, before: &Site, recorded: &[Recorded]) {
        let after = self.site();
        for event in recorded {
            let Ok(fact) = wire::decode(event) else {
                self.accuse(format!("event {} can't be read", event.position));
                continue;
            };
            if let Err(why) = invariants::hold(before, &fact, &after) {
                self.accuse(format!("{why}, after {fact:?}"));
            }
            self.judge_promises(before, event, &fact, recorded);
            match fact {
                Event::Run(RunEvent::Requested { .. }) => {
                    self.judge.untouched = Some((self.steady, self.named(&after)));
                }
                // A lock is no part of a run.
                Event::Lock(_) => {
                    if let Some((_, named)) = &mut self.judge.untouched {
                        let end = named.rfind('\n').unwrap_or_default();
                        named.truncate(end);
                        named.push_str(&locked(&after));
                    }
                }
                Event::Run(RunEvent::Finished { outcome, run }) => self.judge_end(run, outcome, &after),
                Event::Site(_)
                | Event::Run(_)
                | Event::Step(_)
                | Event::Approval(_)
                | Event::Confirmation(_)
                | Event::Queue(_)
                | Event::Window(_)
                | Event::Order(_)
                | Event::Bot(_)
                | Event::Inbox(_)
                | Event::Chat(_) => {}
            }
        }
        self.judge_waiting();
    }

    fn judge_end(&mut self, run: RunNumber, outcome: RunOutcome, site: &Site) {
        let Some((_, untouched)) = self.judge.untouched.clone() else { return };
        let is_ours = |key: &EffectKey| place(key).is_some_and(|(of, _, _)| of == run);
        let is_jumped = self.judge.promises.is_jumped;
        let due = self.due.iter().find(|it| is_ours(&it.key) && !self.is_void(&it.change));
        if let Some(due) = due.filter(|_| !is_jumped) {
            self.accuse(format!("run {run} is over, and {:?} is still to come", due.change));
        }
        if self.balancer.flow(self.steady) != Flow::Flows && outcome != RunOutcome::LeftAsIs {
            self.accuse(format!("run {run} is over, and users wait"));
        }
        let is_disturbed = is_jumped || self.is_disturbed();
        let now = self.named(site);
        if outcome == RunOutcome::TurnedBack && !is_disturbed && now != untouched {
            self.accuse(format!("run {run} was turned back, and this is left\n{now}\nof\n{untouched}"));
        }
        self.judge.untouched = None;
    }

    /// What was asked for twice and is so already, or is on its way to a machine that is gone, changes nothing.
    fn is_void(&self, change: &Change) -> bool {
        match change {
            Change::Weights(weights) => self.balancer.weights == *weights,
            Change::Members(color, members) => {
                let known = self.balancer.members.get(*color);
                known.len() == members.len() && known.iter().all(|it| members.contains(&it.member))
            }
            Change::Grow(color, count) => self.fleet.get(*color).len() >= usize::from(*count),
            Change::Keep(color, keep) => self.fleet.get(*color).iter().all(|it| keep.contains(&it.id)),
            Change::Run(machine, release) => {
                self.color_of(machine).is_none() || self.running.get(machine) == release.as_ref()
            }
            Change::Deliver(..) => false,
            Change::Reach => self.is_disturbed(),
        }
    }

    /// The world and what the log says of it, in named fields.
    fn named(&self, site: &Site) -> String {
        let environments = Color::BOTH.map(|it| format!("{it}: {:?}", site.environments.get(it)));
        format!("{}\nlive: {:?}\n{}{}", self.image(), site.live, environments.join("\n"), locked(site))
    }
}

fn locked(site: &Site) -> String {
    format!("\nlocked: {}", site.lock.is_some())
}

/// The run and the step that a key names, and which way.
pub(crate) fn place(key: &EffectKey) -> Option<(RunNumber, StepIndex, Heading)> {
    let (text, heading) = match key.0.strip_suffix("/back") {
        Some(text) => (text, Heading::Back),
        None => (key.0.as_str(), Heading::Forward),
    };
    // A crossing shares requests in one of its pauses, on its way forward and back.
    let text = text.split("/pause/").next().unwrap_or(text);
    let mut parts = text.rsplit('/');
    let step = parts.next()?.parse().ok()?;
    let run = parts.next()?.parse().ok()?;
    Some((RunNumber(run), StepIndex(step), heading))
}
