//! The outbox of one channel: one message for each run, question, window and lock, changed in place, with details in its thread.
//!
//! What there is to show follows from the log alone, and what was shown is in the log too. A message is written down
//! before it is posted for the first time, so whoever comes after a crash looks for it before posting it again. Nothing
//! here holds a run up.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use commands::card::{Board, Card, Posting};
use events::actor::Actor;
use events::chat::{Channel, Subject};
use events::envelope::Correlation;
use events::fact::ChatEvent;
use events::name::SiteName;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::due::{Due, Shelf, Show, next};
use super::trouble::Trouble;
use super::{Chat, ChatError, MessageId, Platform, seams};
use crate::clock::Clock;
use crate::engine::Book;
use crate::engine::book::Cause;
use crate::ports::AppendError;

/// How many events one read takes.
const PAGE: usize = 512;
/// How long one call may take, whatever the platform's room does.
const CALL: Duration = Duration::from_secs(30);
/// How much earlier than it was begun a message is looked for: clocks differ.
const SLACK: Duration = Duration::from_mins(5);

/// Shows one channel what happens at its sites.
pub struct Outbox {
    pub chat: Arc<dyn Chat>,
    pub channel: Channel,
    pub sites: BTreeSet<SiteName>,
    pub book: Arc<Book>,
    pub clock: Arc<dyn Clock>,
    pub stopped: CancellationToken,
}

/// Why nothing more is shown.
enum Stop {
    /// Told to, or another bot has taken over.
    Over,
    Platform(ChatError),
}

impl From<ChatError> for Stop {
    fn from(error: ChatError) -> Self {
        Self::Platform(error)
    }
}

impl Outbox {
    /// Shows until told to stop, or until another bot has taken over.
    pub async fn run(self) {
        let mut head = self.book.head();
        let mut board = Board::new(self.channel.clone(), self.sites.clone());
        let mut shelf = Shelf::default();
        let mut trouble = Trouble::new(&self.channel);
        loop {
            head.mark_unchanged();
            let pause = match self.turn(&mut board, &mut shelf).await {
                Ok(pause) => {
                    trouble.is_over();
                    pause
                }
                Err(Stop::Over) => return,
                Err(Stop::Platform(error)) => Some(trouble.met(&error)),
            };
            tokio::select! {
                () = self.stopped.cancelled() => return,
                () = self.clock.pause(pause.unwrap_or_default()), if pause.is_some() => {}
                changed = head.changed(), if pause.is_none() => if changed.is_err() { return },
            }
        }
    }

    /// Shows what is most urgent; when to look again, or none if only news can change something.
    async fn turn(&self, board: &mut Board, shelf: &mut Shelf) -> Result<Option<Duration>, Stop> {
        self.read(board).await?;
        for site in board.unfollowed() {
            let fact = ChatEvent::Followed { channel: self.channel.clone(), site: site.clone() };
            self.record(board, &format!("follows/{site}"), fact).await?;
        }
        let pace = pace(&self.channel);
        let due = match next(board, shelf, self.clock.elapsed(), pace) {
            Due::Nothing => return Ok(None),
            Due::In(pause) => return Ok(Some(pause)),
            Due::Now(due) => due,
        };
        let is_shown = match due {
            Show::Post(subject, card) => self.post(board, shelf, &subject, card).await,
            Show::Amend(subject, card) => self.amend(board, shelf, &subject, card).await,
            Show::Detail(subject) => self.detail(board, shelf, &subject).await,
            Show::End(subject) => {
                shelf.forget(&subject);
                self.record(board, &format!("{subject}/ended"), ChatEvent::Ended { subject: subject.clone() }).await
            }
        };
        is_shown?;
        Ok(Some(Duration::ZERO))
    }

    /// Takes in what is new.
    async fn read(&self, board: &mut Board) -> Result<(), Stop> {
        loop {
            let page = match self.book.log().after(board.position(), PAGE).await {
                Ok(page) => page,
                Err(error) => return Err(ChatError::Passing(error.to_string()).into()),
            };
            for recorded in &page {
                board.apply(recorded);
            }
            if page.len() < PAGE {
                break;
            }
        }
        // The fold of the book may be behind; whoever was fenced shows nothing more.
        if self.book.catch_up().await.is_ok() && self.book.assert_not_fenced().is_err() {
            return Err(Stop::Over);
        }
        Ok(())
    }

