//! What people said on a chat platform: kept before it is acknowledged, each delivery on a stream of its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::chat::{Place, Shown};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum InboxEvent {
    /// Somebody gave an order; it is decided, whatever becomes of the bot that heard it.
    Received {
        place: Place,
        /// The groups that the platform vouched for.
        groups: BTreeSet<String>,
        /// The order as the grammar spells it, never as it was typed.
        line: String,
        /// Where it was pressed and not typed.
        shown: Option<Shown>,
    },
    /// It was decided, and the answer was given.
    Answered {},
    /// It was decided, and the platform did not take the answer.
    Unanswered { why: String },
}
