//! Where what people say on a platform comes in: verified by the platform's own room, kept here, then acknowledged.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use commands::card::Press;
use commands::grammar::{self, Candidates, Completion};
use commands::order::{Command, Order};
use commands::speaker::Speaker;
use events::chat::Shown;
use events::envelope::{Correlation, EventId};
use events::fact::{Event, InboxEvent};
use events::fold::{Inbox, State};
use events::name::SiteName;
use events::number::{RunNumber, Version};

use super::Place;
use super::limits::{Limits, Over, Rates};
use crate::clock::Clock;
use crate::desk::{Desk, Line};
use crate::engine::book::Cause;
use crate::ports::AppendError;

/// How many orders may wait to be decided.
const WAITING: usize = 1_000;
/// The longest name of a delivery, in bytes.
const DELIVERY_LIMIT: usize = 200;
/// How many ways to go on are offered: what Discord shows.
const OFFERS: usize = 25;
/// How many runs of a site are offered.
const RUNS: usize = 5;

/// One thing that somebody said or pressed, verified, with an id that names the delivery for ever.
#[derive(Debug, Clone)]
pub struct Inbound {
    pub speaker: Speaker,
    /// The platform's own name of the delivery; the same name again is the same delivery.
    pub id: String,
    pub said: Said,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum Said {
    Line(String),
    /// What stands behind a button, as the platform gave it back, with the reason where it asks for one.
    Press(String, Option<String>),
}

/// What is known before the platform is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// All there is to say: an answer that needed nothing but the log, or a sentence on what was not understood.
    Answered(String),
    /// It is kept, and will be decided whatever happens to this process; the answer comes to its place.
    Kept,
    /// The same delivery came before.
    Again,
    /// It could not be kept, and nothing follows from it: say it again.
    Lost(String),
}

/// Takes what comes in.
pub struct Reception {
    desk: Arc<Desk>,
    limits: Limits,
}

/// An order that is to be kept.
struct Kept {
    site: SiteName,
    order: Order,
    shown: Option<Shown>,
}

impl Reception {
    #[must_use]
    pub fn new(desk: Arc<Desk>, rates: Rates, clock: &Arc<dyn Clock>) -> Self {
        Self { desk, limits: Limits::new(rates, clock) }
    }

    /// Keeps it; durable on return where the answer says so. Never waits for anything but the log.
    pub async fn take(&self, inbound: Inbound) -> Taken {
        let delivery = format!("{}/{}", inbound.place.platform, inbound.id);
        if delivery.len() > DELIVERY_LIMIT || delivery.chars().any(char::is_control) {
            return Taken::Lost("the platform gave this a name that can't be kept; say it again".to_owned());
        }
        let (text, shown) = match &inbound.said {
            Said::Line(text) => (text.clone(), None),
            Said::Press(text, reason) => match Press::read(text, self.desk.rooms.keys()) {
                Ok(press) => (press.line(reason.as_deref()), Some(press.shown)),
                Err(bad) => {
                    self.desk.nonsense.fetch_add(1, Ordering::Relaxed);
                    return Taken::Answered(bad.to_string());
                }
            },
        };
        match grammar::parse(&text, &self.desk.directory) {
            Ok(Command::Order { site, order }) => {
                self.keep(&inbound, &delivery, Kept { site, order, shown }).await.unwrap_or_else(|error| lost(&error))
            }
            Ok(Command::Question { .. }) | Err(_) => {
                self.answer(&inbound, &delivery, text).await.unwrap_or_else(|error| lost(&error))
            }
        }
    }

    /// Ways to go on with what was typed so far, best first. From the log alone: nobody outside is asked.
    #[must_use]
    pub fn complete(&self, line: &str) -> Vec<Completion> {
        let candidates = self.desk.book.look(candidates);
        let mut offers = grammar::complete(line, line.len(), &self.desk.directory, &candidates);
        offers.truncate(OFFERS);
        offers
    }

