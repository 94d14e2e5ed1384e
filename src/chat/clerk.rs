//! The clerk: decides what the reception has kept, and answers whoever said it. What a bot before has left is gone on with.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use commands::card::{Card, answer};
use commands::sentence;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::envelope::Correlation;
use events::envelope::Stream;
use events::fact::{Event, InboxEvent, QueueEvent};
use events::fold::{Inbox, State, Untold, Waiting};
use events::name::SiteName;
use events::number::{Position, Ticket};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::{Chat, ChatError, Place, Platform};
use crate::clock::Clock;
use crate::desk::{Desk, Heard, Line};
use crate::engine::book::Cause;
use crate::ports::AppendError;

/// How many orders are decided at once; a release may take minutes to be pinned.
const AT_ONCE: usize = 64;
/// How many of them may ask the outside, so that there is always room for an abort.
const OUTSIDE: usize = 16;
/// The pause before something is tried again; doubles to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How often an answer is tried; after that only the log has it.
const TRIES: u32 = 12;

/// Decides and answers.
pub struct Clerk {
    pub desk: Arc<Desk>,
    pub chats: BTreeMap<Platform, Arc<dyn Chat>>,
    pub clock: Arc<dyn Clock>,
    pub stopped: CancellationToken,
}

impl Clerk {
    /// Works until told to stop, or until another bot has taken over.
    pub async fn run(self) {
        let book = &self.desk.book;
        let mut head = book.head();
        let mut served = FuturesUnordered::new();
        let mut underway: BTreeMap<Position, bool> = BTreeMap::new();
        let mut told = FuturesUnordered::new();
        let mut telling: BTreeSet<(SiteName, Ticket)> = BTreeSet::new();
        loop {
            head.mark_unchanged();
            // What is served goes on meanwhile: it may hold the book that is waited for.
            let mut catching_up = pin!(book.catch_up());
            let caught_up = loop {
                tokio::select! {
                    caught_up = catching_up.as_mut() => break caught_up,
                    Some(position) = served.next() => { underway.remove(&position); }
                    Some(of) = told.next() => { telling.remove(&of); }
                }
            };
            if let Err(error) = caught_up {
                tracing::error!(%error, "what waits to be decided can't be read");
            }
            if book.assert_not_fenced().is_err() {
                return;
            }
            for (position, waiting) in book.look(|state| next(&state.inbox, &underway)) {
                underway.insert(position, asks_outside(&waiting));
                let serving = self.serve(waiting);
                served.push(async move {
                    serving.await;
                    position
                });
            }
            for (site, it) in book.look(|state| untold(state, &telling)) {
                telling.insert((site.clone(), it.ticket));
                told.push(self.tell(site, it));
            }
            tokio::select! {
                () = self.stopped.cancelled() => return,
                Some(position) = served.next() => { underway.remove(&position); }
                Some(of) = told.next() => { telling.remove(&of); }
                changed = head.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn serve(&self, waiting: Waiting) {
        let InboxEvent::Received { place, groups, line, shown } = &waiting.received else { return };
        let id = Inbox::delivery(&waiting.stream).unwrap_or_default().to_owned();
        let speaker = Speaker { actor: waiting.actor.clone(), groups: groups.clone() };
        let line = Line { speaker, id, text: line.clone(), shown: shown.clone(), place: Some(place.clone()) };
        let Some(heard) = self.decide(&line).await else { return };
        let answered = match self
            .whisper(place, &answer(&heard.reply.to_string(), heard.is_refused || heard.confirm.is_some()))
            .await
        {
            Ok(()) => InboxEvent::Answered {},
            Err(why) => InboxEvent::Unanswered { why },
        };
        self.record(&waiting, &line.id, answered).await;
    }

    /// Decides it; the same delivery twice is decided once. None if this bot may not any more.
    async fn decide(&self, line: &Line) -> Option<Heard> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.desk.hear(line).await {
                Ok(heard) => return Some(heard),
                Err(error) => tracing::error!(%error, "an order could not be decided yet"),
            }
            self.desk.book.assert_not_fenced().ok()?;
            self.clock.pause(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn whisper(&self, place: &Place, card: &Card) -> Result<(), String> {
        let Some(chat) = self.chats.get(&place.platform) else {
            return Err(format!("{} is not in the configuration any more", place.platform));
        };
        let mut pause = FIRST_PAUSE;
        let mut error = String::new();
        for _ in 0..TRIES {
            let wait = match chat.whisper(place, card).await {
                Ok(()) => return Ok(()),
                Err(ChatError::Throttled { after }) => after,
                Err(ChatError::Passing(why)) => {
                    error = why;
                    pause
                }
                Err(why @ (ChatError::Gone | ChatError::Lasting(_))) => return Err(why.to_string()),
            };
            self.clock.pause(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(error)
    }

    /// Tells somebody why what they had queued was not begun. A bot that dies over it leaves it to the next.
    async fn tell(&self, site: SiteName, it: Untold) -> (SiteName, Ticket) {
        if let Err(error) = self.whisper(&it.place, &answer(&sentence::untold(&site, &it), true)).await {
            tracing::warn!(%site, ticket = %it.ticket, error, "what became of an order in the queue could not be told");
        }
        let cause = Cause {
            actor: Actor::system("clerk"),
            correlation: Correlation(format!("{site}/queue/{}", it.ticket)),
            causation: None,
            id: format!("{site}/queue/{}/told", it.ticket),
        };
        let facts = [Event::Queue(QueueEvent::Told { ticket: it.ticket })];
        let (book, stream) = (&self.desk.book, Stream(site.to_string()));
        let mut pause = FIRST_PAUSE;
        while book.assert_not_fenced().is_ok() {
            let turn = book.turn(&stream).await;
            let appended = match book.catch_up().await {
                Ok(()) => book.append(stream.clone(), book.version(&stream), &cause, &facts).await,
                Err(error) => Err(AppendError::Broken(error.to_string())),
            };
            drop(turn);
            match appended {
                Ok(_) | Err(AppendError::Forged(_)) => break,
                Err(AppendError::Moved { .. }) => {}
                Err(error) => {
                    tracing::error!(%error, "that somebody was told could not be recorded yet");
                    self.clock.pause(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        (site, it.ticket)
    }

    async fn record(&self, waiting: &Waiting, delivery: &str, fact: InboxEvent) {
        let cause = Cause {
            actor: Actor::system("clerk"),
            correlation: Correlation(delivery.to_owned()),
            causation: None,
            id: format!("answered/{delivery}"),
        };
        let facts = [Event::Inbox(fact)];
        let mut pause = FIRST_PAUSE;
        loop {
            match self.desk.book.append(waiting.stream.clone(), waiting.version, &cause, &facts).await {
                Ok(_) | Err(AppendError::Forged(_) | AppendError::Moved { .. }) => return,
                Err(error) => tracing::error!(%error, "that an order was answered could not be recorded yet"),
            }
            if self.desk.book.assert_not_fenced().is_err() {
                return;
            }
            self.clock.pause(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// What can be begun beside what is underway, oldest first.
fn next(inbox: &Inbox, underway: &BTreeMap<Position, bool>) -> Vec<(Position, Waiting)> {
    let mut all = underway.len();
    let mut outside = underway.values().filter(|it| **it).count();
    let is_free = |(position, waiting): &(&Position, &Waiting)| {
        if underway.contains_key(position) || all >= AT_ONCE || (asks_outside(waiting) && outside >= OUTSIDE) {
            return false;
        }
        all += 1;
        outside += usize::from(asks_outside(waiting));
        true
    };
    inbox.waiting.iter().filter(is_free).map(|(position, waiting)| (*position, waiting.clone())).collect()
}

/// Whom to tell what became of what they had queued. A site that is parked takes no news.
fn untold(state: &State, telling: &BTreeSet<(SiteName, Ticket)>) -> Vec<(SiteName, Untold)> {
    let sites = state.sites.iter().filter(|(_, site)| site.parked.is_none());
    let all = sites.flat_map(|(name, site)| site.queue.untold.iter().map(|it| (name.clone(), it.clone())));
    all.filter(|(name, it)| !telling.contains(&(name.clone(), it.ticket))).collect()
}

/// Whether deciding it asks somebody outside, who may take minutes.
fn asks_outside(waiting: &Waiting) -> bool {
    match &waiting.received {
        InboxEvent::Received { line, .. } => ["deploy ", "adopt ", "confirm "].iter().any(|it| line.starts_with(it)),
        InboxEvent::Answered {} | InboxEvent::Unanswered { .. } => false,
    }
}
