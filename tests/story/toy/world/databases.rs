//! A pair of databases: one server per color, writers on whoever serves, and a ring between them.

mod pointing;

use std::time::Duration;

use changeover::ports::{Channel, Positions, ServerStanding};
use events::color::{ByColor, Color};
use events::fault::Fault;
use events::fold::StepState;
use events::intent::WayBack;

use super::{Flow, Told, World};
use crate::toy::given;

/// How long requests wait in a crossing at most, as the terms of the stories say.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Both servers, and whoever holds the lock on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Databases {
    pub(crate) servers: ByColor<Server>,
    /// What applications were told is written, in milliseconds of writing on each color.
    acked: ByColor<u64>,
    /// The sessions that hold the lock; others were killed.
    session: u64,
    /// A freeze on its way: when it lands, and of which sessions.
    pending: Option<(Duration, u64, Color)>,
    /// How long a freeze takes to land.
    pub(crate) freeze_takes: Duration,
    /// How long what was written takes to be applied on the other side.
    pub(crate) apply_takes: Duration,
    /// Whether the load is too high to cross.
    pub(crate) is_saturated: bool,
    /// How long writes may fail in a crossing, where nobody can wait.
    pub(crate) write_errors: Option<Duration>,
    /// How long they have been failing.
    failing: Duration,
    /// Whose server each color uses, where that is not its own.
    pub(crate) points: Option<ByColor<Color>>,
    /// Which color can't be pointed anywhere.
    pub(crate) unreachable: Option<Color>,
    /// Whether a loss was accepted.
    exported: Option<u64>,
    /// A bot died between its freeze and the firmer pause, and stayed dead for longer than requests can wait: they went on
    /// to this color, whose readers are answered and whose writers are refused until there is a bot again, and it opens.
    refused_while_dead: Option<Color>,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) is_open: bool,
    is_born_frozen: bool,
    /// Whether it follows the other one, and whether that runs.
    pub(crate) channel: Option<bool>,
    /// What it has of what was written on each color.
    has: ByColor<u64>,
}

impl Databases {
    /// Blue's takes writes, and green's follows it.
    pub(crate) fn blue_is_primary() -> Self {
        let server = |is_open, channel| Server { is_open, is_born_frozen: !is_open, channel, has: ByColor::default() };
        Self {
            servers: ByColor { blue: server(true, None), green: server(false, Some(true)) },
            acked: ByColor::default(),
            session: 0,
            pending: None,
            freeze_takes: Duration::ZERO,
            apply_takes: Duration::ZERO,
            is_saturated: false,
            write_errors: None,
            failing: Duration::ZERO,
            points: None,
            unreachable: None,
            exported: None,
            refused_while_dead: None,
        }
    }

    /// What one has that the other one lacks.
    fn ahead(&self, color: Color) -> u64 {
        let (own, other) = (self.servers.get(color), self.servers.get(color.other()));
        Color::BOTH.iter().map(|it| own.has.get(*it).saturating_sub(*other.has.get(*it))).sum()
    }

    pub(crate) fn standing(&self, color: Color) -> ServerStanding {
        let server = self.servers.get(color);
        let channel = |is_running| Channel { is_running, lag: Some(Duration::ZERO), note: String::new() };
        // What is on its way is no more than the other one has not applied yet.
        let own = server.has.get(color).saturating_sub(*self.servers.get(color.other()).has.get(color));
        ServerStanding {
            is_open: server.is_open,
            is_born_frozen: Some(server.is_born_frozen),
            channel: server.channel.map(channel),
            ahead: Some(if server.is_open { self.ahead(color) } else { own }),
            position: format!("blue {}, green {}", server.has.blue, server.has.green),
            version: "ToySQL 9".to_owned(),
        }
    }

    /// Whether a freeze is on its way.
    pub(crate) fn is_freezing(&self) -> bool {
        self.pending.is_some()
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.pending.map(|(at, _, _)| at)
    }

    /// Everything that runs is applied.
    fn apply(&mut self) {
        for color in Color::BOTH {
            if self.servers.get(color).channel == Some(true) {
                let source = self.servers.get(color.other()).has.clone();
                let has = &mut self.servers.get_mut(color).has;
                for it in Color::BOTH {
                    *has.get_mut(it) = (*has.get(it)).max(*source.get(it));
                }
            }
        }
    }

    fn described(&self, color: Color) -> String {
        let Server { is_open, channel, .. } = self.servers.get(color);
        let writes = if *is_open { "takes writes" } else { "is frozen" };
        let follows = match channel {
            Some(true) => format!("follows {}", color.other()),
            Some(false) => format!("has stopped to follow {}", color.other()),
            None => "follows nobody".to_owned(),
        };
        format!("the database of {color} {writes} and {follows}")
    }
}

