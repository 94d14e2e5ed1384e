//! The toy: a simulated world, and bots that live in it, one after the other.

mod bot;
mod chat;
mod clock;
mod databases;
pub(crate) mod given;
mod outside;
mod ports;
mod workers;
pub(crate) mod world;

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use changeover::chat::{Inbound, Place, Platform, Said, Taken};
use changeover::desk::Heard;
use changeover::log::batch::Wish;
use changeover::ports::Expected;
use commands::policy::Policy;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::{Draft, Stream};
use events::fold::Site;
use events::number::Epoch;
use events::terms::Terms;

pub(crate) use bot::Answer;
use bot::Bot;
use outside::Outside;
use world::{Told, World};

/// How long a dead bot stays dead: what a process supervisor takes to start it again.
const RESTART: Duration = Duration::from_secs(1);
/// How long it is waited for a bot that begins, at once.
const MOMENT: Duration = Duration::from_millis(10);
/// The longest that anything here goes on without an end.
const FOREVER: Duration = Duration::from_hours(24 * 30);

/// A world with at most one bot that acts.
pub(crate) struct Toy {
    outside: Arc<Outside>,
    bot: Option<Bot>,
    pub(crate) terms: Terms,
    pub(crate) policy: Policy,
    lines: u32,
}

/// How far it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// It is so.
    So,
    /// The time is over.
    Over,
    /// The bot was killed.
    Killed,
}

impl Toy {
    /// A world without a bot.
    pub(crate) fn new(world: World, terms: Terms) -> Self {
        let policy = if world.chat.is_there { given::releasers() } else { Policy::default() };
        Self { outside: Outside::new(world), bot: None, terms, policy, lines: 0 }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.outside.world()
    }

    /// What the log says of the site.
    pub(crate) fn site(&self) -> Site {
        self.world().journal.state.site(&given::site())
    }

    /// The same world once more, without its bot: what a kill leaves.
    pub(crate) fn left_behind(&self) -> Self {
        let world = self.world().clone();
        Self { lines: self.lines, policy: self.policy.clone(), ..Self::new(world, self.terms.clone()) }
    }

    /// Starts a bot, and kills the one before.
    pub(crate) fn start(&mut self) {
        self.kill();
        self.world().tell(|| Told::Incident("the bot starts".to_owned()));
        self.bot = Some(Bot::start(&self.outside, &self.terms, &self.policy));
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(bot) = self.bot.take() {
            let mut world = self.world();
            world.bury(bot.life);
            world.tell(|| Told::Incident("the bot is killed".to_owned()));
        }
    }

    /// The bot, and whatever else happens by itself, goes on until it is so, or for so long.
    pub(crate) fn run_until(&mut self, lasts: Duration, is_so: impl Fn(&World) -> bool) -> Went {
        let end = self.world().steady + lasts;
        loop {
            if let Some(bot) = &mut self.bot {
                bot.work();
                let life = bot.life;
                if self.world().deaths.is_dead(life) {
                    self.kill();
                    return Went::Killed;
                }
            }
            let next = {
                let world = self.outside.world();
                if is_so(&world) {
                    return Went::So;
                }
                if world.steady >= end {
                    return Went::Over;
                }
                let timer = self.bot.as_ref().and_then(|it| it.timers.next());
                [timer, world.next()].into_iter().flatten().min().map_or(end, |it| it.min(end))
            };
            self.outside.world().pass_until(next);
            if let Some(bot) = &self.bot {
                bot.timers.wake(next);
            }
        }
    }

    /// Goes on for a while; whoever was killed is started again.
    pub(crate) fn pass(&mut self, lasts: Duration) {
        let end = self.world().steady + lasts;
        loop {
            let left = end.saturating_sub(self.world().steady);
            if self.run_until(left, |_| false) != Went::Killed {
                return;
            }
            self.revive();
        }
    }

    /// Goes on until it is so, starting the bot again whenever it was killed.
    pub(crate) fn live_until(&mut self, is_so: impl Fn(&World) -> bool) {
        loop {
            match self.run_until(FOREVER, &is_so) {
                Went::So => return,
                Went::Over => panic!("this never came to pass:\n{}", self.transcript()),
                Went::Killed => self.revive(),
            }
        }
    }

    /// Goes on until no run is open, or the one that is waits for a person.
    pub(crate) fn settle(&mut self) {
        self.live_until(World::is_settled);
    }

    /// Nobody is there for a moment; then the bot is.
    pub(crate) fn revive(&mut self) {
        self.run_until(RESTART, |_| false);
        self.start();
    }

    /// A person says something, again and again under one name until it is answered.
    pub(crate) fn say(&mut self, text: &str) -> Heard {
        self.lines += 1;
        self.say_again(text)
    }

    /// The last line comes in once more, under the name that it had.
    pub(crate) fn say_again(&mut self, text: &str) -> Heard {
        let id = format!("console/{}", self.lines);
        self.world().tell(|| Told::Line(text.to_owned()));
        loop {
            if let Some(heard) = self.try_say(text, &id) {
                return heard;
            }
            self.revive();
        }
    }

    /// Somebody says something, and does not wait; none if no bot listens.
    pub(crate) fn hand(&mut self, speaker: Speaker, text: &str, id: &str) -> Option<Answer> {
        let bot = self.bot.as_ref().filter(|it| it.is_ready())?;
        Some(bot.hear(speaker, text, id))
    }

    /// Whether a bot is there, and whether it listens.
    pub(crate) fn is_alive(&self) -> (bool, bool) {
        (self.bot.is_some(), self.bot.as_ref().is_some_and(Bot::is_ready))
    }

