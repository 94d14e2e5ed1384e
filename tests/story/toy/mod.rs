//! The toy: a simulated world, and bots that live in it, one after the other.

mod bot;
mod clock;
pub(crate) mod given;
mod outside;
mod ports;
pub(crate) mod world;

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use changeover::desk::Heard;
use events::actor::Actor;
use events::fold::Site;
use events::terms::Terms;

pub(crate) use bot::Answer;
use bot::Bot;
use outside::Outside;
use world::{Told, World};

/// How long a dead bot stays dead: what a process supervisor takes to start it again.
const RESTART: Duration = Duration::from_secs(1);
/// The longest that anything here goes on without an end.
const FOREVER: Duration = Duration::from_hours(24 * 30);

/// A world with at most one bot that acts.
pub(crate) struct Toy {
    outside: Arc<Outside>,
    bot: Option<Bot>,
    pub(crate) terms: Terms,
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
        Self { outside: Outside::new(world), bot: None, terms, lines: 0 }
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
        Self { lines: self.lines, ..Self::new(world, self.terms.clone()) }
    }

    /// Starts a bot, and kills the one before.
    pub(crate) fn start(&mut self) {
        self.kill();
        self.bot = Some(Bot::start(&self.outside, &self.terms));
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
        self.live_until(|world| {
            let site = world.journal.state.sites.get(&given::site());
            site.is_some_and(|it| it.is_adopted && it.run.as_ref().is_none_or(|it| it.stuck.is_some()))
        });
    }

    /// Nobody is there for a moment; then the bot is.
    pub(crate) fn revive(&mut self) {
        self.run_until(RESTART, |_| false);
        self.start();
    }

    /// A person says something, again and again under one name until it is answered.
    pub(crate) fn say(&mut self, text: &str) -> Heard {
        self.lines += 1;
        let id = format!("console/{}", self.lines);
        self.world().tell(|| Told::Line(text.to_owned()));
        loop {
            if let Some(heard) = self.try_say(text, &id) {
                let answer = told(&heard);
                self.world().tell(|| Told::Answer(answer));
                return heard;
            }
        }
    }

    /// Somebody says something, and does not wait; none if no bot listens.
    pub(crate) fn hand(&mut self, actor: Actor, text: &str, id: &str) -> Option<Answer> {
        let bot = self.bot.as_ref().filter(|it| it.is_ready())?;
        Some(bot.hear(actor, text, id))
    }

    /// Whether a bot is there, and whether it listens.
    pub(crate) fn is_alive(&self) -> (bool, bool) {
        (self.bot.is_some(), self.bot.as_ref().is_some_and(Bot::is_ready))
    }

    /// Says it once; none if the bot died over it.
    pub(crate) fn try_say(&mut self, text: &str, id: &str) -> Option<Heard> {
        while !self.bot.as_ref().is_some_and(Bot::is_ready) {
            match &self.bot {
                None => self.start(),
                Some(_) => {
                    let before = self.world().steady;
                    if self.run_until(Duration::from_millis(10), |_| false) == Went::Killed {
                        self.revive();
                    } else {
                        assert!(self.world().steady > before, "a bot that never begins");
                    }
                }
            }
        }
        let answer: Answer = self.bot.as_ref()?.hear(Actor::console(1000), text, id);
        let waiting = answer.clone();
        let went = self.run_until(FOREVER, move |_| waiting.lock().unwrap().is_some());
        let heard = answer.lock().unwrap().take();
        match (went, heard) {
            // An answer that was on its way when the bot died was not heard.
            (Went::Killed, _) => {
                self.revive();
                None
            }
            (_, Some(Ok(heard))) => Some(heard),
            (_, Some(Err(error))) => panic!("{text}: {error}"),
            (_, None) => panic!("{text} is never answered"),
        }
    }

    /// Everything that was told, line by line.
    pub(crate) fn transcript(&self) -> String {
        let world = self.world();
        world.told().iter().map(|(at, told)| format!("{} {told:?}\n", at.strftime("%a %H:%M:%S"))).collect()
    }
}

fn told(heard: &Heard) -> String {
    heard.reply.to_string()
}
