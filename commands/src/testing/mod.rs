//! Stories: lines are said, the site is run against a [`World`], and what happened is told as a transcript.

mod engine;
mod given;
mod invariants;
mod look;
mod world;

use std::collections::BTreeMap;

use events::actor::Actor;
use events::chain::Hash;
use events::chat::Shown;
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::fact::{Event, Heading, RunEvent, StepEvent};
use events::fault::Fault;
use events::fold::{Site, State};
use events::intent::Intent;
use events::number::{Attempt, Epoch, Position, Version};
use events::terms::Terms;
use events::wire;
use jiff::{SignedDuration, Timestamp};

pub(crate) use engine::Turn;
pub(crate) use given::{crossing_terms, name, person, release, schedule, terms, time};
pub(crate) use world::World;

use crate::calendar::{Zone, next_clock};
use crate::decide::{confirmed, decide};
use crate::grammar::{Directory, parse};
use crate::order::{At, Command, Order};
use crate::permit::permit;
use crate::pinned::{Lossless, Pinned};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::sentence;
use crate::speaker::Speaker;

/// What the world does when it is asked for a step, instead of doing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It would not, so many times; then it does.
    Fault(Fault, u32),
    /// It accepts, and nothing ever shows.
    Silent,
    /// It accepts, and it shows so much later.
    Slow(SignedDuration),
    /// It shows so much later, but the bot died before it could write that it had asked.
    Unheard(SignedDuration),
}

/// A site, its world and what happened so far.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) state: State,
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) terms: Terms,
    pub(crate) lossless: Lossless,
    pub(crate) policy: Policy,
    /// By step, counted from 1 as people do.
    pub(crate) replies: BTreeMap<(u16, bool), Reply>,
    pending: Vec<(Timestamp, Intent)>,
    pub(crate) log: Vec<Recorded>,
    told: Vec<String>,
    /// What the button took for granted that is being pressed.
    shown: Option<Shown>,
}

impl Story {
    /// A site that nobody has looked at, on a Monday morning.
    pub(crate) fn new(world: World) -> Self {
        Self {
            state: State::default(),
            world,
            now: time("2026-08-10T09:00:00Z"),
            terms: terms(),
            lossless: Lossless::Yes,
            policy: Policy::default(),
            replies: BTreeMap::new(),
            pending: Vec::new(),
            log: Vec::new(),
            told: Vec::new(),
            shown: None,
        }
    }

    /// Blue was found live with 1.0 on two machines.
    pub(crate) fn adopted() -> Self {
        let mut story = Self::new(World::serving(&release("1.0"), time("2026-08-01T00:00:00Z")));
        story.say("adopt");
        story
    }

    /// Green was cut over to with 2.0; blue is the way back.
    pub(crate) fn with_window() -> Self {
        let mut story = Self::adopted();
        story.say("deploy 2.0").run().say("cutover").run();
        assert!(story.site().window.is_some(), "{}", story.text());
        story
    }

    pub(crate) fn site(&self) -> Site {
        self.state.site(&name())
    }

    /// Says a line as a person at the console would; what follows is told, and so is a refusal.
    pub(crate) fn say(&mut self, line: &str) -> &mut Self {
        self.tell(&format!("> {line}"));
        if let Err(refusal) = self.order(line) {
            self.tell(&format!("! {}: {refusal}", refusal.code()));
        }
        self
    }

    /// Says a line and tells nothing; the refusal is given back.
    pub(crate) fn order(&mut self, line: &str) -> Result<(), Refusal> {
        self.order_as(line, &person())
    }

    /// The same, by somebody, who confirms what can't be taken back.
    pub(crate) fn order_as(&mut self, line: &str, speaker: &Speaker) -> Result<(), Refusal> {
        self.say_once(line, speaker)?;
        match self.site().confirmation {
            Some(asked) if self.now < asked.expires_at => self.say_once(&asked.confirm, speaker),
            Some(_) | None => Ok(()),
        }
    }

    /// The same, and confirms nothing.
    pub(crate) fn say_once(&mut self, line: &str, speaker: &Speaker) -> Result<(), Refusal> {
        let directory = Directory::new([name()]);
        let command = parse(line, &directory).unwrap_or_else(|misread| panic!("{line}: {misread}"));
        let Command::Order { order, .. } = command else { panic!("{line} is a question") };
        self.decide(&order, speaker)
    }

    /// Presses a button that stands for a line, and took something for granted.
    pub(crate) fn press(&mut self, line: &str, shown: Shown) -> Result<(), Refusal> {
        self.press_as(line, shown, &person())
    }

