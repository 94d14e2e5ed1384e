//! What a chat platform does for the bot. Not among the ports: what it shows is a [`Card`], and providers know nothing of it.

use std::time::Duration;

use async_trait::async_trait;
use commands::card::Card;
pub use events::chat::{Channel, MessageId, Place, Platform};
use jiff::Timestamp;

/// Why a platform did not show something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Too much at once; nothing before `after`.
    #[error("the platform wants a pause of {} s", .after.as_secs())]
    Throttled { after: Duration },
    /// It can't be reached, or is out of order: nobody knows whether it was shown.
    #[error("{0}")]
    Passing(String),
    /// The message that should be changed, or be answered in its thread, was deleted by somebody.
    #[error("the message was deleted")]
    Gone,
    /// It will not be shown until a person mends something: a revoked token, a channel that is gone.
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