    async fn post(&self, board: &mut Board, shelf: &mut Shelf, subject: &Subject, card: Card) -> Result<(), Stop> {
        let key = subject.to_string();
        let posting = board.messages.get(subject).map(|it| it.posting.clone());
        let found = match posting {
            Some(Posting::Begun { at }) => self.find(None, &key, at).await?,
            Some(Posting::Not | Posting::Posted { .. }) | None => {
                self.record(board, &format!("{key}/begun"), ChatEvent::Begun { subject: subject.clone() }).await?;
                None
            }
        };
        let is_found = found.is_some();
        let message = match found {
            Some(message) => message,
            None => self.call(seams::post(self.chat.post(&self.channel.id, None, &card, &key))).await?,
        };
        // What is found may show what was so when somebody died.
        shelf.shown(subject, (!is_found).then_some(card), self.clock.elapsed());
        let fact = ChatEvent::Posted { subject: subject.clone(), message };
        self.record(board, &format!("{key}/posted"), fact).await
    }

    async fn amend(&self, board: &mut Board, shelf: &mut Shelf, subject: &Subject, card: Card) -> Result<(), Stop> {
        let Some(Posting::Posted { message }) = board.messages.get(subject).map(|it| it.posting.clone()) else {
            return Ok(());
        };
        match self.call(self.chat.amend(&self.channel.id, &message, &card)).await {
            Ok(()) => {
                shelf.shown(subject, Some(card), self.clock.elapsed());
                Ok(())
            }
            Err(ChatError::Gone) => self.lose(board, shelf, subject).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Tells in the thread what it was not told yet. What was begun by a bot that died is told as it would have.
    async fn detail(&self, board: &mut Board, shelf: &mut Shelf, subject: &Subject) -> Result<(), Stop> {
        let Some(it) = board.messages.get(subject) else { return Ok(()) };
        let Posting::Posted { message } = it.posting.clone() else { return Ok(()) };
        let (after, telling) = (it.told, it.telling);
        let Some(upto) = telling.map(|(upto, _)| upto).or_else(|| it.untold()) else { return Ok(()) };
        let card = it.detail(subject, upto);
        let key = format!("{subject}/after-{after}");
        let found = if let Some((_, at)) = telling {
            self.find(Some(&message), &key, at).await?
        } else {
            let fact = ChatEvent::DetailBegun { subject: subject.clone(), after, upto };
            self.record(board, &format!("{key}/begun"), fact).await?;
            None
        };
        if found.is_none() {
            match self.call(seams::post(self.chat.post(&self.channel.id, Some(&message), &card, &key))).await {
                Ok(_) => {}
                Err(ChatError::Gone) => return self.lose(board, shelf, subject).await,
                Err(error) => return Err(error.into()),
            }
        }
        shelf.told(subject, self.clock.elapsed());
        self.record(board, &format!("{key}/posted"), ChatEvent::DetailPosted { subject: subject.clone(), upto }).await
    }

    /// Somebody has deleted the message: they do not want to see it.
    async fn lose(&self, board: &mut Board, shelf: &mut Shelf, subject: &Subject) -> Result<(), Stop> {
        tracing::info!(channel = %self.channel, %subject, "a message was deleted, and is not shown any more");
        shelf.forget(subject);
        self.record(board, &format!("{subject}/lost"), ChatEvent::Lost { subject: subject.clone() }).await
    }

    /// Looks for a message that somebody may have posted.
    async fn find(&self, under: Option<&MessageId>, key: &str, begun: Timestamp) -> Result<Option<MessageId>, Stop> {
        let since = begun.saturating_sub(SLACK).unwrap_or(begun);
        let found = seams::found(self.call(self.chat.find(&self.channel.id, under, key, since)).await?);
        if found.is_none() {
            tracing::warn!(channel = %self.channel, key, "a message is posted that may have been posted before");
        }
        Ok(found)
    }

    async fn call<T>(&self, call: impl Future<Output = Result<T, ChatError>>) -> Result<T, ChatError> {
        tokio::select! {
            answer = call => answer,
            () = self.clock.pause(CALL) => Err(ChatError::Passing(format!("no answer in {} s", CALL.as_secs()))),
        }
    }

    /// Writes down what was shown, or is about to be.
    async fn record(&self, board: &mut Board, id: &str, fact: ChatEvent) -> Result<(), Stop> {
        let channel = &self.channel;
        let cause = Cause {
            actor: Actor::system("chat"),
            correlation: Correlation(format!("chat/{channel}")),
            causation: None,
            id: format!("chat/{channel}/{id}"),
        };
        match self.book.append(Board::stream(channel), board.version, &cause, &[fact.into()]).await {
            Ok(_) => self.read(board).await,
            Err(AppendError::Fenced { .. } | AppendError::Lost(_) | AppendError::Closed) => Err(Stop::Over),
            Err(error) => Err(ChatError::Passing(error.to_string()).into()),
        }
    }
}

/// How often one message may be changed.
fn pace(channel: &Channel) -> Duration {
    match channel.platform {
        Platform::Slack => Duration::from_secs(3),
        Platform::Discord => Duration::from_secs(2),
    }
}
