//! What was shown on a chat platform; each channel has a stream of its own.

use serde::{Deserialize, Serialize};

use crate::chat::{Channel, MessageId, Subject};
use crate::name::SiteName;
use crate::number::Position;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ChatEvent {
    /// From here on, the channel is shown what happens at a site.
    Followed { channel: Channel, site: SiteName },
    /// A message is about to be posted for the first time.
    Begun { subject: Subject },
    /// It was posted.
    Posted { subject: Subject, message: MessageId },
    /// Nobody heard what became of posting it, or something in its thread, and it was not found: it is posted once more.
    Doubted { subject: Subject },
    /// It shows how it ended; nothing more follows.
    Ended { subject: Subject },
    /// Somebody deleted it; nothing more is shown.
    Lost { subject: Subject },
    /// What happened after `after` and up to `upto` is about to be told in its thread.
    DetailBegun { subject: Subject, after: Position, upto: Position },
    /// It was told.
    DetailPosted { subject: Subject, upto: Position },
}
