//! More that must always be true, watched with every fact and every effect.

use std::collections::BTreeSet;
use std::time::Duration;

use changeover::ports::EffectKey;
use commands::next::{Next, next};
use events::color::Color;
use events::envelope::Recorded;
use events::fact::{ClosedBecause, Event, RunEvent, RunKind, RunOutcome, StepEvent, WindowEvent};
use events::fold::{Site, WindowEnd};
use events::wire;
use jiff::SignedDuration;

use super::World;
use crate::toy::given;

/// What the judge remembers for these.
#[derive(Debug, Clone, Default)]
pub(super) struct Promises {
    /// Deliveries that died and may not be repeated, unless a person says so.
    gone: BTreeSet<EffectKey>,
    /// Whether a person let the open run try again, or go on without a change: from there on it answers for less.
    is_persons: bool,
    /// Whether the clock jumped since the open run was requested.
    pub(super) is_jumped: bool,
}

impl World {
    /// One fact of the site, of a batch that was decided on `before`.
    pub(super) fn judge_promises(&mut self, before: &Site, event: &Recorded, fact: &Event, batch: &[Recorded]) {
        if event.epoch != self.journal.epoch() {
            self.accuse(format!("bot {} wrote after bot {} took over", event.epoch, self.journal.epoch()));
        }
        match fact {
            Event::Run(RunEvent::Requested { kind, color, .. }) => {
                self.judge.promises.is_persons = false;
                self.judge.promises.is_jumped = false;
                self.judge_request(before, event, *kind, *color, batch);
            }
            Event::Run(RunEvent::Resumed { .. }) => {
                self.judge.promises.gone.clear();
                self.judge.promises.is_persons = true;
            }
            Event::Step(StepEvent::Skipped { .. }) => self.judge.promises.is_persons = true,
            Event::Run(RunEvent::PeopleCalled { run }) => {
                let ours = format!("{}#{run}/", given::site());
                if !self.calls.keys().any(|it| it.starts_with(&ours)) {
                    self.accuse(format!("the log says that people were called to run {run}, and nobody was"));
                }
            }
            Event::Run(RunEvent::Finished { outcome: RunOutcome::Succeeded, .. }) => self.judge_success(before),
            Event::Site(_)
            | Event::Run(_)
            | Event::Step(_)
            | Event::Approval(_)
            | Event::Confirmation(_)
            | Event::Queue(_)
            | Event::Window(_)
            | Event::Lock(_)
            | Event::Order(_)
            | Event::Bot(_)
            | Event::Inbox(_)
            | Event::Chat(_) => {}
        }
    }

    /// Waiting has a name: an open run that is not stuck always knows what comes next.
    pub(super) fn judge_waiting(&mut self) {
        let site = self.journal.state.sites.get(&given::site());
        let open = site.filter(|it| it.run.as_ref().is_some_and(|run| run.stuck.is_none()));
        if open.is_some_and(|it| next(it, self.now) == Next::Nothing) {
            self.accuse("an open run waits for nothing that has a name".to_owned());
        }
    }

    fn judge_request(&mut self, before: &Site, event: &Recorded, kind: RunKind, color: Color, batch: &[Recorded]) {
        if before.lock.is_some() && kind != RunKind::Rollback {
            self.accuse(format!("a {kind} was begun on a locked site"));
        }
        let is_way_back = before.window.as_ref().is_some_and(|it| it.way_back == color);
        let given_up = |it: &Recorded| {
            let given_up = Event::Window(WindowEvent::Closed { because: ClosedBecause::GivenUp });
            wire::decode(it).is_ok_and(|it| it == given_up)
        };
        let is_lost = kind == RunKind::Decommission || batch.iter().any(given_up);
        if is_lost && !event.actor.is_system() {
            self.judge_meant(event, batch);
        }
        match kind {
            RunKind::Deploy if is_way_back && !batch.iter().any(given_up) => {
                self.accuse("a release goes onto the way back, and nobody gave it up".to_owned());
            }
            RunKind::Cutover if is_way_back => self.accuse("a cutover goes to the way back".to_owned()),
            RunKind::Rollback if !is_way_back => self.accuse("a rollback goes to what is no way back".to_owned()),
            RunKind::Decommission if event.actor.is_system() => self.judge_schedule(before),
            RunKind::Deploy | RunKind::Cutover | RunKind::Rollback | RunKind::Decommission => {}
        }
    }

