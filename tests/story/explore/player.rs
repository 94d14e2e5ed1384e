//! Plays a history: kills and starts bots, and carries lines to whoever listens.

use std::collections::BTreeMap;
use std::time::Duration;

use changeover::desk::Heard;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::fold::Site;

use super::action::{Action, History, Saying};
use super::register::Register;
use crate::toy::world::{Incident, Space, Told, World};
use crate::toy::{Answer, Toy, Went, given};

/// How long a killed bot stays dead when nobody said.
const RESTART: Duration = Duration::from_secs(1);
/// How often it is seen whether a new bot listens already.
const LISTENS: Duration = Duration::from_millis(10);
/// How long a bot that lives may take to answer.
const PATIENCE: Duration = Duration::from_mins(3);
/// How long a disk stays full.
const FULL: Duration = Duration::from_secs(20);

/// One who plays a history.
pub(super) struct Player {
    pub(super) toy: Toy,
    lines: Vec<Spoken>,
    spoken: u32,
    /// When the next bot starts, while none is there.
    restart_at: Option<Duration>,
    /// How long the next that is killed stays dead.
    down: Duration,
    /// By how much the clock was set back in all.
    pub(super) set_back: Duration,
    /// What was answered, by the name of the delivery, until somebody takes it.
    heard: BTreeMap<String, Heard>,
    register: Register,
}

/// A line that is not answered yet.
struct Spoken {
    id: String,
    who: u32,
    text: String,
    /// Not before this.
    at: Duration,
    /// What the bot that lives will answer, once it has the line.
    answer: Option<Answer>,
}