    /// Lines that come in so shortly after each other, each from somebody else or, with one name, twice from one.
    pub(crate) fn say_together(&mut self, lines: &[(&str, &str)], apart: Duration) -> Vec<Heard> {
        let mut answers: Vec<Answer> = Vec::new();
        for (text, id) in lines {
            if !answers.is_empty() {
                assert_eq!(self.run_until(apart, |_| false), Went::Over);
            }
            self.world().tell(|| Told::Line((*text).to_owned()));
            answers.push(self.bot.as_ref().expect("nobody listens").hear(given::person(), text, id));
        }
        let waiting = answers.clone();
        let went = self.run_until(FOREVER, move |_| waiting.iter().all(|it| it.lock().unwrap().is_some()));
        assert_eq!(went, Went::So, "{lines:?} are never answered");
        let heard = answers.iter().map(|it| it.lock().unwrap().take().unwrap().unwrap());
        let heard: Vec<Heard> = heard.collect();
        for it in &heard {
            self.world().tell(|| Told::Answer(it.reply.to_string()));
        }
        heard
    }

    /// Says it, and means it; none if the bot died over it, and is dead.
    pub(crate) fn try_say(&mut self, text: &str, id: &str) -> Option<Heard> {
        self.try_say_as(given::person(), text, id)
    }

    /// Somebody says something, and confirms it if they are asked to; none if the bot died over it, and is dead.
    pub(crate) fn try_say_as(&mut self, speaker: Speaker, text: &str, id: &str) -> Option<Heard> {
        let heard = self.try_say_once(speaker.clone(), text, id)?;
        let Some(confirm) = heard.confirm else { return Some(heard) };
        self.world().tell(|| Told::Line(confirm.clone()));
        self.try_say_once(speaker, &confirm, &format!("{id}/yes"))
    }

    /// Somebody in chat says something.
    pub(crate) fn say_as(&mut self, speaker: Speaker, text: &str) -> Heard {
        self.lines += 1;
        let id = format!("chat/{}", self.lines);
        self.world().tell(|| Told::Line(format!("{}: {text}", speaker.actor)));
        self.try_say_as(speaker, text, &id).expect("the bot died over it")
    }

    /// Somebody says it, and nothing more.
    pub(crate) fn try_say_once(&mut self, speaker: Speaker, text: &str, id: &str) -> Option<Heard> {
        if !self.is_listening() {
            return None;
        }
        let answer: Answer = self.bot.as_ref()?.hear(speaker, text, id);
        let waiting = answer.clone();
        let went = self.run_until(FOREVER, move |_| waiting.lock().unwrap().is_some());
        let heard = answer.lock().unwrap().take();
        match (went, heard) {
            // An answer that was on its way when the bot died was not heard.
            (Went::Killed, _) => None,
            (_, Some(Ok(heard))) => {
                let text = heard.reply.to_string();
                self.world().tell(|| Told::Answer(text));
                Some(heard)
            }
            (_, Some(Err(error))) => panic!("{text}: {error}"),
            (_, None) => panic!("{text} is never answered"),
        }
    }

    /// Somebody says or presses something on the platform, which delivers it again until it is acknowledged.
    pub(crate) fn chat(&mut self, said: &Said, id: &str) -> Taken {
        loop {
            if let Some(taken) = self.try_chat(said, id) {
                return taken;
            }
            self.revive();
        }
    }

    /// Delivers it once; none if the bot died over it, and is dead.
    pub(crate) fn try_chat(&mut self, said: &Said, id: &str) -> Option<Taken> {
        if !self.is_listening() {
            return None;
        }
        let place = Place { platform: Platform::Slack, channel: "C01".to_owned(), user: Some("U02".to_owned()) };
        let speaker = Speaker::alone(Actor::slack("T01", "U02").unwrap());
        let taking = self.bot.as_ref()?.take(Inbound { speaker, id: id.to_owned(), said: said.clone(), place });
        let waiting = taking.clone();
        let went = self.run_until(FOREVER, move |_| waiting.lock().unwrap().is_some());
        let taken = taking.lock().unwrap().take();
        match (went, taken) {
            // What was on its way when the bot died was not heard.
            (Went::Killed, _) => None,
            (_, Some(taken)) => {
                self.world().chat.acknowledged.insert(id.to_owned());
                Some(taken)
            }
            (_, None) => panic!("{said:?} is never taken"),
        }
    }

    /// Waits until a bot listens, starting one if there is none; false if it died before.
    fn is_listening(&mut self) -> bool {
        if self.bot.is_none() {
            self.start();
        }
        while !self.bot.as_ref().is_some_and(Bot::is_ready) {
            if self.run_until(MOMENT, |_| false) == Went::Killed {
                return false;
            }
        }
        true
    }

    /// Somebody else writes to the log.
    pub(crate) fn record(&mut self, stream: Stream, draft: Draft) {
        let mut world = self.outside.world();
        let version = world.journal.state.site(&given::site()).version;
        let epoch = world.journal.events.last().map_or(Epoch(0), |it| it.epoch);
        world.append(&Wish { expected: Expected { stream, version, epoch }, drafts: vec![draft] }).unwrap();
        self.outside.head.send_replace(world.journal.head());
    }

    /// Everything that was told, line by line.
    pub(crate) fn transcript(&self) -> String {
        let world = self.world();
        world.told().iter().map(|(at, told)| format!("{} {told:?}\n", at.strftime("%a %H:%M:%S"))).collect()
    }
}