    /// What needs no decision is answered at once, and not kept.
    async fn answer(&self, inbound: &Inbound, delivery: &str, text: String) -> Result<Taken, AppendError> {
        let actor = &inbound.speaker.actor;
        if let Err(over) = self.limits.count(actor, Some(&inbound.place), None) {
            return self.refuse(inbound, delivery, over).await;
        }
        let line = Line { speaker: inbound.speaker.clone(), id: delivery.to_owned(), text, shown: None, place: None };
        Ok(match self.desk.hear(&line).await {
            Ok(heard) => Taken::Answered(heard.reply.to_string()),
            Err(error) => Taken::Lost(error.to_string()),
        })
    }

    async fn keep(&self, inbound: &Inbound, delivery: &str, kept: Kept) -> Result<Taken, AppendError> {
        let book = &self.desk.book;
        let id = format!("received/{delivery}");
        let found = book.log().find(&EventId(format!("{id}/0"))).await;
        if found.map_err(|error| AppendError::Broken(error.to_string()))?.is_some() {
            return Ok(Taken::Again);
        }
        let Inbound { speaker, place, .. } = inbound;
        // Nobody's noise keeps somebody from turning back.
        let (channel, site) = if turns_back(&kept.order) { (None, None) } else { (Some(place), Some(&kept.site)) };
        if let Err(over) = self.limits.count(&speaker.actor, channel, site) {
            return self.refuse(inbound, delivery, over).await;
        }
        if book.look(|state| state.inbox.waiting.len()) >= WAITING {
            return Ok(Taken::Lost("too many orders wait to be decided; say it again in a while".to_owned()));
        }
        let fact = InboxEvent::Received {
            place: place.clone(),
            groups: speaker.groups.clone(),
            line: grammar::spell(&Command::Order { site: kept.site, order: kept.order }),
            shown: kept.shown,
        };
        let cause =
            Cause { actor: speaker.actor.clone(), correlation: Correlation(delivery.to_owned()), causation: None, id };
        match book.append(Inbox::stream(delivery), Version(0), &cause, &[Event::Inbox(fact)]).await {
            Ok(_) => Ok(Taken::Kept),
            // It came twice at once, and the other one was kept.
            Err(AppendError::Forged(_) | AppendError::Moved { .. }) => Ok(Taken::Again),
            Err(error) => Err(error),
        }
    }

    /// Over the limit people get a sentence, and the log a line, but not one for each.
    async fn refuse(&self, inbound: &Inbound, delivery: &str, over: Over) -> Result<Taken, AppendError> {
        if self.limits.is_news(&inbound.speaker.actor) {
            self.desk.orders.misread(&inbound.speaker.actor, delivery, "too_many_lines").await?;
        }
        Ok(Taken::Answered(over.to_string()))
    }
}

fn lost(error: &AppendError) -> Taken {
    tracing::error!(%error, "an order could not be kept");
    Taken::Lost(format!("this was not kept, and nothing follows from it: {error}; say it again"))
}

fn turns_back(order: &Order) -> bool {
    match order {
        Order::Abort { .. } | Order::Rollback { .. } => true,
        Order::Deploy(_)
        | Order::Cutover(_)
        | Order::Decommission { .. }
        | Order::Keep(_)
        | Order::Approve(_)
        | Order::Reject { .. }
        | Order::Withdraw
        | Order::Confirm { .. }
        | Order::Unqueue { .. }
        | Order::Retry
        | Order::Skip { .. }
        | Order::Lock(_)
        | Order::Unlock
        | Order::Adopt => false,
    }
}

/// What is worth offering: the releases and the newest runs that the log knows.
fn candidates(state: &State) -> Candidates {
    let mut candidates = Candidates::default();
    for (name, site) in &state.sites {
        let environments = [&site.environments.blue, &site.environments.green];
        let open = site.run.as_ref().and_then(|it| it.release.as_ref());
        for release in open.into_iter().chain(environments.into_iter().filter_map(|it| it.release.as_ref())) {
            if !candidates.releases.contains(&release.name) {
                candidates.releases.push(release.name.clone());
            }
        }
        let newest = (1..=site.newest.0).rev().take(RUNS);
        candidates.runs.extend(newest.map(|run| (name.clone(), RunNumber(run))));
    }
    candidates
}
