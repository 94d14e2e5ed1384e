//! The hash chain: every event carries the hash of the one before, over the bytes as they are stored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::envelope::Recorded;

/// Separates our hashes from every other use of SHA-256; a new layout of the hashed columns gets a new prefix.
const DOMAIN: &[u8] = b"changeover-event-v1";

/// A SHA-256 digest; as text, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(pub [u8; 32]);

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a hash must be 64 hexadecimal digits")]
pub struct BadHash;

impl Hash {
    /// What the first event of a log points back to: the hash of the log's own random id, so that no two logs can be
    /// spliced.
    #[must_use]
    pub fn genesis(store_id: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        field(&mut hasher, store_id.as_bytes());
        Self(hasher.finalize().into())
    }

    /// The hash of plain bytes, for plans and exports.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first twelve digits: what people compare.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

/// The hash that `event` must carry: over `previous_hash` and every column, each with a length prefix (so that no byte
/// can move from one column to the next), integers little-endian.
#[must_use]
pub fn link(event: &Recorded) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    field(&mut hasher, &event.previous_hash.0);
    field(&mut hasher, &event.position.0.to_le_bytes());
    field(&mut hasher, event.event_id.as_str().as_bytes());
    field(&mut hasher, event.stream.as_str().as_bytes());
    field(&mut hasher, &event.version.0.to_le_bytes());
    field(&mut hasher, event.kind.as_bytes());
    field(&mut hasher, &event.schema_version.to_le_bytes());
    field(&mut hasher, &event.recorded_at.as_microsecond().to_le_bytes());
    field(&mut hasher, event.actor.as_str().as_bytes());
    field(&mut hasher, event.correlation.as_str().as_bytes());
    match &event.causation {
        // Absent and empty must not hash alike.
        None => hasher.update([0]),
        Some(id) => {
            hasher.update([1]);
            field(&mut hasher, id.as_str().as_bytes());
        }
    }
    field(&mut hasher, &event.epoch.0.to_le_bytes());
    field(&mut hasher, event.payload.as_bytes());
    Hash(hasher.finalize().into())
}

fn field(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadHash)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = BadHash;

    fn try_from(text: String) -> Result<Self, BadHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::actor::Actor;
    use crate::envelope::{Correlation, EventId, Stream};
    use crate::number::{Epoch, Position, Version};

    fn event() -> Recorded {
        Recorded {
            position: Position(1),
            event_id: EventId("console/1/1/0".into()),
            stream: Stream("shop/production".into()),
            version: Version(1),
            kind: "LockTaken".into(),
            schema_version: 1,
            recorded_at: Timestamp::UNIX_EPOCH,
            actor: Actor::console(1000),
            correlation: Correlation("console/1/1".into()),
            causation: None,
            epoch: Epoch(1),
            payload: "{}".into(),
            previous_hash: Hash::genesis("store"),
            hash: Hash([0; 32]),
        }
    }

    /// The bytes are for ever: another value here means that every existing log has become unreadable.
    #[test]
    fn the_hash_of_a_known_event_never_changes() {
        expect_test::expect!["9ac3db5a1256826b12407125897727bce468f4b1a063eac440217fbde56e1009"]
            .assert_eq(&link(&event()).to_string());
    }

    #[test]
    fn every_column_counts() {
        let whole = link(&event());
        let changes: [fn(&mut Recorded); 12] = [
            |it| it.position = Position(2),
            |it| it.event_id.0.push('x'),
            |it| it.stream.0.push('x'),
            |it| it.version = Version(2),
            |it| it.kind.push('x'),
            |it| it.schema_version = 2,
            |it| it.recorded_at = Timestamp::from_microsecond(1).unwrap(),
            |it| it.actor = Actor::console(1001),
            |it| it.correlation.0.push('x'),
            |it| it.causation = Some(EventId(String::new())),
            |it| it.epoch = Epoch(2),
            |it| it.payload.push(' '),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut other = event();
            change(&mut other);
            assert_ne!(link(&other), whole, "column {index}");
        }
    }
}
