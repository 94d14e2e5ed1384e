//! Small files of our own: read and written as a whole, and locks that end with their process.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use events::fault::Fault;
use rustix::fs::FlockOperation;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::{self, Clock as _, SystemClock};

/// How often a lock that somebody holds is tried again.
const PAUSE: Duration = Duration::from_millis(10);

/// What the disk would not, with the path.
#[must_use]
pub fn fault(what: &str, path: &Path, error: &io::Error) -> Fault {
    Fault::lasting(format!("{} cannot be {what}: {error}", path.display()))
}

/// Reads a JSON file; none if it does not exist.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Fault> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault("read", path, &error)),
    };
    let value = serde_json::from_str(&text);
    value.map(Some).map_err(|error| Fault::lasting(format!("{} is damaged: {error}", path.display())))
}

/// Replaces a file as a whole; on return it is on disk. Killed before, the old content stands.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Fault> {
    let write = || -> io::Result<()> {
        let new = path.with_added_extension("new");
        let mut file = File::create(&new)?;
        serde_json::to_writer(&mut file, value)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        sync_parent(path)
    };
    write().map_err(|error| fault("written", path, &error))
}

/// On return the names in the folder that `path` stands in are on disk.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// A lock on a file (`flock`); free again when this is dropped, or its process ends, however it ends.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// The lock, if nobody has it. The file is made if it does not exist.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The lock, as soon as nobody has it; none if that takes longer than `patience`.
    pub async fn wait(path: &Path, patience: Duration) -> io::Result<Option<Self>> {
        let clock = SystemClock::new();
        loop {
            if let Some(lock) = Self::take(path)? {
                return Ok(Some(lock));
            }
            if clock.elapsed() >= patience {
                return Ok(None);
            }
            clock::pause(PAUSE).await;
        }
    }

    /// Whether somebody has the lock right now.
    pub fn is_held(path: &Path) -> io::Result<bool> {
        match File::open(path) {
            Ok(file) => match rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) {
                Ok(()) => Ok(false),
                Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
                Err(error) => Err(error.into()),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The locked file, for a child to hold the lock as long as it lives.
    pub fn shared(&self) -> io::Result<File> {
        self.0.try_clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_also_by_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!Lock::is_held(&path).unwrap());
        let lock = Lock::take(&path).unwrap().unwrap();
        assert!(Lock::is_held(&path).unwrap());
        assert!(Lock::take(&path).unwrap().is_none());
        let copy = lock.shared().unwrap();
        drop(lock);
        assert!(Lock::is_held(&path).unwrap());
        drop(copy);
        assert!(!Lock::is_held(&path).unwrap());
    }

    #[test]
    fn a_damaged_file_is_a_fault_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.json");
        assert_eq!(read_json::<u32>(&path), Ok(None));
        write_json(&path, &7).unwrap();
        assert_eq!(read_json::<u32>(&path), Ok(Some(7)));
        std::fs::write(&path, "{").unwrap();
        assert!(read_json::<u32>(&path).unwrap_err().text.contains("job.json is damaged"));
        let nowhere = folder.path().join("job.json/x");
        assert!(write_json(&nowhere, &7).unwrap_err().text.contains("job.json/x cannot be written"));
    }
}
