//! What each machine uses: `current` in its slot is a link to a release folder, `previous` to the one before.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use events::fault::Fault;
use events::name::MachineId;
use events::release::Release;

use super::layout::Layout;
use super::releases;
use crate::files;

const CURRENT: &str = "current";
const PREVIOUS: &str = "previous";

/// The folder that the machine uses; none if nothing was put into use.
pub(super) fn current(layout: &Layout, machine: &MachineId) -> Result<Option<PathBuf>, Fault> {
    link(&layout.slot(machine)?.join(CURRENT))
}

/// The release that the machine uses. A link to a folder that is gone is a link to nothing.
pub(super) fn release(layout: &Layout, machine: &MachineId) -> Result<Option<Release>, Fault> {
    let Some(folder) = current(layout, machine)? else { return Ok(None) };
    let release = releases::identity(&folder)?;
    if release.is_none() {
        tracing::warn!(%machine, folder = %folder.display(), "the release folder that a machine uses is gone");
    }
    Ok(release)
}

/// From now on the machine uses `folder`; on return that is on disk. Twice is once: what it used before is then still
/// remembered.
pub(super) fn put_into_use(layout: &Layout, machine: &MachineId, folder: &Path) -> Result<(), Fault> {
    let slot = layout.slot(machine)?;
    std::fs::create_dir_all(&slot).map_err(|error| files::fault("made", &slot, &error))?;
    let before = current(layout, machine)?;
    if before.as_deref() == Some(folder) {
        return Ok(());
    }
    if let Some(before) = before.filter(|before| releases::is_finished(before)) {
        replace(&slot.join(PREVIOUS), &before)?;
    }
    replace(&slot.join(CURRENT), folder)
}

/// From now on the machine uses `release` again, from the folder that it used before, if that holds it. What it used
/// before is not touched, so that twice is once.
pub(super) fn restore(layout: &Layout, machine: &MachineId, release: Option<&Release>) -> Result<(), Fault> {
    let slot = layout.slot(machine)?;
    let Some(release) = release else { return remove(&slot.join(CURRENT)) };
    let nearest = [link(&slot.join(CURRENT))?, link(&slot.join(PREVIOUS))?].into_iter().flatten();
    let finished = releases::finished(layout)?.into_iter().map(|it| it.folder);
    for folder in nearest.chain(finished) {
        if releases::is_finished(&folder) && releases::identity(&folder)?.as_ref() == Some(release) {
            return replace(&slot.join(CURRENT), &folder);
        }
    }
    Err(Fault::lasting(format!("{machine} cannot use {release} again: its folder is gone; deliver it again")))
}

/// Every folder that any machine uses or used just before.
pub(super) fn in_use(layout: &Layout) -> Result<BTreeSet<PathBuf>, Fault> {
    let mut found = BTreeSet::new();
    for slot in releases::folders(&layout.slots)? {
        found.extend(link(&slot.join(CURRENT))?);
        found.extend(link(&slot.join(PREVIOUS))?);
    }
    Ok(found)
}

fn link(path: &Path) -> Result<Option<PathBuf>, Fault> {
    match std::fs::read_link(path) {
        Ok(folder) => Ok(Some(folder)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // Somebody put a file or a folder where the link belongs.
        Err(error) => Err(files::fault("read as a link", path, &error)),
    }
}

fn replace(path: &Path, folder: &Path) -> Result<(), Fault> {
    let new = path.with_added_extension("new");
    let write = || -> io::Result<()> {
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::os::unix::fs::symlink(folder, &new)?;
        std::fs::rename(&new, path)?;
        files::sync_parent(path)
    };
    write().map_err(|error| files::fault("replaced", path, &error))
}

fn remove(path: &Path) -> Result<(), Fault> {
    match std::fs::remove_file(path).and_then(|()| files::sync_parent(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(files::fault("removed", path, &error)),
        _ => Ok(()),
    }
}
