//! Orders that wait behind a busy site, in the order in which they were given.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Context, Illegal, Site};
use crate::actor::Actor;
use crate::chat::Place;
use crate::fact::{LeftBecause, QueueEvent};
use crate::number::Ticket;
use crate::release::ReleaseName;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The newest ticket; none is given twice.
    pub newest: Ticket,
    /// The head first.
    pub waiting: Vec<Queued>,
    /// What left without being begun, as long as whoever gave it does not know.
    pub untold: Vec<Untold>,
}

/// One order that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    pub ticket: Ticket,
    pub owner: Actor,
    pub groups: BTreeSet<String>,
    pub place: Option<Place>,
    pub line: String,
    pub brings: Option<ReleaseName>,
    pub since: Timestamp,
    pub expires_at: Timestamp,
}

/// One that left, and is to be told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Untold {
    pub ticket: Ticket,
    pub owner: Actor,
    pub place: Place,
    pub line: String,
    pub because: LeftBecause,
}

impl Queue {
    /// The place of a ticket, counted from 1 as people do.
    #[must_use]
    pub fn place_of(&self, ticket: Ticket) -> Option<usize> {
        self.waiting.iter().position(|it| it.ticket == ticket).map(|it| it + 1)
    }

    pub(super) fn apply(&mut self, event: &QueueEvent, context: &Context<'_>) -> Result<(), Illegal> {
        match event {
            QueueEvent::Joined { ticket, .. } if *ticket != self.newest.next() => {
                Err(Illegal("an order was queued under the wrong number"))
            }
            QueueEvent::Joined { ticket, line, brings, groups, place, expires_at } => {
                self.newest = *ticket;
                self.waiting.push(Queued {
                    ticket: *ticket,
                    owner: context.actor.clone(),
                    groups: groups.clone(),
                    place: place.clone(),
                    line: line.clone(),
                    brings: brings.clone(),
                    since: context.recorded_at,
                    expires_at: *expires_at,
                });
                Ok(())
            }
            QueueEvent::Left { ticket, because } => self.leave(*ticket, because, context),
            QueueEvent::Told { ticket } => {
                self.untold.retain(|it| it.ticket != *ticket);
                Ok(())
            }
        }
    }

    fn leave(&mut self, ticket: Ticket, because: &LeftBecause, context: &Context<'_>) -> Result<(), Illegal> {
        let index = self.waiting.iter().position(|it| it.ticket == ticket);
        let index = index.ok_or(Illegal("an order left the queue that was not in it"))?;
        let left = self.waiting.remove(index);
        let is_news = match because {
            LeftBecause::Begun => false,
            LeftBecause::Cancelled => left.owner != *context.actor,
            LeftBecause::Refused { .. } | LeftBecause::Expired => true,
        };
        if let Some(place) = left.place.filter(|_| is_news) {
            let because = because.clone();
            self.untold.push(Untold { ticket, owner: left.owner, place, line: left.line, because });
        }
        Ok(())
    }
}

impl Site {
    /// The order that is to be decided now: the head of the queue of a site that is free.
    #[must_use]
    pub fn due(&self) -> Option<&Queued> {
        self.queue.waiting.first().filter(|_| self.run.is_none())
    }
}
