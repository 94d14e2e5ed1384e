//! A folded state put aside, so that the next start need not fold everything: a cache, in a file of its own.
//!
//! Not a table of the log: the log only ever grows, its backups carry no caches, and a snapshot is written and deleted
//! without its lock.

use std::io::{self, Write as _};
use std::path::Path;

use events::chain::Hash;
use events::number::Position;
use serde::{Deserialize, Serialize};

use super::read::Reader;
use super::{beside, place};
use crate::ports::ReadError;

/// A state, and what it is the state of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last event that is in it.
    pub position: Position,
    pub bytes: Vec<u8>,
}

/// The first line of the file; the bytes follow.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    position: Position,
    /// Of the event at that position: another log, or a rewritten one, has another.
    hash: Hash,
    /// Which program can read it.
    build: String,
    /// Of the bytes.
    digest: Hash,
}

impl Reader {
    /// Puts the state as of `position` aside for programs of the same `build`. Replaces the one before; a crash leaves
    /// either of the two. An error is worth a warning and no more.
    pub async fn save_snapshot(&self, snapshot: &Snapshot, build: &str) -> Result<(), ReadError> {
        let event = self.at(snapshot.position).await?;
        let hash = event.map_or_else(|| Hash::genesis(&self.store_id), |it| it.hash);
        let label =
            Label { position: snapshot.position, hash, build: build.to_owned(), digest: Hash::of(&snapshot.bytes) };
        let failed = |error: io::Error| ReadError(format!("the snapshot was not saved: {error}"));
        let mut content = serde_json::to_vec(&label).map_err(|error| failed(error.into()))?;
        content.push(b'\n');
        content.extend_from_slice(&snapshot.bytes);
        let path = beside(&self.file, "snapshot");
        tokio::task::spawn_blocking(move || replace(&path, &content))
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(failed)
    }

    /// The state put aside, if it belongs to this log as it is, is whole, and is of this `build`. Anything else is
    /// deleted, and there is none.
    pub async fn load_snapshot(&self, build: &str) -> Option<Snapshot> {
        let path = beside(&self.file, "snapshot");
        let content = match std::fs::read(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, snapshot = %path.display(), "the snapshot cannot be read; all events are folded");
                return None;
            }
        };
        match self.fitting(content, build).await {
            Ok(snapshot) => Some(snapshot),
            Err(reason) => {
                tracing::info!(reason, snapshot = %path.display(), "the snapshot is discarded; all events are folded");
                // One that stays is looked at, and discarded, again.
                let _ = std::fs::remove_file(&path);
                None
            }
        }
    }

    async fn fitting(&self, content: Vec<u8>, build: &str) -> Result<Snapshot, &'static str> {
        let end = content.iter().position(|byte| *byte == b'\n').ok_or("it is cut off")?;
        let (line, bytes) = content.split_at_checked(end).ok_or("it is cut off")?;
        let bytes = bytes.get(1..).ok_or("it is cut off")?;
        let label: Label = serde_json::from_slice(line).map_err(|_| "its first line is damaged")?;
        if label.build != build {
            return Err("another build wrote it");
        }
        if label.digest != Hash::of(bytes) {
            return Err("its bytes are damaged");
        }
        let event = self.at(label.position).await.map_err(|_| "its event cannot be read")?;
        let found = match (event, label.position) {
            (Some(event), _) => event.hash,
            (None, Position(0)) => Hash::genesis(&self.store_id),
            (None, _) => return Err("the log ends before it"),
        };
        if found != label.hash {
            return Err("it belongs to another log");
        }
        Ok(Snapshot { position: label.position, bytes: bytes.to_vec() })
    }
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = beside(path, "writing");
    let mut file = place::private().create(true).truncate(true).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}