impl World {
    /// The databases, in named fields; nothing where nothing crosses.
    pub(crate) fn image_of_databases(&self) -> Vec<String> {
        let Some(pair) = &self.databases else { return Vec::new() };
        let uses = |color: Color| format!("{color} uses the database of {}", pair.used_by(color));
        let pointed = Color::BOTH.into_iter().filter(|_| pair.points.is_some()).map(uses);
        Color::BOTH.into_iter().map(|color| pair.described(color)).chain(pointed).collect()
    }

    fn pair(&mut self) -> Result<&mut Databases, Fault> {
        self.databases.as_mut().ok_or_else(|| Fault::lasting("there are no databases"))
    }

    /// Whoever serves writes all the time.
    pub(super) fn databases_pass(&mut self, from: Duration, to: Duration) {
        let lasted = u64::try_from(to.saturating_sub(from).as_millis()).unwrap();
        let is_flowing = self.balancer.flow(from) == Flow::Flows;
        // Who sticks to the old color only reads what it shows.
        let is_sent = |it| self.balancer.weights.of(it) > 0 && !self.balancer.members.get(it).is_empty();
        let serves = Color::BOTH.map(|it| is_flowing && is_sent(it));
        let Some(pair) = &mut self.databases else { return };
        // Whatever holds requests when a bot dies does so for no longer than its budget.
        if self.deaths.is_dead(self.deaths.life) && to.saturating_sub(from) > LONGEST_PAUSE {
            let refuses = |it: &Color| is_sent(*it) && !pair.servers.get(pair.used_by(*it)).is_open;
            pair.refused_while_dead = Color::BOTH.into_iter().find(refuses);
        }
        let mut refused = None;
        for (color, serves) in Color::BOTH.into_iter().zip(serves) {
            let server = pair.used_by(color);
            if serves && pair.servers.get(server).is_open {
                *pair.servers.get_mut(server).has.get_mut(server) += lasted;
                *pair.acked.get_mut(server) += lasted;
            } else if serves && lasted > 0 {
                refused = Some(color);
            }
        }
        if pair.apply_takes.is_zero() {
            pair.apply();
        }
        let Some(color) = refused else {
            pair.failing = Duration::ZERO;
            return;
        };
        if pair.refused_while_dead == Some(color) {
            return;
        }
        if let Some(within) = pair.write_errors {
            // What fails while no bot is there is not its doing.
            if !self.deaths.is_dead(self.deaths.life) {
                pair.failing += to.saturating_sub(from);
            }
            if pair.failing <= within {
                return;
            }
        }
        let is_stuck = self.site().run.is_some_and(|it| it.stuck.is_some());
        if !self.is_disturbed() && !is_stuck {
            self.accuse(format!("users of {color} write, and its database is frozen"));
        }
    }

    /// What is on its way lands.
    pub(super) fn databases_land(&mut self, at: Duration) -> bool {
        let landed = self.databases.as_mut().and_then(|it| it.pending.take_if(|(due, _, _)| *due == at));
        let Some((_, _, color)) = landed else { return false };
        self.become_open(color, false);
        true
    }

    pub(crate) fn arm(&mut self, primary: Color, follows: bool) -> Result<(), Fault> {
        let pair = self.pair()?;
        let server = pair.servers.get_mut(primary);
        if server.channel.is_some() != follows {
            server.channel = follows.then_some(true);
            server.is_born_frozen = follows;
            let told = pair.described(primary);
            self.tell(|| Told::World(told));
        }
        Ok(())
    }

    /// New sessions hold the lock; what the old ones had pending is gone with them.
    pub(crate) fn fence(&mut self) -> Result<u64, Fault> {
        let pair = self.pair()?;
        pair.session += 1;
        pair.pending = None;
        Ok(pair.session)
    }

    fn held(&mut self, session: u64) -> Result<&mut Databases, Fault> {
        let pair = self.pair()?;
        if pair.session != session {
            return Err(Fault::lasting("the session was killed by another one"));
        }
        Ok(pair)
    }

    pub(crate) fn gate(&mut self, session: u64) -> Result<(), Fault> {
        let pair = self.held(session)?;
        if pair.is_saturated {
            return Err(Fault::lasting("this load can't cross: three probes in a row took more than 15 ms"));
        }
        Ok(())
    }

    pub(crate) fn settle(&mut self, session: u64) -> Result<(), Fault> {
        self.held(session).map(drop)
    }

