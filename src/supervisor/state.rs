//! What the supervisor remembers, in one file that is written before anything is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use events::release::Release;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::slot_id::SlotId;
use crate::process::ProcessId;

/// The version of the file's spelling.
const VERSION: u32 = 1;

/// A slot, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Kept for the slot's life.
    pub port: u16,
    pub created_at: Timestamp,
    /// The slot is being taken away; only its end is left to do.
    pub is_leaving: bool,
    /// How many processes were started in it; the newest carries this number.
    pub generation: u64,
    /// How often a process ended by itself and was started again.
    pub restarts: u64,
    pub last_exit: Option<Exit>,
    pub process: Option<Running>,
}

/// A process that was started in a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Running {
    pub id: ProcessId,
    pub release: Release,
    /// The release folder that `current` pointed to, resolved.
    pub folder: PathBuf,
    pub since: Timestamp,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    pub at: Timestamp,
    pub outcome: Outcome,
}

/// What a process left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Code(i32),
    Signal(i32),
    /// It was not our child (an earlier supervisor had started it): nobody told us.
    Unseen,
}

/// All slots of one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    version: u32,
    /// Which start of the machine the process ids belong to: after another one they mean nothing.
    boot: String,
    pub slots: BTreeMap<SlotId, Slot>,
}

/// Why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("{path}: {error}; nothing is started until it is mended, or removed (its slots are then forgotten)")]
    Damaged { path: String, error: serde_json::Error },
    #[error("{path}: {why}; nothing is started until it is mended, or removed (its slots are then forgotten)")]
    Impossible { path: String, why: String },
    #[error("{path}: {error}")]
    Unreachable { path: String, error: io::Error },
    #[error("{slot} does not exist")]
    NoSuchSlot { slot: SlotId },
}

/// The state and the file it is in.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    state: State,
}

impl Store {
    /// Reads `<folder>/supervisor.json`; a missing file is an empty state, a damaged one an error with its place.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let path = folder.join("supervisor.json");
        let name = || path.display().to_string();
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map_err(|error| StateError::Unreachable { path: "/proc/sys/kernel/random/boot_id".to_owned(), error })?
            .trim()
            .to_owned();
        let mut state = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| StateError::Damaged { path: name(), error })
                .and_then(|state: State| match state.flaw() {
                    Some(why) => Err(StateError::Impossible { path: name(), why }),
                    None => Ok(state),
                })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                State { version: VERSION, boot: boot.clone(), slots: BTreeMap::new() }
            }
            Err(error) => return Err(StateError::Unreachable { path: name(), error }),
        };
        if state.boot != boot {
            // Every process of the earlier boot is gone, and its id may be somebody else's.
            state.boot = boot;
            state.slots.values_mut().for_each(|slot| slot.process = None);
        }
        Ok(Self { path, state })
    }

    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn slot(&self, id: SlotId) -> Result<&Slot, StateError> {
        self.state.slots.get(&id).ok_or(StateError::NoSuchSlot { slot: id })
    }

    /// Makes `change` and returns what it returned, once it is durable. After an error nothing has changed here; the
    /// file holds either.
    pub fn commit<T>(&mut self, change: impl FnOnce(&mut State) -> T) -> Result<T, StateError> {
        let mut next = self.state.clone();
        let outcome = change(&mut next);
        if next != self.state {
            serde_json::to_vec_pretty(&next)
                .map_err(io::Error::from)
                .and_then(|bytes| replace(&self.path, &bytes))
                .map_err(|error| StateError::Unreachable { path: self.path.display().to_string(), error })?;
            self.state = next;
        }
        Ok(outcome)
    }

    /// [`Store::commit`] on one slot.
    pub fn commit_slot(&mut self, id: SlotId, change: impl FnOnce(&mut Slot)) -> Result<(), StateError> {
        self.commit(|state| state.slots.get_mut(&id).map(change))?.ok_or(StateError::NoSuchSlot { slot: id })
    }
}

impl State {
    /// What cannot be, in a file that reads well.
    fn flaw(&self) -> Option<String> {
        if self.version != VERSION {
            return Some(format!("version {} is not {VERSION}: it was written by another changeover", self.version));
        }
        let mut ports = BTreeSet::new();
        for (id, slot) in &self.slots {
            if !ports.insert(slot.port) {
                return Some(format!("slots.{id}.port: {} belongs to another slot, too", slot.port));
            }
            if slot.process.as_ref().is_some_and(|process| process.id.pid <= 1) {
                return Some(format!("slots.{id}.process.id.pid: not the id of a process that was started here"));
            }
        }
        None
    }
}

/// Replaces the file at `path`, readable by its owner only; durable on return.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome {
            Outcome::Code(code) => write!(f, "exit code {code}"),
            Outcome::Signal(signal) => write!(f, "signal {signal}"),
            Outcome::Unseen => f.write_str("ended unseen"),
        }
    }
}
