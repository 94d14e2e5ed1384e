//! Follows a chain event by event and says where it breaks.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use events::chain::Hash;
#[cfg(not(feature = "mutants"))]
use events::chain::link;
use events::envelope::{Recorded, Stream};
use events::number::{Epoch, Position, Version};

#[cfg(feature = "mutants")]
use crate::mutants::link;

/// Where a log ends: as text, `POSITION:HASH`. Kept outside, it is the only thing that shows a log whose end was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last event; 0 in an empty log.
    pub position: Position,
    /// The hash of that event; in an empty log, what the first one will point back to.
    pub hash: Hash,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, self.hash)
    }
}

/// A text that is not a head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a head must be POSITION:HASH, such as 42: and 64 hexadecimal digits")]
pub struct BadHead;

impl FromStr for Head {
    type Err = BadHead;

    fn from_str(text: &str) -> Result<Self, BadHead> {
        let (position, hash) = text.trim().split_once(':').ok_or(BadHead)?;
        Ok(Self {
            position: Position(position.parse().map_err(|_| BadHead)?),
            hash: hash.parse().map_err(|_| BadHead)?,
        })
    }
}

/// Why an event cannot stand where it stands. The text names the event and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("event {expected} is missing: the next one that is there is event {found}")]
    Missing { expected: Position, found: Position },
    #[error("event {position} comes again: event {expected} comes next")]
    Repeated { position: Position, expected: Position },
    #[error("event {position} does not follow the one before: it points back to {points_to}, which has {before}")]
    Detached { position: Position, points_to: String, before: String },
    #[error("event {position} was changed after it was written: its columns give {computed}, it carries {carried}")]
    Changed { position: Position, computed: String, carried: String },
    #[error("event {position} is version {found} of {stream}, where version {expected} comes next")]
    Reordered { position: Position, stream: Stream, expected: Version, found: Version },
    #[error("event {position} was written by epoch {found}, which epoch {current} had fenced")]
    Fenced { position: Position, found: Epoch, current: Epoch },
}

impl Flaw {
    /// The event that the flaw is at.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            Self::Missing { expected, .. } => *expected,
            Self::Repeated { position, .. }
            | Self::Detached { position, .. }
            | Self::Changed { position, .. }
            | Self::Reordered { position, .. }
            | Self::Fenced { position, .. } => *position,
        }
    }
}

/// How far a chain has been followed.
#[derive(Debug, Clone)]
pub struct Chain {
    head: Head,
    epoch: Epoch,
    versions: BTreeMap<Stream, Version>,
    /// Whether every event from the first on was seen, so that a stream never seen is empty.
    is_whole: bool,
}

impl Chain {
    /// Starts before the first event of the log `store_id`.
    #[must_use]
    pub fn from_genesis(store_id: &str) -> Self {
        Self {
            head: Head { position: Position(0), hash: Hash::genesis(store_id) },
            epoch: Epoch(0),
            versions: BTreeMap::new(),
            is_whole: true,
        }
    }

    /// Starts after `event`, which is taken on trust.
    #[must_use]
    pub fn after(event: &Recorded) -> Self {
        Self {
            head: Head { position: event.position, hash: event.hash },
            epoch: event.epoch,
            versions: BTreeMap::new(),
            is_whole: false,
        }
    }

    /// How far the chain was followed.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Follows one event; an error leaves the chain where it was.
    pub fn follow(&mut self, event: &Recorded) -> Result<(), Flaw> {
        let position = event.position;
        let expected = self.head.position.next();
        if position < expected {
            return Err(Flaw::Repeated { position, expected });
        }
        if position > expected {
            return Err(Flaw::Missing { expected, found: position });
        }
        if event.previous_hash != self.head.hash {
            let (points_to, before) = (event.previous_hash.short(), self.head.hash.short());
            return Err(Flaw::Detached { position, points_to, before });
        }
        let computed = link(event);
        if computed != event.hash {
            return Err(Flaw::Changed { position, computed: computed.short(), carried: event.hash.short() });
        }
        if event.epoch < self.epoch {
            return Err(Flaw::Fenced { position, found: event.epoch, current: self.epoch });
        }
        self.follow_stream(event)?;
        self.head = Head { position, hash: event.hash };
        self.epoch = event.epoch;
        Ok(())
    }

    fn follow_stream(&mut self, event: &Recorded) -> Result<(), Flaw> {
        let found = event.version;
        if let Some(version) = self.versions.get_mut(&event.stream) {
            if found != version.next() {
                let (stream, expected) = (event.stream.clone(), version.next());
                return Err(Flaw::Reordered { position: event.position, stream, expected, found });
            }
            *version = found;
            return Ok(());
        }
        if self.is_whole && found != Version(1) {
            let stream = event.stream.clone();
            return Err(Flaw::Reordered { position: event.position, stream, expected: Version(1), found });
        }
        self.versions.insert(event.stream.clone(), found);
        Ok(())
    }
}
