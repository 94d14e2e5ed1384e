//! The log in one SQLite file.

mod ballast;
mod batch;
mod error;
mod guard;
mod open;
mod read;
mod row;
mod snapshot;
mod verify;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use events::chain::Hash;
use events::envelope::{Draft, EventId, Recorded, Stream};
use events::number::{Position, Version};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::ports::{AppendError, Expected, Log, ReadError};

pub use error::OpenError;
pub use verify::{Damage, Verified};

/// How many appends may wait for the writer.
const QUEUE: usize = 1_024;
/// How many readers there may be at once.
const READERS: u32 = 4;

/// A log in a file.
pub struct SqliteLog {
    path: PathBuf,
    genesis: Hash,
    readers: SqlitePool,
    appends: Mutex<Option<mpsc::Sender<writer::Append>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    head: watch::Receiver<Position>,
    is_short: Arc<AtomicBool>,
    // Dropped last: the file is ours until the writer has closed it.
    _guard: Option<guard::Guard>,
}

impl SqliteLog {
    /// Opens the log at `path` for this bot alone, or makes it. `store_id` names a log that is made: random, so that no
    /// two logs are alike.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>, store_id: &str) -> Result<Self, OpenError> {
        let guard = guard::Guard::take(path)?;
        let connection = open::writer(path, store_id).await?;
        let (readers, genesis) = readers(path).await?;
        let is_short = Arc::new(AtomicBool::new(false));
        let (head_sender, head) = watch::channel(Position(0));
        let mut writer = writer::Writer {
            path: path.to_owned(),
            connection,
            genesis,
            clock,
            head: head_sender,
            ballast: ballast::Ballast::keep(path, is_short.clone()),
        };
        let damaged = |source| OpenError::Damaged { path: path.to_owned(), source };
        let end = writer.read_head().await.map_err(damaged)?;
        writer.head.send_replace(end.position);
        let (appends, queue) = mpsc::channel(QUEUE);
        let writer = tokio::spawn(writer.run(queue));
        Ok(Self {
            path: path.to_owned(),
            genesis,
            readers,
            appends: Mutex::new(Some(appends)),
            writer: Mutex::new(Some(writer)),
            head,
            is_short,
            _guard: Some(guard),
        })
    }

    /// Opens the log at `path` to read it, also while a bot writes to it.
    pub async fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        let unusable = |source| OpenError::Unusable { path: path.to_owned(), source };
        std::fs::metadata(path).map_err(unusable)?;
        open::identify(path).await?;
        let (readers, genesis) = readers(path).await?;
        let (_, head) = watch::channel(Position(0));
        Ok(Self {
            path: path.to_owned(),
            genesis,
            readers,
            appends: Mutex::new(None),
            writer: Mutex::new(None),
            head,
            is_short: Arc::default(),
            _guard: None,
        })
    }

    /// Whether the reserve was given up because the disk is full.
    #[must_use]
    pub fn is_short_of_space(&self) -> bool {
        self.is_short.load(Ordering::Acquire)
    }

    /// Verifies every event and the file; linear in the size of the log.
    pub async fn verify(&self, expected: Option<(Position, Hash)>) -> Result<Verified, Damage> {
        verify::all(&self.readers, self.genesis, expected).await
    }

    /// Keeps `state`, which has everything up to `position` in it, beside the log.
    pub async fn save_snapshot<T: Serialize>(&self, position: Position, state: &T) -> Result<(), ReadError> {
        let before = Position(position.0.saturating_sub(1));
        let Some(event) = self.after(before, 1).await?.pop() else { return Ok(()) };
        snapshot::save(&self.path, position, event.hash, state).map_err(|error| ReadError(error.to_string()))
    }

    /// The state that was kept, if it belongs to this log and this build.
    pub async fn load_snapshot<T: DeserializeOwned>(&self) -> Option<T> {
        let (label, state) = snapshot::load(&self.path)?;
        let before = Position(label.position.0.saturating_sub(1));
        let event = self.after(before, 1).await.ok()?.pop()?;
        (event.position == label.position && event.hash == label.hash).then_some(state)
    }

    /// Waits until everything that was asked is written, and closes the file.
    pub async fn close(&self) {
        self.appends.lock().await.take();
        if let Some(writer) = self.writer.lock().await.take()
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the writer of the log broke");
        }
        self.readers.close().await;
    }
}

async fn readers(path: &Path) -> Result<(SqlitePool, Hash), OpenError> {
    let damaged = |source| OpenError::Damaged { path: path.to_owned(), source };
    let options = open::options(path).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(READERS).min_connections(0).connect_with(options).await;
    let pool = pool.map_err(damaged)?;
    let row = sqlx::query("SELECT value FROM meta WHERE name = 'store_id'").fetch_one(&pool).await.map_err(damaged)?;
    let store_id: String = row.try_get(0).map_err(damaged)?;
    Ok((pool, Hash::genesis(&store_id)))
}

#[async_trait]
impl Log for SqliteLog {
    async fn append(&self, expected: Expected, drafts: Vec<Draft>) -> Result<Vec<Recorded>, AppendError> {
        let appends = self.appends.lock().await.clone().ok_or(AppendError::Closed)?;
        let (done, answer) = oneshot::channel();
        let append = writer::Append { expected, drafts, done };
        appends.send(append).await.map_err(|_| AppendError::Closed)?;
        answer.await.unwrap_or(Err(AppendError::Closed))
    }

    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        read::after(&self.readers, position, limit).await
    }

    async fn stream_after(&self, stream: &Stream, version: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        read::stream_after(&self.readers, stream, version, limit).await
    }

    async fn find(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        read::find(&self.readers, id).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }
}