    /// The same, by somebody.
    pub(crate) fn press_as(&mut self, line: &str, shown: Shown, speaker: &Speaker) -> Result<(), Refusal> {
        self.shown = Some(shown);
        let pressed = self.order_as(line, speaker);
        self.shown = None;
        pressed
    }

    pub(crate) fn decide(&mut self, order: &Order, speaker: &Speaker) -> Result<(), Refusal> {
        let site = self.site();
        let permit = permit(&self.policy, speaker, &name(), order)?;
        let pinned = Pinned { groups: speaker.groups.clone(), ..self.pinned(order) };
        let facts = decide(&site, order, &permit, &pinned, self.now)?;
        self.record(&speaker.actor, &facts);
        Ok(())
    }

    pub(super) fn pinned(&self, order: &Order) -> Pinned {
        let confirmed = confirmed(&self.site(), &name()).filter(|_| matches!(order, Order::Confirm { .. }));
        let order = confirmed.as_ref().unwrap_or(order);
        let name = if let Order::Deploy(it) = order { Some(&it.release) } else { None };
        let begin_at = order.at().map(|at| match at {
            At::Moment(moment) => *moment,
            At::Clock { hour, minute } => {
                next_clock(&"Europe/Berlin".parse::<Zone>().unwrap(), *hour, *minute, self.now)
            }
        });
        let release = name.filter(|it| it.as_str() != "unheard-of").map(|it| self::release(it.as_str()));
        Pinned {
            release,
            begin_at,
            world: Some(self.world.look_around()),
            lossless: Some(self.lossless.clone()),
            shown: self.shown.clone(),
            ..Pinned::bare(self.terms.clone())
        }
    }

    /// Lets the world answer step `step` of the open or next run, on its way forward, like this.
    pub(crate) fn forward(&mut self, step: u16, reply: Reply) -> &mut Self {
        self.replies.insert((step, false), reply);
        self
    }

    /// The same, on its way back.
    pub(crate) fn back(&mut self, step: u16, reply: Reply) -> &mut Self {
        self.replies.insert((step, true), reply);
        self
    }

    /// Somebody changes the world behind our back.
    pub(crate) fn meddle(&mut self, change: impl FnOnce(&mut World)) -> &mut Self {
        change(&mut self.world);
        self
    }

    /// Records facts as the log would, and checks that nothing impossible came of them.
    pub(crate) fn record(&mut self, actor: &Actor, facts: &[Event]) {
        let first = self.site();
        let requested = facts
            .iter()
            .find_map(|it| if let Event::Run(RunEvent::Requested { run, .. }) = it { Some(*run) } else { None });
        let run = requested.or_else(|| first.run.as_ref().map(|it| it.number));
        let correlation = run.map_or_else(|| "said".to_owned(), |run| format!("{}#{run}", name()));
        for fact in facts {
            let before = self.site();
            self.append(actor, fact, &correlation);
            if let Event::Step(StepEvent::Asked { heading: Heading::Forward, attempt: Attempt(1), .. }) = fact {
                continue;
            }
            self.tell(&format!("  {}", sentence::fact(fact, &before)));
        }
        // Facts of one breath are recorded together or not at all.
        for fact in facts {
            if let Err(why) = invariants::hold(&first, fact, &self.site()) {
                panic!("{why}, after {fact:?}\n{}", self.text());
            }
        }
    }

    fn append(&mut self, actor: &Actor, fact: &Event, correlation: &str) {
        let position = Position(self.log.len() as u64 + 1);
        let correlation = Correlation(correlation.to_owned());
        let event_id = EventId::derived("story", "fact", self.log.len());
        let draft = wire::draft(fact, event_id, actor.clone(), correlation, None).unwrap();
        let recorded = Recorded {
            position,
            event_id: draft.event_id,
            stream: Stream(name().to_string()),
            version: Version(position.0),
            kind: draft.kind,
            schema_version: draft.schema_version,
            recorded_at: self.now,
            actor: draft.actor,
            correlation: draft.correlation,
            causation: None,
            epoch: Epoch(1),
            payload: draft.payload,
            previous_hash: Hash([0; 32]),
            hash: Hash([0; 32]),
        };
        self.state.apply(&recorded);
        self.log.push(recorded);
    }

    fn tell(&mut self, what: &str) {
        self.told.push(format!("{} {what}\n", self.now.strftime("%a %H:%M:%S")));
    }

    /// What happened so far.
    pub(crate) fn text(&self) -> String {
        self.told.concat()
    }

    /// What happens from here on is told without what came before.
    pub(crate) fn forget(&mut self) -> &mut Self {
        self.told.clear();
        self
    }
}