    /// A freeze is sent; gives how long it takes.
    pub(crate) fn freeze(&mut self, session: u64, color: Color) -> Result<Duration, Fault> {
        let now = self.steady;
        let pair = self.held(session)?;
        let takes = pair.freeze_takes;
        if !pair.servers.get(color).is_open {
            return Ok(Duration::ZERO);
        }
        if takes.is_zero() {
            self.become_open(color, false);
        } else {
            pair.pending = Some((now + takes, session, color));
        }
        Ok(takes)
    }

    /// There are no administrators here whom a freeze would not stop.
    pub(crate) fn keep_frozen(&mut self, session: u64) -> Result<(), Fault> {
        self.held(session).map(drop)
    }

    /// The watchdog ends a freeze that takes too long.
    pub(crate) fn give_up(&mut self, session: u64) -> Result<(), Fault> {
        self.held(session)?.pending = None;
        Err(Fault::passing("the freeze was given up: a write has been running for 10 s (session 42); wait for it"))
    }

    pub(crate) fn equal(&mut self, session: u64, from: Color) -> Result<Positions, Fault> {
        let pair = self.held(session)?;
        pair.apply();
        let (own, other) = (pair.ahead(from), pair.ahead(from.other()));
        if own + other > 0 {
            return Err(Fault::lasting(format!("the servers differ: {own} and {other} transactions on one side only")));
        }
        Ok(Positions(ByColor::from_fn(|it| pair.standing(it).position)))
    }

    pub(crate) fn open(&mut self, session: u64, color: Color) -> Result<(), Fault> {
        self.held(session)?;
        self.become_open(color, true);
        Ok(())
    }

    pub(crate) fn clean_up(&mut self, session: u64, to: Color) -> Result<(), Fault> {
        let pair = self.held(session)?;
        pair.servers.get_mut(to).is_born_frozen = false;
        pair.servers.get_mut(to.other()).is_born_frozen = true;
        Ok(())
    }

    pub(crate) fn missing(&mut self, from: Color) -> Result<u64, Fault> {
        Ok(self.pair()?.ahead(from))
    }

    pub(crate) fn export(&mut self, from: Color) -> Result<u64, Fault> {
        let missing = self.missing(from)?;
        self.pair()?.exported = Some(missing);
        self.tell(|| Told::World(format!("what only {from} has is written to a file")));
        Ok(missing)
    }

    /// A server takes writes, or none, from now on; what must never be is judged.
    fn become_open(&mut self, color: Color, is_open: bool) {
        let Some(pair) = &mut self.databases else { return };
        if pair.servers.get(color).is_open == is_open {
            return;
        }
        pair.servers.get_mut(color).is_open = is_open;
        pair.refused_while_dead.take_if(|it| *it == color);
        let (told, has) = (pair.described(color), pair.servers.get(color).has.clone());
        let is_lost = Color::BOTH.iter().any(|it| has.get(*it) < pair.acked.get(*it)) && pair.exported.is_none();
        let are_two = is_open && pair.servers.get(color.other()).is_open;
        self.tell(|| Told::World(told));
        self.judge_log(color, is_open);
        if are_two && !self.is_disturbed() {
            self.accuse("both databases take writes".to_owned());
        }
        if is_open && is_lost && !self.is_disturbed() {
            self.accuse(format!("the database of {color} was opened, and what was acknowledged is not in it"));
        }
    }

    /// Log first: a database is frozen or opened only by a step that was begun, and the new one only once that is journaled.
    fn judge_log(&mut self, color: Color, is_open: bool) {
        let site = self.journal.state.site(&given::site());
        let state = site.run.as_ref().and_then(|run| run.stands_at().map(|(_, state)| (run.color, state.clone())));
        let (is_underway, is_promoting, to) = match state {
            Some((to, StepState::Open { begun, .. })) => (true, matches!(begun.way_back, WayBack::Never { .. }), to),
            Some((to, StepState::Undoing { .. })) => (true, false, to),
            _ => (false, false, color.other()),
        };
        if !is_underway {
            self.accuse(format!("the database of {color} was changed, and the log knows nothing of it"));
        }
        if is_open && color == to && !is_promoting {
            self.accuse(format!("the database of {color} was opened before that was in the log"));
        }
    }

    /// What somebody else does to a database.
    pub(super) fn meddle(&mut self, color: Color, with: Meddling) {
        let Some(pair) = &mut self.databases else { return };
        let server = pair.servers.get_mut(color);
        match with {
            Meddling::Opened => server.is_open = true,
            Meddling::Written => *server.has.get_mut(color) += 3,
            Meddling::Stopped => server.channel = server.channel.map(|_| false),
        }
    }
}

/// What somebody else can do to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meddling {
    /// It takes writes.
    Opened,
    /// Somebody writes to it, whoever else may.
    Written,
    /// It follows no more.
    Stopped,
}
