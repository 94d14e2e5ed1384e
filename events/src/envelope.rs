//! How a fact is carried: who, why, when, where in the log, and the hash that ties it to the one before.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::chain::Hash;
use crate::number::{Epoch, Position, Version};

/// The largest payload that is stored, in bytes.
pub const PAYLOAD_LIMIT: usize = 64 * 1024;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// Which event this is, for ever: derived from what caused it, never random, so that a repeated append is recognised.
    EventId
);
text!(
    /// A line of events with versions of its own: a site (`shop/production`) or the bot (`bot`).
    Stream
);
text!(
    /// What a chain of events belongs to: a run (`shop/production#42`) or a delivered command.
    Correlation
);

impl EventId {
    /// The id of the `index`-th fact that follows from `cause`.
    #[must_use]
    pub fn derived(cause: &str, fact: &str, index: usize) -> Self {
        Self(format!("{cause}/{fact}/{index}"))
    }
}

impl Stream {
    /// The stream of the bot itself: its starts and stops, and refusals that belong to no site.
    #[must_use]
    pub fn bot() -> Self {
        Self("bot".to_owned())
    }
}

/// An event that is about to be appended: everything but its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub event_id: EventId,
    /// The wire name of the fact, such as `RunRequested`.
    pub kind: String,
    /// The version of that fact's spelling.
    pub schema_version: u32,
    pub actor: Actor,
    pub correlation: Correlation,
    pub causation: Option<EventId>,
    /// Compact JSON; hashed and stored byte for byte.
    pub payload: String,
}

/// An event as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub position: Position,
    pub event_id: EventId,
    pub stream: Stream,
    pub version: Version,
    pub kind: String,
    pub schema_version: u32,
    /// For people; never drives behaviour, never orders. Microseconds are what is stored.
    pub recorded_at: Timestamp,
    pub actor: Actor,
    pub correlation: Correlation,
    pub causation: Option<EventId>,
    pub epoch: Epoch,
    pub payload: String,
    pub previous_hash: Hash,
    pub hash: Hash,
}
