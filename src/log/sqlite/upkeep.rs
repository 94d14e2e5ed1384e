//! What is done beside the writing: checkpoints, so that no commit pays for one, and space set aside again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use events::number::Position;
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ballast::Ballast;
use super::guard::Marks;
use super::open;

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);

/// So many looks without a new event, and a large WAL file is emptied.
const IDLE_PERIOD_COUNT: u32 = 10;

/// A WAL up to this size is left as it is: commits that write over it are faster than commits that make it grow.
const KEPT_WAL_BYTES: u64 = 4 * 1024 * 1024;

/// A WAL of this size means that a reader has been in the way of checkpoints for long.
const LARGE_WAL_BYTES: u64 = 256 * 1024 * 1024;

pub(super) struct Upkeep {
    pub(super) file: PathBuf,
    pub(super) head: watch::Receiver<Position>,
    pub(super) ballast: Arc<Ballast>,
    /// The most pages that the file may have; 0 for no limit.
    pub(super) page_limit: Arc<AtomicU32>,
    pub(super) marks: Marks,
    /// Told why, when the log is not ours any more.
    pub(super) lose: watch::Sender<Option<String>>,
}

impl Upkeep {
    /// Looks after the log until `stopped`. Real time, not the clock's: this is about a disk, not about releases.
    pub(super) async fn run(mut self, stopped: CancellationToken) {
        let mut connection: Option<SqliteConnection> = None;
        let mut idle_count = 0;
        while stopped.run_until_cancelled(crate::clock::pause(PERIOD)).await.is_some() {
            if let Some(what) = self.marks.lost() {
                // No checkpoint either: the WAL beside the log may be another bot's by now.
                self.lose.send_replace(Some(what));
                break;
            }
            self.restore().await;
            match self.head.has_changed() {
                Ok(true) => idle_count = 0,
                Ok(false) => idle_count += 1,
                // The writer has ended, and closing has emptied the WAL.
                Err(_) => break,
            }
            self.head.mark_unchanged();
            let result = match idle_count {
                0 => self.checkpoint(&mut connection, "PRAGMA wal_checkpoint(PASSIVE)").await,
                IDLE_PERIOD_COUNT if wal_bytes(&self.file) > KEPT_WAL_BYTES => {
                    self.checkpoint(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await
                }
                _ => Ok(()),
            };
            if let Err(error) = result {
                // Commits go on without; the next look tries again.
                tracing::warn!(%error, log = %self.file.display(), "a checkpoint failed");
                connection = None;
            }
        }
        if let Some(connection) = connection {
            // Nothing was written through it that a close could lose.
            let _ = connection.close().await;
        }
    }

    async fn checkpoint(
        &self,
        connection: &mut Option<SqliteConnection>,
        question: &'static str,
    ) -> Result<(), sqlx::Error> {
        let connection = if let Some(connection) = connection {
            connection
        } else {
            let patience = Duration::from_millis(100);
            let options = open::writing(&self.file).create_if_missing(false).busy_timeout(patience);
            connection.insert(options.connect().await?)
        };
        sqlx::query(question).execute(connection).await?;
        let wal_bytes = wal_bytes(&self.file);
        if wal_bytes > LARGE_WAL_BYTES {
            tracing::warn!(wal_bytes, log = %self.file.display(), "a long read keeps the WAL from being emptied");
        }
        Ok(())
    }

    async fn restore(&self) {
        if !self.ballast.is_short() || !self.has_pages() {
            return;
        }
        let ballast = Arc::clone(&self.ballast);
        if let Err(error) = tokio::task::spawn_blocking(move || ballast.restore()).await {
            tracing::warn!(%error, "setting space aside broke off");
        }
    }

    /// Whether the file's own limit leaves room for what the ballast stands for.
    fn has_pages(&self) -> bool {
        let limit = u64::from(self.page_limit.load(Ordering::Acquire));
        let size = std::fs::metadata(&self.file).map_or(0, |it| it.len());
        limit == 0 || size + self.ballast.size_bytes() < limit * 4096
    }
}

/// The size of the write-ahead log, in bytes: what a checkpoint has yet to move.
pub(super) fn wal_bytes(file: &Path) -> u64 {
    let mut wal = file.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(PathBuf::from(wal)).map_or(0, |it| it.len())
}
