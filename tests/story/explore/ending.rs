//! After every history: mishaps stop, and then everything must come to an end and work again.

use std::time::Duration;

use changeover::chance::Chance;
use changeover::desk::Heard;
use events::color::Color;
use events::fact::{RunOutcome, Trouble};
use events::fold::{Run, Site, State};
use events::history::{Moment, as_of};
use events::number::Position;
use events::plan::{Step, Until};
use events::weights::Weights;

use super::action::Saying;
use super::player::Player;
use crate::toy::given;
use crate::toy::world::{Incident, Space, World};

/// How often people try the ways out of stuck runs before this is called a loop.
const WAYS_OUT: usize = 10;
/// How long after it got stuck people are called at the latest: the longest pause between two calls, and a little.
const CALLED: Duration = Duration::from_mins(6);
/// What a run may take besides its steps.
const SLACK: Duration = Duration::from_mins(2);
/// When the old environment is gone at the latest: window, announcement, two slots and the run itself.
const GONE: Duration = Duration::from_mins(30 + 10 + 20 + 10);

/// Plays what people do in the end.
pub(super) struct Ending<'a> {
    pub(super) player: &'a mut Player,
    pub(super) chance: Chance,
}

impl Ending<'_> {
    /// Until somebody finds a violation, or everything is well.
    pub(super) fn play(&mut self) {
        self.calm();
        self.everybody_is_answered();
        self.nobody_waits();
        self.no_run_stays_open();
        self.the_site_can_be_taken_over();
        self.a_release_goes_through();
        self.what_follows_works();
        self.the_log_says_it_all();
    }

    fn is_over(&self) -> bool {
        self.player.is_violated()
    }

    fn accuse(&self, what: String) {
        self.player.toy.world().accuse(what);
    }

    /// Mishaps stop: providers are reachable, machines are well, the disk has space, and the bot lives.
    fn calm(&mut self) {
        if self.is_over() {
            return;
        }
        let mut world = self.player.toy.world();
        world.misdeeds.clear();
        world.unreachable.clear();
        world.deaths.kill_at = None;
        let sick: Vec<_> = world.sick.keys().cloned().collect();
        for machine in sick {
            world.meet(&Incident::Well(machine));
        }
        world.meet(&Incident::Disk(Space::Enough));
        drop(world);
        self.player.revive();
    }

    fn everybody_is_answered(&mut self) {
        self.player.pass(Duration::from_mins(1));
        if !self.is_over() && !self.player.is_answered() {
            self.accuse("the bot lives, the world is calm, and somebody is not answered".to_owned());
        }
    }

    /// Everybody takes out of the queue what they had put there, and nothing waits at a site that is free.
    fn nobody_waits(&mut self) {
        while let Some(head) = self.player.site().queue.waiting.first().filter(|_| !self.is_over()) {
            let heard = self.say(&format!("unqueue shop/production {}", head.ticket));
            let still = self.player.site().queue.waiting.iter().any(|it| it.ticket == head.ticket);
            if still && !self.is_over() {
                let answer = heard.map_or_else(String::new, |it| it.reply.to_string());
                self.accuse(format!("number {} can't be taken out of the queue: {answer}", head.ticket));
            }
        }
    }

    /// Every run ends by itself, or gets stuck, calls people, and its ways out lead to an end.
    fn no_run_stays_open(&mut self) {
        for _ in 0..WAYS_OUT {
            self.settle();
            let site = self.player.site();
            let Some(run) = site.run.as_ref().filter(|_| !self.is_over()) else { return };
            let Some(stuck) = &run.stuck else { return };
            let is_called = |world: &World| {
                let site = world.journal.state.sites.get(&given::site());
                site.and_then(|it| it.run.as_ref()).and_then(|it| it.stuck.as_ref()).is_none_or(|it| it.is_called)
            };
            if !self.player.wait_until(CALLED, &is_called) && !self.is_over() {
                return self.accuse("a run is stuck, and nobody is called".to_owned());
            }
            self.go_out(stuck.trouble);
        }
        if self.player.site().run.is_some() && !self.is_over() {
            self.accuse("the ways out of a stuck run lead round in circles".to_owned());
        }
    }

    /// One of the ways out that the sentence names.
    fn go_out(&mut self, trouble: Trouble) {
        let ways: &[&str] = match trouble {
            Trouble::OutcomeUnknown => &["retry", "skip", "abort"],
            Trouble::Split | Trouble::Drift | Trouble::NoWayBack | Trouble::PastNoReturn => {
                &["retry", "abort", "abort"]
            }
        };
        let way = ways[self.chance.below(ways.len())];
        let text = match way {
            "skip" => "skip shop/production --reason \"it did happen\"".to_owned(),
            way => format!("{way} shop/production"),
        };
        let Some(heard) = self.say(&text) else { return };
        if heard.is_refused {
            return self.accuse(format!("a way out of a stuck run is refused: {way}: {}", heard.reply));
        }
        if way == "abort" && trouble != Trouble::OutcomeUnknown && self.player.site().run.is_some() {
            self.accuse("a stuck run was aborted to leave it as it stands, and is still open".to_owned());
        }
    }

    /// Waits until no run is open, or the one that is waits for a person: within the deadlines in the log.
    fn settle(&mut self) {
        let site = self.player.site();
        let limit = site.run.as_ref().map_or(Duration::ZERO, |run| self.limit(run));
        let is_settled = |world: &World| {
            let site = world.journal.state.sites.get(&given::site());
            site.is_none_or(|it| it.run.as_ref().is_none_or(|run| run.stuck.is_some()))
        };
        if !self.player.wait_until(limit, &is_settled) && !self.is_over() {
            self.accuse(format!("a run is neither over nor stuck after {limit:?}"));
        }
    }

    /// The longest that a run may go on by itself.
    fn limit(&self, run: &Run) -> Duration {
        let now = self.player.toy.world().now;
        let steps = run.plan.steps();
        let of_step = |step: &Step| match step {
            Step::Wait(Until::At { at }) => at.duration_since(now).try_into().unwrap_or(Duration::ZERO),
            // Once forward and once back, with what was asked settling between.
            Step::Change { .. } | Step::Gate(_) | Step::Wait(_) => {
                (step.deadline(now).duration_since(now) + run.terms.patience.settle).unsigned_abs() * 2
            }
        };
        steps.iter().map(of_step).sum::<Duration>() + self.player.set_back + SLACK
    }

    /// A person cleans up: opens the site, moves the shares to one color, and adopts it.
    fn the_site_can_be_taken_over(&mut self) {
        if self.is_over() {
            return;
        }
        if self.player.site().lock.is_some() {
            self.must("unlock shop/production");
        }
        self.move_shares();
        let Some(heard) = self.when_free("adopt shop/production") else { return };
        let sentence = heard.reply.to_string();
        if heard.is_refused && !sentence.contains("the world is as the log says") {
            self.accuse(format!("a calm site can't be adopted: {sentence}"));
        }
    }

    fn move_shares(&mut self) {
        let mut world = self.player.toy.world();
        if world.balancer.weights.sole().is_none() {
            let live = Color::BOTH.into_iter().find(|it| world.is_served(*it)).unwrap_or(Color::Blue);
            world.meet(&Incident::SharesMoved(Weights::all_to(live)));
        }
        drop(world);
        // Until the balancer shows it.
        self.player.pass(Duration::from_secs(5));
    }

    fn a_release_goes_through(&mut self) {
        self.succeeds("deploy shop@9.0 to production --give-up-way-back");
        self.succeeds("cutover shop/production");
    }

    /// The way back works, or is decommissioned when its time has come.
    fn what_follows_works(&mut self) {
        let Some(window) = self.player.site().window.filter(|_| !self.is_over()) else { return };
        match self.chance.below(3) {
            0 if self.is_whole(window.way_back) => {
                self.succeeds("rollback shop/production: we want it back");
                self.must("unlock shop/production");
            }
            1 => {
                let is_gone = |world: &World| world.journal.state.site(&given::site()).window.is_none();
                // Nothing is destroyed by a clock that shows less than the log has seen.
                let limit = GONE + self.player.set_back;
                if !self.player.wait_until(limit, &is_gone) && !self.is_over() {
                    self.accuse(format!("the old environment is not gone after {limit:?}"));
                }
            }
            _ => {}
        }
    }

    /// Whether that environment could serve everybody.
    fn is_whole(&self, color: Color) -> bool {
        let site = self.player.site();
        let world = self.player.toy.world();
        let environment = site.environments.get(color);
        let machines = world.fleet.get(color);
        machines.len() >= usize::from(given::terms().machine_count)
            && machines == &environment.machines
            && machines.iter().all(|it| world.running.contains_key(&it.id))
            && machines
                .iter()
                .all(|it| environment.release.is_none() || world.running.get(&it.id) == environment.release.as_ref())
    }

    /// What is in the log is everything there is, and nothing of what was typed and not understood.
    fn the_log_says_it_all(&mut self) {
        if self.is_over() {
            return;
        }
        let mut world = self.player.toy.world();
        if as_of(&world.journal.events, Moment::Position(Position(u64::MAX))) != world.journal.state {
            world.accuse("the log folded once more is another state".to_owned());
        }
        let kept = serde_json::to_string(&world.journal.state).unwrap();
        if serde_json::from_str::<State>(&kept).ok().as_ref() != Some(&world.journal.state) {
            world.accuse("a state that was written down is read as another one".to_owned());
        }
        if world.journal.events.iter().any(|it| it.payload.contains("hunter2")) {
            world.accuse("what was typed and not understood is in the log".to_owned());
        }
    }

    fn say(&mut self, text: &str) -> Option<Heard> {
        if self.is_over() {
            return None;
        }
        let say = |text| Saying { who: 1000, text, is_patient: true, again: None };
        let heard = self.player.say(&say(text.to_owned()))?;
        match heard.confirm {
            Some(confirm) if !self.is_over() => self.player.say(&say(confirm)),
            Some(_) | None => Some(heard),
        }
    }

    /// Says it, and once more when the run is over that the schedule was faster with.
    fn when_free(&mut self, text: &str) -> Option<Heard> {
        let heard = self.say(text)?;
        if !heard.is_refused || self.player.site().run.is_none() {
            return Some(heard);
        }
        self.no_run_stays_open();
        self.say(text)
    }

    fn must(&mut self, text: &str) {
        if let Some(heard) = self.when_free(text).filter(|it| it.is_refused) {
            self.accuse(format!("on a calm site this is refused: {text}: {}", heard.reply));
        }
    }

    /// A run that nothing stands in the way of.
    fn succeeds(&mut self, text: &str) {
        self.must(text);
        self.settle();
        if self.is_over() {
            return;
        }
        let Site { run, last, .. } = self.player.site();
        let is_done = run.is_none() && last.as_ref().is_some_and(|it| it.outcome == RunOutcome::Succeeded);
        if !is_done {
            let stuck = run.and_then(|it| it.stuck).map(|it| it.why);
            let why = stuck.or(last.and_then(|it| it.why));
            self.accuse(format!("on a calm site this does not succeed: {text}: {why:?}"));
        }
    }
}
