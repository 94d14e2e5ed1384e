//! One supervisor per folder: a locked file that holds the process id of the one who locked it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::clock::pause;
use crate::process::ProcessId;

/// How long a lock may outlive a killed supervisor: a child between fork and exec shares it for some microseconds.
const PATIENCE: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(20);

/// Why the folder is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("a supervisor runs in {folder} already ({holder})")]
    Held { folder: String, holder: String },
    #[error("{path}: {error}")]
    Unreachable { path: String, error: io::Error },
}

/// The folder is ours until this is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Locks `<folder>/supervisor.pid` and writes our process id into it.
    pub async fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join("supervisor.pid");
        let unreachable = |error| LockError::Unreachable { path: path.display().to_string(), error };
        // Never replaced by renaming: two files of one name would be two locks.
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(unreachable)?;
        let mut tries = PATIENCE.div_duration_f32(STEP);
        while let Err(errno) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if errno != rustix::io::Errno::WOULDBLOCK {
                return Err(unreachable(errno.into()));
            }
            if tries <= 0.0 {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(unreachable)?;
                return Err(LockError::Held {
                    folder: folder.display().to_string(),
                    holder: holder.trim_end().to_owned(),
                });
            }
            tries -= 1.0;
            pause(STEP).await;
        }
        write_own_id(&mut file).map_err(unreachable)?;
        Ok(Self { _file: file })
    }
}

fn write_own_id(file: &mut File) -> io::Result<()> {
    let me = ProcessId::of(rustix::process::getpid().as_raw_nonzero().get());
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(&me)?)?;
    file.write_all(b"\n")
}
