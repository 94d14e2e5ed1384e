//! Orders: permit, pin, decide, record. For people and for the schedule alike.

use std::str::FromStr as _;
use std::sync::Arc;

use commands::answer::{PlanReport, plan};
use commands::calendar::{Zone, next_clock};
use commands::decide::confirmed;
use commands::next;
use commands::order::{At, Order};
use commands::pinned::{Lossless, Pinned, World};
use commands::policy::Policy;
use commands::refusal::Refusal;
use commands::sentence;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::chat::{Place, Shown};
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::fact::{Event, OrderEvent, RunEvent};
use events::fold::Site;
use events::number::RunNumber;
use events::release::Release;
use jiff::Timestamp;

use super::book::{Book, Cause};
use super::databases;
use super::room::Room;
use super::seams::{decide, permit};
use crate::clock::Clock;
use crate::ports::AppendError;

/// How often an order is decided anew because somebody else wrote to the site meanwhile.
const DECISIONS: usize = 16;

/// An order as it was delivered.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub speaker: Speaker,
    /// Names the delivery for ever: the same delivery twice is decided once.
    pub id: String,
    pub order: Order,
    /// Where it was pressed: what the button took for granted.
    pub shown: Option<Shown>,
    /// Where it was said; none for the console.
    pub place: Option<Place>,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// These facts were recorded, on top of the site as it was; a sentence for each.
    Done {
        sentences: Vec<String>,
        recorded: Vec<Recorded>,
        before: Box<Site>,
    },
    /// The same delivery came before; this was the first fact that followed from it.
    Before {
        recorded: Box<Recorded>,
    },
    /// What would be done.
    Planned(Option<PlanReport>),
    Refused(Refusal),
}

/// Takes orders.
pub struct Orders {
    pub book: Arc<Book>,
    pub clock: Arc<dyn Clock>,
    pub policy: Policy,
}

impl Orders {
    /// Decides one delivered order and records what follows. A refusal is recorded too, without what was typed.
    pub async fn take(&self, room: &Room, delivered: &Delivered) -> Result<Said, AppendError> {
        if let Some(said) = self.said_before(delivered).await? {
            return Ok(said);
        }
        match self.take_new(room, delivered).await {
            // The same delivery came twice at once, and the other one was decided first.
            Err(AppendError::Forged(id)) => self.said_before(delivered).await?.ok_or(AppendError::Forged(id)),
            taken => taken,
        }
    }

    async fn take_new(&self, room: &Room, delivered: &Delivered) -> Result<Said, AppendError> {
        match self.decide(room, delivered).await? {
            Ok(said) => Ok(said),
            Err(refusal) => {
                let verb = Some(delivered.order.verb().to_owned());
                let fact = OrderEvent::Refused { verb, code: refusal.code().to_owned() };
                self.refuse(Stream(room.name.to_string()), &delivered.speaker.actor, &delivered.id, fact).await?;
                Ok(Said::Refused(refusal))
            }
        }
    }

    /// Records that a line was not understood, on the bot's own stream.
    pub async fn misread(&self, actor: &Actor, id: &str, code: &str) -> Result<(), AppendError> {
        let fact = OrderEvent::Refused { verb: None, code: code.to_owned() };
        self.refuse(Stream::bot(), actor, id, fact).await
    }

    /// Decides an order that the schedule gives; one that is refused is put off to the next slot.
    pub async fn from_schedule(&self, room: &Room, site: &Site, order: Order) -> Result<(), AppendError> {
        let speaker = Speaker::alone(Actor::system("schedule"));
        let id = format!("{}/{}/schedule", room.name, site.version.next());
        let pinned = Pinned::bare(room.terms.clone());
        let now = self.clock.now();
        let decided = permit(&self.policy, &speaker, &room.name, &order)
            .and_then(|permit| decide(site, &order, &permit, &pinned, now));
        let facts = match decided {
            Ok(facts) => facts,
            Err(refusal) => next::refused(site, &refusal.to_string(), now).into_iter().collect(),
        };
        if !facts.is_empty() {
            let _turn = self.book.turn(&Stream(room.name.to_string())).await;
            self.record(room, site, &speaker.actor, &id, &facts).await?;
        }
        Ok(())
    }

