//! Files that are read again when they change; a broken new one leaves the old content in use.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;

/// Something made from files.
pub(super) struct Watched<T> {
    files: Vec<PathBuf>,
    read: fn(&[PathBuf]) -> Result<T, String>,
    current: ArcSwap<T>,
    looked: Mutex<Looked>,
}

/// What was seen at the last look.
struct Looked {
    stamps: Vec<Option<Stamp>>,
    is_in_use: bool,
}

type Stamp = (SystemTime, u64);

impl<T> Watched<T> {
    /// Reads `files` for the first time; an error is a sentence.
    pub(super) fn open(files: Vec<PathBuf>, read: fn(&[PathBuf]) -> Result<T, String>) -> Result<Self, String> {
        // Stamps first: a file that changes in between is read once more, instead of never.
        let stamps = stamps(&files);
        let current = ArcSwap::from_pointee(read(&files)?);
        Ok(Self { files, read, current, looked: Mutex::new(Looked { stamps, is_in_use: true }) })
    }

    pub(super) fn current(&self) -> Arc<T> {
        self.current.load_full()
    }

    /// Reads the files again if they have changed, or if what they held could not be used at the last look: then the
    /// writer may have been between two of them. Blocks.
    pub(super) fn look(&self) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = stamps(&self.files);
        let has_changed = stamps != looked.stamps;
        if !has_changed && looked.is_in_use {
            return;
        }
        let names = || self.files.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ");
        match (self.read)(&self.files) {
            Ok(fresh) => {
                self.current.store(Arc::new(fresh));
                looked.is_in_use = true;
                tracing::info!(files = names(), "changed files are in use");
            }
            Err(error) => {
                looked.is_in_use = false;
                if has_changed {
                    tracing::warn!(
                        files = names(),
                        error,
                        "changed files cannot be used; the old content stays in use"
                    );
                }
            }
        }
        looked.stamps = stamps;
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Option<Stamp>> {
    let stamp = |file: &PathBuf| {
        let metadata = std::fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    files.iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[PathBuf]) -> Result<u32, String> {
        let text = std::fs::read_to_string(&files[0]).map_err(|error| error.to_string())?;
        text.parse().map_err(|_| format!("{text} is not a number"))
    }

    #[test]
    fn a_broken_file_leaves_the_old_content_until_it_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("number");
        std::fs::write(&file, "1").unwrap();
        let watched = Watched::open(vec![file.clone()], read).unwrap();
        std::fs::write(&file, "22").unwrap();
        watched.look();
        assert_eq!(*watched.current(), 22);
        std::fs::write(&file, "broken").unwrap();
        watched.look();
        assert_eq!(*watched.current(), 22);
        std::fs::remove_file(&file).unwrap();
        watched.look();
        assert_eq!(*watched.current(), 22);
        std::fs::write(&file, "333").unwrap();
        watched.look();
        assert_eq!(*watched.current(), 333);
        std::fs::remove_file(&file).unwrap();
        assert!(Watched::open(vec![file], read).is_err());
    }
}