/// What is waited for.
enum Goal<'a> {
    Time,
    Answer(&'a str),
    World(&'a dyn Fn(&World) -> bool),
}

impl Player {
    /// Everything as it is before anything happens; the bot starts.
    pub(super) fn new(history: &History, is_told: bool) -> Self {
        let mut world = if history.is_serving {
            World::serving(given::morning(), &given::release("1.0"), 2)
        } else {
            World::empty(given::morning())
        };
        world.manners = history.manners.clone();
        if is_told {
            world.tell_everything();
        }
        let mut toy = Toy::new(world, given::terms());
        toy.start();
        Self {
            toy,
            lines: Vec::new(),
            spoken: 0,
            restart_at: None,
            down: RESTART,
            set_back: Duration::ZERO,
            heard: BTreeMap::new(),
            register: Register::default(),
        }
    }

    pub(super) fn site(&self) -> Site {
        self.toy.site()
    }

    fn now(&self) -> Duration {
        self.toy.world().steady
    }

    /// Lets one thing happen.
    pub(super) fn act(&mut self, action: &Action) {
        match action {
            Action::Say(saying) => drop(self.say(saying)),
            Action::Pass(time) => self.pass(*time),
            Action::Kill { down } => {
                self.down = *down;
                if self.toy.is_alive().0 {
                    self.toy.kill();
                    self.died();
                }
            }
            Action::KillAt { points, down } => {
                self.down = *down;
                let mut world = self.toy.world();
                world.deaths.kill_at = Some(world.deaths.points + points);
            }
            Action::Misdo(call, misdeed) => {
                self.toy.world().misdeeds.entry(call).or_default().push_back(misdeed.clone());
            }
            Action::Meet(incident) => self.meet(incident),
        }
    }

    fn meet(&mut self, incident: &Incident) {
        if let Incident::ClockJumps(by) = incident
            && by.is_negative()
        {
            self.set_back += by.unsigned_abs();
        }
        let mut world = self.toy.world();
        if matches!(incident, Incident::Disk(_)) {
            world.plan(FULL, Incident::Disk(Space::Enough));
        }
        world.meet(incident);
    }

    /// A person says something; the answer, if it was waited for.
    pub(super) fn say(&mut self, saying: &Saying) -> Option<Heard> {
        let Saying { who, text, is_patient, again } = saying;
        self.spoken += 1;
        let id = format!("console/{}", self.spoken);
        self.toy.world().tell(|| Told::Line(format!("{who}: {text}")));
        let now = self.now();
        for at in [Some(now), again.map(|it| now + it)].into_iter().flatten() {
            self.lines.push(Spoken { id: id.clone(), who: *who, text: text.clone(), at, answer: None });
        }
        if *is_patient {
            return self.hear(&id);
        }
        self.tend();
        None
    }

    /// Waits until a line is answered; none if the answer was no sentence.
    fn hear(&mut self, id: &str) -> Option<Heard> {
        while self.lines.iter().any(|it| it.id == id) && !self.heard.contains_key(id) && !self.is_violated() {
            // A bot that is down for days is waited for: whoever speaks to it tries again and again.
            if let Some(at) = self.restart_at {
                self.go_on(at.saturating_sub(self.now()), &Goal::Time);
            }
            let life = self.toy.world().deaths.life;
            let is_answered = self.go_on(PATIENCE, &Goal::Answer(id));
            let is_alive = self.toy.is_alive().0;
            let mut world = self.toy.world();
            if !is_answered && is_alive && world.deaths.life == life && world.judge.violations.is_empty() {
                world.accuse(format!("{id} is not answered in {PATIENCE:?}"));
            }
        }
        self.heard.remove(id)
    }

    pub(super) fn is_violated(&self) -> bool {
        !self.toy.world().judge.violations.is_empty()
    }

    /// Whether every line that somebody said is answered.
    pub(super) fn is_answered(&self) -> bool {
        self.lines.is_empty()
    }

    /// Time passes.
    pub(super) fn pass(&mut self, lasts: Duration) {
        self.go_on(lasts, &Goal::Time);
    }

    /// Time passes until it is so; false if it never was.
    pub(super) fn wait_until(&mut self, lasts: Duration, is_so: &dyn Fn(&World) -> bool) -> bool {
        self.go_on(lasts, &Goal::World(is_so))
    }

    fn go_on(&mut self, lasts: Duration, goal: &Goal<'_>) -> bool {
        let end = self.now() + lasts;
        loop {
            self.tend();
            let answers: Vec<Answer> = match goal {
                Goal::Answer(id) => {
                    self.lines.iter().filter(|it| it.id == *id).filter_map(|it| it.answer.clone()).collect()
                }
                Goal::Time | Goal::World(_) => Vec::new(),
            };
            let now = self.now();
            let waits = self.lines.iter().filter(|it| it.answer.is_none());
            let listens = match self.toy.is_alive() {
                (true, false) => waits.map(|_| now + LISTENS).min(),
                (true, true) => waits.map(|it| it.at).filter(|at| *at > now).min(),
                (false, _) => None,
            };
            let stop = [Some(end), self.restart_at, listens].into_iter().flatten().min().unwrap_or(end);
            let went = self.toy.run_until(stop.saturating_sub(now), |world| {
                let is_there = match goal {
                    Goal::Time => false,
                    Goal::Answer(_) => answers.iter().any(|it| it.lock().unwrap().is_some()),
                    Goal::World(is_so) => is_so(world),
                };
                is_there || !world.judge.violations.is_empty()
            });
            match went {
                Went::So => {
                    self.collect();
                    return !self.is_violated();
                }
                Went::Killed => self.died(),
                Went::Over => {}
            }
            if self.now() >= end {
                self.tend();
                return false;
            }
        }
    }

    /// Starts a bot whose time has come, carries lines to one that listens, and takes answers.
    fn tend(&mut self) {
        let now = self.now();
        if self.restart_at.is_some_and(|at| at <= now) {
            self.restart_at = None;
            self.toy.start();
        }
        for line in self.lines.iter_mut().filter(|it| it.answer.is_none() && it.at <= now) {
            line.answer = self.toy.hand(Speaker::alone(Actor::console(line.who)), &line.text, &line.id);
        }
        self.collect();
    }

    /// A bot that is dead is started now.
    pub(super) fn revive(&mut self) {
        if self.restart_at.is_some() {
            self.restart_at = Some(self.now());
        }
        self.tend();
    }

    fn died(&mut self) {
        self.restart_at = Some(self.now() + self.down);
        self.down = RESTART;
        // An answer that was on its way was not heard; the line is said again to the next bot.
        for line in &mut self.lines {
            line.answer = None;
        }
    }

    /// Takes the answers that are there, and judges them.
    fn collect(&mut self) {
        let mut waiting = Vec::new();
        for line in std::mem::take(&mut self.lines) {
            let heard = line.answer.as_ref().and_then(|it| it.lock().unwrap().take());
            let Some(heard) = heard else {
                waiting.push(line);
                continue;
            };
            self.register.judge(&mut self.toy.world(), &line.id, &line.text, &heard);
            if let Ok(heard) = heard {
                self.heard.insert(line.id, heard);
            }
        }
        self.lines = waiting;
    }
}
