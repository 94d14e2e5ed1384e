//! A finished file comes into its place at once and for good, and never over another.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Why a finished file did not come into its place.
#[derive(Debug)]
pub(super) enum PlaceError {
    /// Something has the name already.
    Exists,
    Broken(io::Error),
}

impl From<io::Error> for PlaceError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::AlreadyExists { Self::Exists } else { Self::Broken(error) }
    }
}

/// Syncs `draft`, gives it the name `to`, and syncs that.
pub(super) fn place(draft: &Path, to: &Path) -> Result<(), PlaceError> {
    File::open(draft)?.sync_all()?;
    renameat_with(CWD, draft, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from)?;
    let folder = to.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Removes a draft and what SQLite keeps beside it. What is not there is fine; what stays is in nobody's way but ours.
pub(super) fn remove(draft: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = draft.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(Path::new(&name));
    }
}
