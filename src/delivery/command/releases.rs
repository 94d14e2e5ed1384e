//! Release folders: what is in them, which are finished, and which are kept.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use events::fault::Fault;
use events::release::Release;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::slots;
use crate::files;

/// Says in a release folder which release it holds; applications may read it.
pub(super) const IDENTITY: &str = ".changeover-release";

/// Stands in a release folder that is finished, and is the last to be written and the first to be removed.
pub(super) const COMPLETE: &str = ".changeover-complete";

/// What [`COMPLETE`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Completion {
    pub(super) finished_at: Timestamp,
}

/// A finished release folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finished {
    pub(super) folder: PathBuf,
    pub(super) finished_at: Timestamp,
}

/// The release that `folder` holds; none if the folder does not exist.
pub(super) fn identity(folder: &Path) -> Result<Option<Release>, Fault> {
    files::read_json(&folder.join(IDENTITY))
}

/// Whether `folder` is finished: nothing else may be put into use.
pub(super) fn is_finished(folder: &Path) -> bool {
    folder.join(COMPLETE).is_file()
}

/// Every finished release folder, the newest first.
pub(super) fn finished(layout: &Layout) -> Result<Vec<Finished>, Fault> {
    let mut found = Vec::new();
    for folder in folders(&layout.releases())? {
        if let Some(Completion { finished_at }) = files::read_json(&folder.join(COMPLETE))? {
            found.push(Finished { folder, finished_at });
        }
    }
    found.sort_by(|one, other| (other.finished_at, &other.folder).cmp(&(one.finished_at, &one.folder)));
    Ok(found)
}

/// Removes a release folder. Killed halfway, what is left is no longer called finished.
pub(super) fn remove(folder: &Path) -> Result<(), Fault> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    gone(std::fs::remove_file(folder.join(COMPLETE)))
        .and_then(|()| gone(std::fs::remove_dir_all(folder)))
        .map_err(|error| files::fault("removed", folder, &error))
}

/// Removes unfinished folders and all but the `keep` newest finished ones; never one that a machine uses or used just
/// before, never the newest. Called under the work lock: an unfinished folder is nobody's.
pub(super) fn prune(layout: &Layout, keep: u16) -> Result<(), Fault> {
    let in_use: BTreeSet<PathBuf> = slots::in_use(layout)?;
    let kept: BTreeSet<PathBuf> =
        finished(layout)?.into_iter().take(usize::from(keep).max(1)).map(|it| it.folder).collect();
    for folder in folders(&layout.releases())? {
        if !kept.contains(&folder) && !in_use.contains(&folder) {
            remove(&folder)?;
        }
    }
    Ok(())
}

/// The folders in `folder`; none if it does not exist.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                found.push(entry.path());
            }
        }
        Ok(found)
    };
    read().map_err(|error| files::fault("read", folder, &error))
}
