//! One bot owns a log: an advisory lock on a file beside it, which the kernel drops when the bot dies.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::error::OpenError;

/// Holds the log until it is dropped.
#[derive(Debug)]
pub(super) struct Guard {
    _file: File,
}

/// The file beside `path` with this ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

impl Guard {
    /// Takes the log at `path`, or says who has it: at once, even if that bot is stopped.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let lock = beside(path, ".lock");
        let unusable = |source| OpenError::Unusable { path: lock.clone(), source };
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock);
        let file = file.as_mut().map_err(|error| unusable(std::io::Error::from(error.kind())))?;
        if flock(&*file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            let _ = file.take(32).read_to_string(&mut holder);
            return Err(OpenError::InUse { path: path.to_owned(), holder: holder.trim().to_owned() });
        }
        file.set_len(0).map_err(unusable)?;
        writeln!(file, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self { _file: file.try_clone().map_err(unusable)? })
    }
}
