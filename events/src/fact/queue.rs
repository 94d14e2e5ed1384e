//! Orders that wait for their turn behind a busy site.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chat::Place;
use crate::number::Ticket;
use crate::release::ReleaseName;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum QueueEvent {
    /// Somebody gave an order that waits until the site is free. It is decided then, and not before.
    Joined {
        ticket: Ticket,
        /// The order as the grammar spells it.
        line: String,
        /// The release that users would be brought to, where that is what it is about.
        brings: Option<ReleaseName>,
        /// The groups that the platform vouched for.
        groups: BTreeSet<String>,
        /// Where it was said; none for the console.
        place: Option<Place>,
        /// It is not begun after that.
        expires_at: Timestamp,
    },
    /// It waits no more.
    Left { ticket: Ticket, because: LeftBecause },
    /// Whoever had given it was told why it was not begun, or could not be told.
    Told { ticket: Ticket },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LeftBecause {
    /// Its turn had come; its run was requested in the same breath.
    Begun,
    /// Its turn had come, and it was refused.
    Refused { code: String, why: String },
    /// Somebody took it out.
    Cancelled,
    /// Its turn did not come in time.
    Expired,
}
