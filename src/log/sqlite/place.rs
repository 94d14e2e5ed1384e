//! A finished file comes into its place at once and for good, and never over another.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Syncs `draft`, gives it the name `to`, and syncs that. An error of kind `AlreadyExists` if something has the name.
pub(super) fn place(draft: &Path, to: &Path) -> io::Result<()> {
    File::open(draft)?.sync_all()?;
    renameat_with(CWD, draft, CWD, to, RenameFlags::NOREPLACE)?;
    let folder = to.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Removes a draft and what SQLite keeps beside it. What is not there is fine; what stays is in nobody's way but ours.
pub(super) fn remove(draft: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = draft.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(Path::new(&name));
    }
}