    async fn decide(&self, room: &Room, delivered: &Delivered) -> Result<Result<Said, Refusal>, AppendError> {
        let order = &delivered.order;
        let permit = match permit(&self.policy, &delivered.speaker, &room.name, order) {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let pinned = match self.pin(room, delivered).await {
            Ok(pinned) => pinned,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _turn = self.book.turn(&Stream(room.name.to_string())).await;
        for _ in 0..DECISIONS {
            let site = self.site(room).await?;
            let facts = match decide(&site, order, &permit, &pinned, self.clock.now()) {
                Ok(facts) => facts,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if order.is_dry() {
                return Ok(Ok(Said::Planned(planned(&facts))));
            }
            match self.record(room, &site, &delivered.speaker.actor, &delivered.id, &facts).await {
                Ok(recorded) => return Ok(Ok(done(&site, &facts, recorded))),
                Err(AppendError::Moved { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Err(Refusal::WorldUnreadable { why: "too much is being written to this site at once".to_owned() }))
    }

    /// Asks the outside everything that the decision needs; only reads.
    pub(super) async fn pin(&self, room: &Room, delivered: &Delivered) -> Result<Pinned, Refusal> {
        // What is confirmed needs what it needed when it was said first.
        let confirmed = confirmed(&self.book.site(&room.name), &room.name);
        let order = confirmed.filter(|_| matches!(delivered.order, Order::Confirm { .. }));
        let order = order.as_ref().unwrap_or(&delivered.order);
        let release = self.release(room, order).await?;
        let begin_at = self.begin_at(room, order);
        let world = self.world(room, order).await?;
        let lossless = self.lossless(room, order).await;
        Ok(Pinned {
            release,
            begin_at,
            world,
            lossless,
            shown: delivered.shown.clone(),
            place: delivered.place.clone(),
            groups: delivered.speaker.groups.clone(),
            ..Pinned::bare(room.terms.clone())
        })
    }

    async fn release(&self, room: &Room, order: &Order) -> Result<Option<Release>, Refusal> {
        let Order::Deploy(deploy) = order else { return Ok(None) };
        let pinned = room.delivery.resolve(&deploy.release).await;
        pinned.map(Some).map_err(|fault| Refusal::NoRelease { why: fault.text })
    }

    fn begin_at(&self, room: &Room, order: &Order) -> Option<Timestamp> {
        match order.at()? {
            At::Moment(moment) => Some(*moment),
            At::Clock { hour, minute } => {
                // The configuration was refused if the zone were none.
                let zone = Zone::from_str(&room.terms.window.decommission.zone).unwrap_or_else(|_| Zone::utc());
                Some(next_clock(&zone, *hour, *minute, self.clock.now()))
            }
        }
    }

    async fn world(&self, room: &Room, order: &Order) -> Result<Option<World>, Refusal> {
        if *order != Order::Adopt {
            return Ok(None);
        }
        room.look_around().await.map(Some).map_err(|fault| Refusal::WorldUnreadable { why: fault.text })
    }

    /// Whether the databases could come back whole, where they would have to.
    async fn lossless(&self, room: &Room, order: &Order) -> Option<Lossless> {
        let Order::Rollback { .. } = order else { return None };
        let site = self.book.site(&room.name);
        let crossed = site.run.as_ref().filter(|it| it.has_crossed()).map(|it| it.color);
        databases::lossless(room, crossed.or(site.live)?).await
    }

    async fn site(&self, room: &Room) -> Result<Site, AppendError> {
        self.book.site_now(&room.name).await.map_err(|error| AppendError::Broken(error.to_string()))
    }

    /// What the same delivery came to before: it is decided once, however often it comes.
    async fn said_before(&self, delivered: &Delivered) -> Result<Option<Said>, AppendError> {
        let first = EventId(format!("{}/0", delivered.id));
        let found = self.book.log().find(&first).await.map_err(|error| AppendError::Broken(error.to_string()))?;
        Ok(found.map(|recorded| Said::Before { recorded: Box::new(recorded) }))
    }

    pub(super) async fn record(
        &self,
        room: &Room,
        site: &Site,
        actor: &Actor,
        id: &str,
        facts: &[Event],
    ) -> Result<Vec<Recorded>, AppendError> {
        let run = facts.iter().find_map(requested).or_else(|| site.run.as_ref().map(|it| it.number));
        let correlation = run.map_or_else(|| id.to_owned(), |run| format!("{}#{run}", room.name));
        let cause =
            Cause { actor: actor.clone(), correlation: Correlation(correlation), causation: None, id: id.to_owned() };
        self.book.append(Stream(room.name.to_string()), site.version, &cause, facts).await
    }

    async fn refuse(&self, stream: Stream, actor: &Actor, id: &str, fact: OrderEvent) -> Result<(), AppendError> {
        let cause =
            Cause { actor: actor.clone(), correlation: Correlation(id.to_owned()), causation: None, id: id.to_owned() };
        let facts = [Event::Order(fact)];
        let _turn = self.book.turn(&stream).await;
        let mut decisions = 0;
        loop {
            self.book.catch_up().await.map_err(|error| AppendError::Broken(error.to_string()))?;
            let version = self.book.version(&stream);
            decisions += 1;
            match self.book.append(stream.clone(), version, &cause, &facts).await {
                Err(AppendError::Moved { .. }) if decisions < DECISIONS => {}
                // What could not be recorded is not answered as if it were.
                said => return said.map(drop),
            }
        }
    }
}

fn requested(event: &Event) -> Option<RunNumber> {
    if let Event::Run(RunEvent::Requested { run, .. }) = event { Some(*run) } else { None }
}

fn planned(facts: &[Event]) -> Option<PlanReport> {
    facts.iter().find_map(|fact| match fact {
        Event::Run(RunEvent::Requested { kind, color, release, plan: steps, .. }) => {
            Some(plan(sentence::headline(*kind, *color, release.as_ref()), steps))
        }
        Event::Run(_)
        | Event::Site(_)
        | Event::Step(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Window(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => None,
    })
}

fn done(site: &Site, facts: &[Event], recorded: Vec<Recorded>) -> Said {
    let sentences = facts.iter().map(|fact| sentence::fact(fact, site)).collect();
    Said::Done { sentences, recorded, before: Box::new(site.clone()) }
}
