//! A snapshot is a cache beside the log: it may be deleted at any time, and is never the truth.

use std::io::Write as _;
use std::path::Path;

use events::chain::Hash;
use events::number::Position;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::guard::beside;

/// What a snapshot is good for: this event, in this log, with this build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Label {
    pub(super) position: Position,
    pub(super) hash: Hash,
    pub(super) build: String,
    /// Of the state's bytes: a damaged snapshot is no snapshot.
    pub(super) digest: Hash,
}

/// Which build wrote a snapshot: the shape of the state may differ with every one.
#[must_use]
pub(super) fn build() -> String {
    format!("{}+{}", env!("CARGO_PKG_VERSION"), option_env!("CHANGEOVER_BUILD").unwrap_or("dev"))
}

/// Writes a snapshot, whole or not at all.
pub(super) fn save<T: Serialize>(path: &Path, position: Position, hash: Hash, state: &T) -> std::io::Result<()> {
    let bytes = serde_json::to_vec(state)?;
    let label = Label { position, hash, build: build(), digest: Hash::of(&bytes) };
    let target = beside(path, ".snapshot");
    let making = beside(path, ".snapshot.new");
    let mut file = std::fs::File::create(&making)?;
    serde_json::to_writer(&mut file, &label)?;
    file.write_all(b"\n")?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    std::fs::rename(&making, &target)
}

/// Reads the label and the state; none if there is no snapshot that this build can trust.
pub(super) fn load<T: DeserializeOwned>(path: &Path) -> Option<(Label, T)> {
    let content = std::fs::read(beside(path, ".snapshot")).ok()?;
    let end = content.iter().position(|it| *it == b'\n')?;
    let (label, state) = (content.get(..end)?, content.get(end + 1..)?);
    let label: Label = serde_json::from_slice(label).ok()?;
    if label.build != build() || label.digest != Hash::of(state) {
        return None;
    }
    Some((label, serde_json::from_slice(state).ok()?))
}
