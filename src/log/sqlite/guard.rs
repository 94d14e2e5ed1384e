//! One bot owns a log file: an advisory lock that the kernel takes back when its holder dies, however it dies.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
#[cfg(not(feature = "mutants"))]
use rustix::fs::flock;

use super::open::OpenError;
use super::place::{self, FileId};
#[cfg(feature = "mutants")]
use crate::mutants::flock;

/// The right to write a log file, for as long as it lives.
///
/// The lock is on a file beside the log: SQLite's own locks are taken and given back with every transaction, and a
/// lock on the log itself would shut out readers. The lock file is never deleted, or two could hold "it" at once.
#[derive(Debug)]
pub(super) struct Guard {
    lock: File,
}

/// Which files a bot took: by their names, somebody else may have put others there since.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    file: (PathBuf, FileId),
    lock: (PathBuf, FileId),
}

impl Marks {
    /// Why the log is not this bot's any more, as a clause; none while it is. Asked while nothing else goes on.
    pub(super) fn lost(&self) -> Option<String> {
        self.moved().or_else(|| changed(&self.lock, "its lock"))
    }

    /// The same of the log alone. Two bots that write one file are told apart by the log itself; somebody with another
    /// file writes a history that nobody will read.
    pub(super) fn moved(&self) -> Option<String> {
        changed(&self.file, "the log")
    }
}

fn changed((path, id): &(PathBuf, FileId), what: &str) -> Option<String> {
    match place::id(path) {
        Ok(found) if found == *id => None,
        Ok(_) => Some(format!("{what} {} was replaced by another file", path.display())),
        Err(error) => Some(format!("{what} {} is gone ({error})", path.display())),
    }
}

impl Guard {
    /// Takes the right to write `file`, or says at once who has it.
    pub(super) fn take(file: &Path) -> Result<Self, OpenError> {
        let path = super::beside(file, "lock");
        let forbidden = |source| OpenError::Forbidden { file: path.clone(), source };
        let mut lock = place::private().read(true).create(true).truncate(false).open(&path).map_err(forbidden)?;
        if let Err(error) = flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(forbidden(error.into()));
            }
            return Err(OpenError::Owned { file: file.to_owned(), owner: owner(&mut lock) });
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(forbidden)?;
        // The number is only for the message of the one who comes second; the lock is what counts, also on a full disk.
        let _ = writeln!(lock, "{}", std::process::id());
        Ok(Self { lock })
    }

    /// What tells `file` and its lock from others by the same names.
    pub(super) fn marks(&self, file: &Path) -> Result<Marks, OpenError> {
        let forbidden = |source| OpenError::Forbidden { file: file.to_owned(), source };
        let lock = self.lock.metadata().map_err(forbidden)?;
        Ok(Marks {
            file: (file.to_owned(), place::id(file).map_err(forbidden)?),
            lock: (super::beside(file, "lock"), place::id_of(&lock)),
        })
    }
}

impl Drop for Guard {
    /// Closing the file would not do: a child that is being started right now has a copy of it until it runs.
    fn drop(&mut self) {
        // What fails here is made up for by the end of the process.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

/// Who holds the lock, as a noun phrase.
fn owner(lock: &mut File) -> String {
    let mut text = String::new();
    let Some(pid) = lock.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok()) else {
        return "another process".to_owned();
    };
    if is_stopped(pid) {
        format!("process {pid} (which is stopped: `kill -CONT {pid}` lets it go on, `kill -KILL {pid}` ends it)")
    } else {
        format!("process {pid}")
    }
}

/// Whether the process is stopped by a signal (state T of proc(5)).
fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(PathBuf::from(format!("/proc/{pid}/stat"))).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, after)| after.trim_start().starts_with(['T', 't']))
}
