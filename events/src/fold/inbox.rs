//! What people said on chat platforms and was not answered yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::envelope::{Recorded, Stream};
use crate::fact::{Event, InboxEvent};
use crate::number::{Position, Version};
use crate::wire;

/// The orders that wait to be decided or answered, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    pub waiting: BTreeMap<Position, Waiting>,
}

/// One that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    pub stream: Stream,
    pub version: Version,
    pub actor: Actor,
    pub received: InboxEvent,
}

impl Inbox {
    /// The stream of one delivery. No site can be called like that.
    #[must_use]
    pub fn stream(delivery: &str) -> Stream {
        Stream(format!("inbox:{delivery}"))
    }

    /// The name of the delivery that a stream belongs to.
    #[must_use]
    pub fn delivery(stream: &Stream) -> Option<&str> {
        stream.as_str().strip_prefix("inbox:")
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        if Self::delivery(&recorded.stream).is_none() {
            return;
        }
        // What this build can't read was said to another one, which answers it.
        let Ok(Event::Inbox(event)) = wire::decode(recorded) else { return };
        match event {
            InboxEvent::Received { .. } => {
                let waiting = Waiting {
                    stream: recorded.stream.clone(),
                    version: recorded.version,
                    actor: recorded.actor.clone(),
                    received: event,
                };
                self.waiting.insert(recorded.position, waiting);
            }
            InboxEvent::Answered {} | InboxEvent::Unanswered { .. } => {
                self.waiting.retain(|_, it| it.stream != recorded.stream);
            }
        }
    }
}
