//! A little space that is given up when the disk is full, so that a rollback can still be written.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::guard::beside;

/// How much is kept: a few hundred events, with the index pages that they touch and a checkpoint.
const SIZE: usize = 4 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Ballast {
    path: PathBuf,
    is_short: Arc<AtomicBool>,
}

impl Ballast {
    /// Keeps ballast beside the log at `path`, if there is space for it.
    pub(super) fn keep(path: &Path, is_short: Arc<AtomicBool>) -> Self {
        let ballast = Self { path: beside(path, ".ballast"), is_short };
        ballast.restore();
        ballast
    }

    /// Gives the space up; false if it was given up before.
    pub(super) fn give_up(&self) -> bool {
        self.is_short.store(true, Ordering::Release);
        std::fs::remove_file(&self.path).is_ok()
    }

    /// Takes the space back, once there is some again.
    pub(super) fn restore(&self) {
        if std::fs::metadata(&self.path).is_ok_and(|it| it.len() == SIZE as u64) {
            self.is_short.store(false, Ordering::Release);
            return;
        }
        // Real bytes: a sparse file would keep no space.
        let written = File::create(&self.path).and_then(|mut file| {
            file.write_all(&vec![0; SIZE])?;
            file.sync_all()
        });
        let is_kept = written.is_ok();
        if !is_kept {
            let _ = std::fs::remove_file(&self.path);
        }
        self.is_short.store(!is_kept, Ordering::Release);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.is_short.load(Ordering::Acquire)
    }
}
