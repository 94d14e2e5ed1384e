//! A file is made beside its place by one process at a time, and comes into it at once and for good, never over another.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};

/// A log says who did what, and when: its files are for the user of the bot alone. SQLite gives `-wal` and `-shm` what
/// the log has.
const MODE: u32 = 0o600;

/// How every file of ours is made. One that is there keeps the mode that somebody gave it.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(MODE);
    options
}

/// Which file a name stands for.
pub(super) type FileId = (u64, u64);

pub(super) fn id(path: &Path) -> io::Result<FileId> {
    std::fs::metadata(path).map(|it| id_of(&it))
}

pub(super) fn id_of(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// Why a file did not come into its place.
#[derive(Debug)]
pub(super) enum PlaceError {
    /// Something has the name already.
    Exists,
    /// Somebody else is making it right now.
    Busy,
    Broken(io::Error),
}

impl From<io::Error> for PlaceError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::AlreadyExists { Self::Exists } else { Self::Broken(error) }
    }
}

/// A file that is being made. Nobody else makes it meanwhile: its lock lives as long as this, however that ends, and a
/// draft that a dead process left behind is begun anew. Unless it is placed, it goes when this does.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
    lock: File,
    is_placed: bool,
}

impl Draft {
    /// Begins the file `to` with nothing in it, under the name `to`.`suffix`.
    pub(super) fn begin(to: &Path, suffix: &str) -> Result<Self, PlaceError> {
        if to.exists() {
            return Err(PlaceError::Exists);
        }
        let path = super::beside(to, suffix);
        let lock = private().create(true).truncate(false).open(&path)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(PlaceError::Busy),
            Err(error) => return Err(PlaceError::Broken(error.into())),
        }
        let locked = id_of(&lock.metadata()?);
        // Locked only after somebody else had finished with it: by now it is the file in the place, or nobody's.
        if id(&path).ok() != Some(locked) {
            return Err(PlaceError::Busy);
        }
        let draft = Self { path, lock, is_placed: false };
        draft.remove_what_is_beside();
        draft.lock.set_len(0)?;
        Ok(draft)
    }

    /// Where it is being made.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the file, gives it the name `to`, and syncs that. Nobody may have it open any more.
    pub(super) fn place(mut self, to: &Path) -> Result<(), PlaceError> {
        self.lock.sync_all()?;
        renameat_with(CWD, &self.path, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from)?;
        self.is_placed = true;
        let folder = to.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let synced = File::open(folder).and_then(|it| it.sync_all());
        if synced.is_err() {
            // Whoever is told that there is nothing must find nothing.
            let _ = std::fs::remove_file(to);
        }
        synced.map_err(PlaceError::Broken)
    }

    /// What SQLite keeps beside it. What is not there is fine; what stays is in nobody's way but ours.
    fn remove_what_is_beside(&self) {
        for suffix in ["-wal", "-shm", "-journal"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(suffix);
            let _ = std::fs::remove_file(Path::new(&name));
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_placed {
            // While the lock is still held: nobody can have begun it anew.
            self.remove_what_is_beside();
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
