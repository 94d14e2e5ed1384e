//! What a slot is meant to run: the release folder that its `current` points to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use events::release::Release;

use super::state::Running;

/// The file in a release folder that says which release it is.
pub const RELEASE_FILE: &str = ".changeover-release";

/// A release folder, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Resolved: no part of it is a link.
    pub folder: PathBuf,
    pub release: Release,
}

/// What a slot is meant to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// There is no `current`.
    Nothing,
    Release(Target),
    /// `current` points to what cannot be run; what runs is left alone. The sentence says why.
    Unusable(String),
}

/// Reads what the slot in `folder` is meant to run. What runs already is not read again: a release never changes.
#[must_use]
pub fn look(folder: &Path, running: Option<&Running>) -> Wanted {
    let current = folder.join("current");
    match current.symlink_metadata() {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Wanted::Nothing,
        Err(error) => return Wanted::Unusable(format!("{}: {error}", current.display())),
    }
    let resolved = match current.canonicalize() {
        Ok(resolved) => resolved,
        Err(error) => return Wanted::Unusable(format!("{} cannot be followed: {error}", current.display())),
    };
    if let Some(running) = running
        && running.folder == resolved
    {
        return Wanted::Release(Target { folder: resolved, release: running.release.clone() });
    }
    let file = resolved.join(RELEASE_FILE);
    match std::fs::read(&file).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(release)) => Wanted::Release(Target { folder: resolved, release }),
        Ok(Err(error)) => Wanted::Unusable(format!("{}: {error}", file.display())),
        Err(error) => Wanted::Unusable(format!("{}: {error}", file.display())),
    }
}
