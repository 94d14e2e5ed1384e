//! What a balancer must still know after it was killed, in one small file that is never half written.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use events::color::{ByColor, Color};
use events::machine::Member;
use events::weights::Weights;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How the file is laid out; another layout gets another number.
const FORMAT: u32 = 1;

/// What survives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    format: u32,
    /// How often a balancer has started on this file; counts of requests start over with each.
    pub(super) generation: u64,
    pub(super) weights: Weights,
    pub(super) members: ByColor<Vec<Member>>,
    /// The newest pause, also when it is over: asked for again, it is not repeated.
    pub(super) pause: Option<Pause>,
    /// The key of the newest change of weights or members.
    pub(super) changed_by: Option<String>,
}

/// A time during which new requests wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    pub key: String,
    /// When it ends by itself.
    pub until: Timestamp,
    pub on_expiry: OnExpiry,
    pub standing: PauseStanding,
}

/// What becomes of requests when a pause ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// They go on, to the weights of that moment.
    Release,
    /// They, and all later ones, are answered with 503 until somebody resumes.
    Reject,
}

/// How far a pause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseStanding {
    /// New requests wait.
    Holding,
    /// It ended by itself, and requests flow.
    Released,
    /// It ended by itself, and requests are answered with 503.
    Rejecting,
    /// Somebody ended it, and requests flow.
    Resumed,
}

/// Why the file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "{}, line {line}, is damaged: {text}; put back a good copy, or move the file away to start with no members",
        path.display()
    )]
    Damaged { path: PathBuf, line: usize, text: String },
    #[error("{} has format {format}, and this version knows {FORMAT}", path.display())]
    Foreign { path: PathBuf, format: u32 },
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

impl State {
    /// Everything to `color`, and nobody to answer yet.
    pub(super) fn initial(color: Color) -> Self {
        Self {
            format: FORMAT,
            generation: 0,
            weights: Weights::all_to(color),
            members: ByColor::default(),
            pause: None,
            changed_by: None,
        }
    }

    /// What `path` holds; none if there is no such file.
    pub fn load(path: &Path) -> Result<Option<Self>, StateError> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StateError::Unreadable { path: path.to_owned(), source }),
        };
        let state: Self = serde_json::from_slice(&text).map_err(|error| StateError::Damaged {
            path: path.to_owned(),
            line: error.line(),
            text: error.to_string(),
        })?;
        if state.format == FORMAT {
            Ok(Some(state))
        } else {
            Err(StateError::Foreign { path: path.to_owned(), format: state.format })
        }
    }

    /// Makes `path` hold this, durably. An error leaves the old or the new content, never a mixture.
    pub(super) fn save(&self, path: &Path) -> Result<(), StateError> {
        self.write(path).map_err(|source| StateError::Unwritable { path: path.to_owned(), source })
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let fresh = path.with_added_extension("new");
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        // Without this the rename itself may be undone by a power cut.
        File::open(folder_of(path))?.sync_all()
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_state() -> State {
        let member = Member { machine: "green-1".parse().unwrap(), address: "127.0.0.1:9001".to_owned() };
        State {
            generation: 7,
            members: ByColor { blue: vec![], green: vec![member] },
            pause: Some(Pause {
                key: "shop/production#42/3".to_owned(),
                until: Timestamp::UNIX_EPOCH,
                on_expiry: OnExpiry::Reject,
                standing: PauseStanding::Holding,
            }),
            ..State::initial(Color::Green)
        }
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge.json");
        assert_eq!(State::load(&path).unwrap(), None);
        some_state().save(&path).unwrap();
        State { generation: 8, ..some_state() }.save(&path).unwrap();
        assert_eq!(State::load(&path).unwrap(), Some(State { generation: 8, ..some_state() }));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_cut_at_any_byte_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge.json");
        some_state().save(&path).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for end in 0..whole.trim_end().len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let error = State::load(&path).unwrap_err();
            assert!(matches!(error, StateError::Damaged { .. }), "cut at {end}: {error}");
        }
        std::fs::write(&path, whole.replace("\"green\": 100", "\"green\": 10")).unwrap();
        let sentence = State::load(&path).unwrap_err().to_string();
        assert!(sentence.contains("edge.json, line 7, is damaged"), "{sentence}");
        assert!(sentence.contains("weights must add up to 100, not 0 + 10"), "{sentence}");
    }

    #[test]
    fn a_file_of_another_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge.json");
        State { format: 2, ..some_state() }.save(&path).unwrap();
        assert!(matches!(State::load(&path), Err(StateError::Foreign { format: 2, .. })));
    }
}
