//! The bot itself.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum BotEvent {
    /// A bot took the log over, under the epoch of this event; earlier epochs can append nothing more.
    Started { build: String },
    /// It stopped in an orderly way.
    Stopped {},
}
