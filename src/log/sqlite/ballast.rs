//! Space set aside: given up when the disk is full, so that what is underway can still be written to its end.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::place;

/// Enough for a rollback: some 150 commits of six pages of 4 KiB each.
pub(super) const BALLAST_BYTES: u64 = 4 * 1024 * 1024;

/// A file beside the log that takes up space on purpose.
#[derive(Debug)]
pub(super) struct Ballast {
    path: PathBuf,
    size_bytes: u64,
    is_short: AtomicBool,
    /// One at a time gives up or restores.
    turn: Mutex<()>,
}

/// Whether space is set aside for the log.
pub(super) fn is_there(file: &Path) -> bool {
    super::beside(file, "ballast").exists()
}

/// Gives up the space of a log that is not open; `false` if there is none.
pub(super) fn remove(file: &Path) -> bool {
    std::fs::remove_file(super::beside(file, "ballast")).is_ok()
}

impl Ballast {
    /// Sets the space aside, unless the disk is short of it right now.
    pub(super) fn new(file: &Path, size_bytes: u64) -> Self {
        let ballast = Self {
            path: super::beside(file, "ballast"),
            size_bytes,
            is_short: AtomicBool::new(true),
            turn: Mutex::new(()),
        };
        ballast.restore();
        if ballast.is_short() {
            tracing::error!(ballast = %ballast.path.display(), "there is no space to set aside: make space now");
        }
        ballast
    }

    /// Whether the space is gone, or was never to be had.
    pub(super) fn is_short(&self) -> bool {
        self.is_short.load(Ordering::Acquire)
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Gives the space up. `false` if there was none left to give.
    pub(super) fn give_up(&self) -> bool {
        let _turn = self.turn();
        let was_short = self.is_short.swap(true, Ordering::AcqRel);
        if !was_short {
            tracing::error!(ballast = %self.path.display(), "the disk is full: the ballast is given up; make space now");
        }
        std::fs::remove_file(&self.path).is_ok()
    }

    /// Sets the space aside again if twice as much is free. Blocks for as long as the disk takes.
    pub(super) fn restore(&self) {
        let _turn = self.turn();
        match self.fill() {
            Ok(true) => {
                if self.is_short.swap(false, Ordering::AcqRel) {
                    tracing::debug!(ballast = %self.path.display(), "space for a rollback is set aside");
                }
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, ballast = %self.path.display(), "no space could be set aside"),
        }
    }

    fn fill(&self) -> io::Result<bool> {
        if std::fs::metadata(&self.path).is_ok_and(|it| it.len() == self.size_bytes) {
            return Ok(true);
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let space = rustix::fs::statvfs(folder)?;
        if space.f_bavail.saturating_mul(space.f_frsize) < self.size_bytes.saturating_mul(2) {
            return Ok(false);
        }
        let mut file = place::private().create(true).truncate(true).open(&self.path)?;
        // Not zeros: some file systems fold those away.
        let written = io::copy(&mut io::repeat(0xA5).take(self.size_bytes), &mut file).and_then(|_| file.sync_all());
        if let Err(error) = written {
            // Half a ballast is in the way and helps nobody.
            let _ = std::fs::remove_file(&self.path);
            return Err(error);
        }
        Ok(true)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