    /// What can't be taken back was said twice by one person, within a minute.
    fn judge_meant(&mut self, event: &Recorded, batch: &[Recorded]) {
        let asked = self.journal.events.iter().rev().find(|it| it.kind == "ConfirmationAsked");
        let age = asked.filter(|it| it.actor == event.actor).map(|it| self.now.duration_since(it.recorded_at));
        let is_meant = batch.iter().any(|it| it.kind == "ConfirmationGiven");
        if !is_meant || age.is_none_or(|it| it >= SignedDuration::from_mins(1)) {
            self.accuse("what can't be taken back was begun, and nobody had confirmed it".to_owned());
        }
    }

    /// The schedule decommissions after the window, in a slot, and no sooner than people could read of it.
    fn judge_schedule(&mut self, before: &Site) {
        let Some(window) = &before.window else { return self.accuse("a decommission without a window".to_owned()) };
        let WindowEnd::At { closes_at, decommission_at: Some(slot) } = window.end else {
            return self.accuse("a decommission of what is kept".to_owned());
        };
        if closes_at > self.now || slot > self.now || window.announced != Some(slot) {
            self.accuse(format!("a decommission before its time: window until {closes_at}, slot {slot}"));
        }
        let told_at = self.journal.events.iter().rev().find_map(|it| {
            let is_it = Event::Window(WindowEvent::Announced { decommission_at: slot });
            (it.kind == "WindowAnnounced" && wire::decode(it).is_ok_and(|it| it == is_it)).then_some(it.recorded_at)
        });
        let notice = told_at.map_or(SignedDuration::ZERO, |it| slot.duration_since(it));
        if notice < window.terms.announce / 2 {
            self.accuse(format!("a decommission with a notice of {notice:#}"));
        }
    }

    /// The world is what a run that succeeded says that it is.
    fn judge_success(&mut self, before: &Site) {
        let Some(run) = &before.run else { return };
        if self.is_disturbed() || self.judge.promises.is_persons {
            return;
        }
        let color = run.color;
        let machines = self.fleet.get(color);
        let attached = self.balancer.members.get(color);
        let is_attached = machines.iter().all(|it| attached.iter().any(|member| member.member.machine == it.id));
        let runs_it =
            machines.iter().all(|it| run.release.is_none() || self.running.get(&it.id) == run.release.as_ref());
        let is_enough = machines.len() >= usize::from(run.terms.machine_count);
        let share = self.balancer.weights.of(color);
        let is_so = match run.kind {
            RunKind::Deploy => is_enough && runs_it && (before.live.is_none() || is_attached && share == 0),
            RunKind::Cutover | RunKind::Rollback => is_enough && runs_it && is_attached && share == 100,
            RunKind::Decommission => machines.is_empty() && attached.is_empty() && share == 0,
        };
        if !is_so {
            let image = self.image();
            self.accuse(format!(
                "a {} succeeded, and the world is not so: {image}",
                before.run.as_ref().map_or("run", |it| it.kind.as_str())
            ));
        }
    }

    /// A delivery died with its bot.
    pub(super) fn judge_gone(&mut self, key: &EffectKey) {
        if !self.manners.is_delivery_repeatable {
            self.judge.promises.gone.insert(key.clone());
        }
    }

    /// A delivery starts.
    pub(super) fn judge_start(&mut self, key: &EffectKey) {
        if self.judge.promises.gone.remove(key) {
            self.accuse(format!("a delivery that may not be repeated is started again: {}", key.0));
        }
    }

    /// The same effect of the same key happens once, unless somebody else undid it or a person asked for it again.
    pub(super) fn judge_effect(&mut self, key: &EffectKey, what: &str) {
        let is_twice = self.effects.get(key).is_some_and(|it| it.iter().any(|it| it == what));
        let is_a_start = what.starts_with("a delivery");
        // Members that start unhealthy again are no others.
        let is_forgotten = self.manners.forgets_health && what.starts_with("the balancer knows");
        if is_twice && !is_a_start && !is_forgotten && !self.is_disturbed() && !self.judge.promises.is_persons {
            self.accuse(format!("this happened twice by {}: {what}", key.0));
        }
    }

    /// Nobody destroys what was used a moment ago.
    pub(super) fn judge_quiet(&mut self, color: Color, site: &Site) {
        let Some(run) = site.run.as_ref().filter(|it| it.kind == RunKind::Decommission) else { return };
        let quiet_for = run.terms.window.quiet_for.unsigned_abs();
        let used_at: Duration = *self.balancer.used_at.get(color);
        if self.steady.saturating_sub(used_at) < quiet_for && !self.is_disturbed() {
            self.accuse(format!("{color} is destroyed, and was used less than {quiet_for:?} ago"));
        }
    }
}
