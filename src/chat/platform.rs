//! What a chat platform does for the bot. Not among the ports: what it shows is a [`Card`], and providers know nothing of it.

use std::time::Duration;

use async_trait::async_trait;
use commands::card::Card;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A chat platform, by the word that stands before its ids: `slack:T01/U02`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    Slack,
    Discord,
}

/// Where something is said on a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub platform: Platform,
    /// The channel's id, never its name: `C0123`, or a snowflake.
    pub channel: String,
    /// The person's own id on the platform, where only they shall see it.
    pub user: Option<String>,
}

/// A message, as its platform knows it: a time stamp in Slack, a snowflake in Discord.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub String);

/// Why a platform did not show something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Too much at once; nothing before `after`.
    #[error("the platform wants a pause of {} s", .after.as_secs())]
    Throttled { after: Duration },
    /// It can't be reached, or is out of order: nobody knows whether it was shown.
    #[error("{0}")]
    Passing(String),
    /// It will never be shown: a revoked token, a channel that is gone, a message that was deleted.
    #[error("{0}")]
    Lasting(String),
}

/// Shows cards on one platform.
#[async_trait]
pub trait Chat: Send + Sync {
    fn platform(&self) -> Platform;

    /// Shows a new card in a channel, or in the thread below `under`. `key` names the message for ever; where the platform
    /// recognises it, twice is once. An error leaves open whether it was shown.
    async fn post(
        &self,
        channel: &str,
        under: Option<&MessageId>,
        card: &Card,
        key: &str,
    ) -> Result<MessageId, ChatError>;

    /// The message that was shown under `key`, not before `since`; asked after a `post` whose answer nobody heard.
    async fn find(
        &self,
        channel: &str,
        under: Option<&MessageId>,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<MessageId>, ChatError>;

    /// Shows this card instead of what the message shows.
    async fn amend(&self, channel: &str, message: &MessageId, card: &Card) -> Result<(), ChatError>;

    /// Says something that only one person sees; `place` names them.
    async fn whisper(&self, place: &Place, card: &Card) -> Result<(), ChatError>;
}
