//! A chat platform, as plain data: what its channel shows, and its bad manners.

use std::collections::BTreeSet;
use std::time::Duration;

use changeover::chat::ChatError;
use commands::card::{Card, Tone};

/// A message of the channel, or of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) key: String,
    /// The message whose thread it is in.
    pub(crate) under: Option<usize>,
    /// Everything that it ever showed, newest last.
    pub(crate) cards: Vec<Card>,
    /// When it was changed last.
    pub(crate) at: Duration,
    pub(crate) is_deleted: bool,
}

/// The whole platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChatWorld {
    /// Whether this world has one.
    pub(crate) is_there: bool,
    pub(crate) messages: Vec<Shown>,
    /// What single people were told.
    pub(crate) whispers: Vec<Card>,
    /// Deliveries that were acknowledged: the platform does not deliver them again.
    pub(crate) acknowledged: BTreeSet<String>,
    /// Calls of any kind.
    pub(crate) calls: u32,
    /// Nobody reaches it until then.
    pub(crate) down_until: Option<Duration>,
    pub(crate) is_revoked: bool,
    /// So many calls are told to wait.
    pub(crate) throttled: u32,
    /// So many posts are done, and answered with an error.
    pub(crate) unheard: u32,
    /// So many looks do not see what is there: it is shown later than it was said to be.
    pub(crate) unseen: u32,
}

impl ChatWorld {
    /// Whether a call comes through at all.
    pub(crate) fn admit(&mut self, now: Duration) -> Result<(), ChatError> {
        self.calls += 1;
        if self.down_until.is_some_and(|until| now < until) {
            return Err(ChatError::Passing("connection refused".to_owned()));
        }
        if self.is_revoked {
            return Err(ChatError::Lasting("the token was revoked".to_owned()));
        }
        if self.throttled > 0 {
            self.throttled -= 1;
            return Err(ChatError::Throttled { after: Duration::from_secs(7) });
        }
        Ok(())
    }

    pub(crate) fn post(
        &mut self,
        under: Option<usize>,
        key: &str,
        card: &Card,
        at: Duration,
    ) -> Result<usize, ChatError> {
        if under.is_some_and(|it| self.messages.get(it).is_none_or(|it| it.is_deleted)) {
            return Err(ChatError::Gone);
        }
        let cards = vec![card.clone()];
        self.messages.push(Shown { key: key.to_owned(), under, cards, at, is_deleted: false });
        if self.unheard > 0 {
            self.unheard -= 1;
            return Err(ChatError::Passing("the connection was lost".to_owned()));
        }
        Ok(self.messages.len() - 1)
    }

    pub(crate) fn find(&mut self, under: Option<usize>, key: &str) -> Option<usize> {
        if self.unseen > 0 {
            self.unseen -= 1;
            return None;
        }
        self.messages.iter().position(|it| it.under == under && it.key == key && !it.is_deleted)
    }

    pub(crate) fn amend(&mut self, message: usize, card: &Card, at: Duration) -> Result<(), ChatError> {
        let shown = self.messages.get_mut(message).filter(|it| !it.is_deleted).ok_or(ChatError::Gone)?;
        shown.cards.push(card.clone());
        shown.at = at;
        Ok(())
    }

    /// The headline messages, in the order in which they came.
    pub(crate) fn headlines(&self) -> impl Iterator<Item = &Shown> {
        self.messages.iter().filter(|it| it.under.is_none())
    }

    /// What must never be there.
    pub(crate) fn violations(&self) -> Vec<String> {
        let doubles = self.doubles().into_iter().map(|key| format!("{key} is posted twice"));
        let is_live =
            |it: &&Shown| it.cards.last().is_some_and(|card| card.tone == Tone::Good && !card.buttons.is_empty());
        let live = self.headlines().filter(is_live).map(|it| format!("{} is over, and has buttons", it.key));
        let is_unanswered = !self.acknowledged.is_empty() && self.whispers.is_empty();
        doubles.chain(live).chain(is_unanswered.then(|| "nobody was answered".to_owned())).collect()
    }

    /// Keys that more than one message has.
    pub(crate) fn doubles(&self) -> Vec<&str> {
        let is_double = |it: &&Shown| self.messages.iter().filter(|other| other.key == it.key).count() > 1;
        self.messages.iter().filter(is_double).map(|it| it.key.as_str()).collect()
    }

    /// What the channel shows in the end, without what only tells when.
    pub(crate) fn image(&self) -> Vec<String> {
        let end = |it: &Shown| it.cards.last().map(|card| format!("{}: {} ({:?})", it.key, card.headline, card.tone));
        let mut image: Vec<String> = self.headlines().filter_map(end).collect();
        image.sort();
        image
    }
}
