//! The log in one SQLite file, owned by one bot: durable appends in groups, reads beside them, damage found and named.

mod backup;
mod ballast;
mod export;
mod guard;
mod import;
mod migrate;
mod open;
mod own;
mod place;
mod read;
mod record;
mod snapshot;
mod trouble;
mod upkeep;
mod verify;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use events::envelope::{Draft, EventId, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::backup::BackupError;
pub use self::export::ExportError;
pub use self::import::{ImportError, import};
pub use self::open::OpenError;
pub use self::read::Reader;
pub use self::snapshot::Snapshot;
pub use self::verify::{Damage, Verified, VerifyError};

use self::ballast::{BALLAST_BYTES, Ballast};
use self::own::Owned;
use self::record::Inserts;
use self::upkeep::Upkeep;
use self::writer::{Request, Writer};
use crate::clock::Clock;
use crate::log::batch::{self, Wish};
use crate::log::store_id::StoreId;
use crate::ports::{AppendError, Expected, Log, LogReader, ReadError};

/// The most appends that wait; whoever comes then waits to be let in.
const QUEUE_LENGTH: usize = 1024;

/// How a log file is opened for writing.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What a file that does not exist yet is called from its creation on.
    pub store_id: StoreId,
    /// The space that is set aside for a rollback on a full disk, in bytes.
    pub ballast_bytes: u64,
    /// The most pages of 4 KiB that the file may have; beyond that the log is full. None for as many as the disk has.
    pub page_limit: Option<u32>,
}

impl Settings {
    /// The usual settings; `store_id` only matters to a file that does not exist yet.
    #[must_use]
    pub fn new(store_id: StoreId) -> Self {
        Self { store_id, ballast_bytes: BALLAST_BYTES, page_limit: None }
    }
}

/// A log file that this process owns.
#[derive(Debug)]
pub struct SqliteLog {
    requests: mpsc::Sender<Request>,
    head: watch::Receiver<Position>,
    reader: Reader,
    ballast: Arc<Ballast>,
    page_limit: Arc<AtomicU32>,
    epoch_at_opening: Epoch,
    lost: watch::Receiver<Option<String>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl SqliteLog {
    /// Opens the log at `path`, or creates it. Refused at once if another process owns it. Takes as long for a million
    /// events as for one: the chain is verified by [`Reader::verify`], beside the work.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>, settings: Settings) -> Result<Self, OpenError> {
        let file = open::canonical(path)?;
        let Owned { guard, marks, connection, identity, known } = own::own(&file, &settings.store_id).await?;
        let reader = Reader::new(&file, identity.store_id.clone());
        let ballast = Arc::new(Ballast::new(&file, settings.ballast_bytes));
        let (requests, queue) = mpsc::channel(QUEUE_LENGTH);
        let (sender, head) = watch::channel(known.head);
        let (lose, lost) = watch::channel(None);
        let log = Self {
            requests,
            head: head.clone(),
            reader,
            ballast: Arc::clone(&ballast),
            page_limit: Arc::new(AtomicU32::new(0)),
            epoch_at_opening: known.epoch,
            lost,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let upkeep = Upkeep {
            file: file.clone(),
            head,
            ballast: Arc::clone(&ballast),
            page_limit: Arc::clone(&log.page_limit),
            marks: marks.clone(),
            lose,
        };
        let writer = Writer {
            connection,
            file,
            identity,
            known,
            clock,
            ballast,
            head: sender,
            inserts: Inserts::new(),
            is_sure: true,
            guard,
            marks,
        };
        log.tasks.spawn(writer.run(queue));
        log.tasks.spawn(upkeep.run(log.stop.clone()));
        if let Some(limit) = settings.page_limit {
            log.allow_pages(limit).await;
        }
        Ok(log)
    }

    /// Opens the log at `path` for reading, whoever owns it. The file must be there and is not changed.
    pub async fn open_read_only(path: &Path) -> Result<Reader, OpenError> {
        let file = open::canonical(path)?;
        Reader::open(&file).await
    }

    /// Begins an epoch that is newer than every one in the log, and fences the older ones from here on. It lasts
    /// beyond this process from its first event on: append that at once.
    pub async fn begin_epoch(&self) -> Result<Epoch, AppendError> {
        let (answer, begun) = oneshot::channel();
        self.requests.send(Request::BeginEpoch(answer)).await.map_err(|_| AppendError::Closed)?;
        begun.await.map_err(|_| AppendError::Closed)?
    }

    /// The newest epoch of the log when it was opened; 0 in an empty one.
    #[must_use]
    pub fn epoch_at_opening(&self) -> Epoch {
        self.epoch_at_opening
    }

    /// Reads beside the writing.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The size of the write-ahead log, in bytes. Grows without bound only while somebody reads for long.
    #[must_use]
    pub fn wal_bytes(&self) -> u64 {
        upkeep::wal_bytes(&self.reader.file)
    }

    /// The file may have `count` pages of 4 KiB from now on.
    pub async fn allow_pages(&self, count: u32) {
        self.page_limit.store(count, Ordering::Release);
        // A log that is closed grows no more.
        let _ = self.requests.send(Request::AllowPages(count)).await;
    }

    /// Returns once the log is not this process's any more, with the reason: somebody has moved it, or taken its lock
    /// away, and another bot may own it by now.
    pub async fn lost(&self) -> String {
        let mut lost = self.lost.clone();
        match lost.wait_for(Option::is_some).await.map(|it| it.clone()) {
            Ok(Some(what)) => what,
            // Closed before it was lost: then it never is.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Whether nothing has become of the lock and the file so far that would end this process's right to them.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.lost.borrow().is_none()
    }

    /// Writes what has queued up, then closes the file and gives it free. Appends from then on get
    /// [`AppendError::Closed`]. Twice is once.
    pub async fn close(&self) {
        // Closed before is closed now.
        let _ = self.requests.send(Request::Close).await;
        self.stop.cancel();
        self.reader.close().await;
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[async_trait]
impl LogReader for SqliteLog {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.reader.after(position, limit).await
    }

    async fn stream_after(&self, stream: &Stream, version: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.reader.stream_after(stream, version, limit).await
    }

    async fn find(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        self.reader.find(id).await
    }
}

#[async_trait]
impl Log for SqliteLog {
    async fn append(&self, expected: Expected, drafts: Vec<Draft>) -> Result<Vec<Recorded>, AppendError> {
        batch::check_expected(&expected)?;
        drafts.iter().try_for_each(batch::check)?;
        let (answer, recorded) = oneshot::channel();
        let request = Request::Append(Wish { expected, drafts }, answer);
        self.requests.send(request).await.map_err(|_| AppendError::Closed)?;
        recorded.await.map_err(|_| AppendError::Closed)?
    }

    fn is_short_of_space(&self) -> bool {
        self.ballast.is_short()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }
}

/// The file `NAME.SUFFIX` beside the log file `NAME`.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}
