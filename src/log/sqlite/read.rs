//! Reading: short pages by position, over connections that cannot write.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use events::envelope::{EventId, Recorded, Stream};
use events::number::{Position, Version};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio_util::task::AbortOnDropHandle;

use super::open::OpenError;
use super::record::{self, Unreadable, integer};
use super::{open, trouble};
use crate::ports::{LogReader, ReadError};

pub(super) const PAGE: &str = include_str!("page.sql");
const PAGE_OF_STREAM: &str = include_str!("page_of_stream.sql");
pub(super) const PAGE_OF_IDS: &str = include_str!("page_of_ids.sql");

/// The most events of one page: some 100 KiB of usual events, and what bounds the memory of a scan.
const PAGE_EVENT_COUNT: usize = 256;

/// How many pages of a scan are read while one is worked on.
const PAGES_AHEAD: u64 = 2;

/// Reads a log file, whoever writes it. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(super) pool: SqlitePool,
    pub(super) file: PathBuf,
    pub(super) store_id: String,
}

/// Why a page cannot be had.
#[derive(Debug)]
pub(super) enum PageError {
    Sqlite(sqlx::Error),
    Unreadable(Unreadable),
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Reader {
    pub(super) fn new(file: &Path, store_id: String) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            // A thread of ours does not break off like a network does; to ask it first would double every read.
            .test_before_acquire(false)
            .connect_lazy_with(open::reading(file));
        Self { pool, file: file.to_owned(), store_id }
    }

    /// Opens a log that is there, and changes nothing.
    pub(super) async fn open(file: &Path) -> Result<Self, OpenError> {
        // Whether this user may read it at all is a question of its own: SQLite would not tell the two apart.
        match std::fs::File::open(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(OpenError::Absent(file.to_owned()));
            }
            Err(source) => return Err(OpenError::Forbidden { file: file.to_owned(), source }),
            Ok(_) => {}
        }
        if !open::identify(file).await? {
            let what = "is empty: no bot has begun it".to_owned();
            return Err(OpenError::Foreign { file: file.to_owned(), what });
        }
        let failed = |error: sqlx::Error| open::broken(file, &error);
        let mut connection = open::reading(file).connect().await.map_err(failed)?;
        let identity = open::identity(&mut connection).await.map_err(failed)?;
        // A file without its events is damaged, and should say so now and not at the first read.
        open::pragma(&mut connection, "SELECT coalesce(max(position), 0) FROM events").await.map_err(failed)?;
        // What was read is the answer; a connection that only read has nothing to lose.
        let _ = connection.close().await;
        Ok(Self::new(file, identity.store_id))
    }

    /// The random id that the file was given when it was created.
    #[must_use]
    pub fn store_id(&self) -> &str {
        &self.store_id
    }

    /// The newest event right now; none in an empty log.
    pub async fn newest(&self) -> Result<Option<Recorded>, ReadError> {
        let newest: i64 = sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM events")
            .fetch_one(&self.pool)
            .await
            .map_err(trouble::unreadable)?;
        let before = u64::try_from(newest).unwrap_or(0).saturating_sub(1);
        Ok(self.after(Position(before), 1).await?.pop())
    }

    /// The event at `position`; none if the log ends before.
    pub async fn at(&self, position: Position) -> Result<Option<Recorded>, ReadError> {
        match position.0.checked_sub(1) {
            Some(before) => Ok(self.after(Position(before), 1).await?.pop()),
            None => Ok(None),
        }
    }

    /// Shows `visit` every event after `position`, a page at a time and in order, and returns where the log ended. The
    /// next pages are read while `visit` works; no read stays open, and memory does not grow with the log. Stops at the
    /// first error of either.
    pub async fn fold_pages<E: From<ReadError>>(
        &self,
        position: Position,
        mut visit: impl FnMut(Vec<Recorded>) -> Result<(), E>,
    ) -> Result<Position, E> {
        let mut at = position;
        let mut ahead: VecDeque<_> = (0..PAGES_AHEAD).map(|index| self.read_ahead(at, index)).collect();
        while let Some(task) = ahead.pop_front() {
            let page = task.await.unwrap_or_else(|error| Err(ReadError(error.to_string())))?;
            let is_last = page.len() < PAGE_EVENT_COUNT;
            if !is_last {
                ahead.push_back(self.read_ahead(at, PAGES_AHEAD));
            }
            if let Some(last) = page.last() {
                at = last.position;
                visit(page)?;
            }
            if is_last {
                break;
            }
        }
        Ok(at)
    }

    /// Reads the page that comes `index` full pages after the one after `position`. Ends when it is dropped.
    fn read_ahead(&self, position: Position, index: u64) -> AbortOnDropHandle<Result<Vec<Recorded>, ReadError>> {
        let reader = self.clone();
        let skipped = index.saturating_mul(u64::try_from(PAGE_EVENT_COUNT).unwrap_or(0));
        let begin = Position(position.0.saturating_add(skipped));
        AbortOnDropHandle::new(tokio::spawn(async move { reader.after(begin, PAGE_EVENT_COUNT).await }))
    }

    /// Up to `limit` events, as the file has them.
    pub(super) async fn page(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, PageError> {
        let limit = i64::try_from(limit).unwrap_or(1);
        let row = sqlx::query(PAGE).bind(integer(after.0)).bind(limit).fetch_one(&self.pool).await?;
        record::page(&row)?.map_err(PageError::Unreadable)
    }

    /// Ends every read and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl LogReader for Reader {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let mut events = Vec::new();
        let mut at = position;
        while events.len() < limit {
            let part = PAGE_EVENT_COUNT.min(limit - events.len());
            let query = sqlx::query(PAGE).bind(integer(at.0)).bind(i64::try_from(part).unwrap_or(1));
            let row = query.fetch_one(&self.pool).await.map_err(trouble::unreadable)?;
            let page = readable(record::page(&row), || format!("after event {at}"))?;
            for event in &page {
                if event.position != at.next() {
                    return Err(ReadError(format!("event {} is missing", at.next())));
                }
                at = event.position;
            }
            let is_last = page.len() < part;
            events.extend(page);
            if is_last {
                break;
            }
        }
        Ok(events)
    }

    async fn stream_after(&self, stream: &Stream, version: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let mut events = Vec::new();
        let mut at = version;
        while events.len() < limit {
            let part = PAGE_EVENT_COUNT.min(limit - events.len());
            let query = sqlx::query(PAGE_OF_STREAM)
                .bind(stream.as_str())
                .bind(integer(at.0))
                .bind(i64::try_from(part).unwrap_or(1));
            let row = query.fetch_one(&self.pool).await.map_err(trouble::unreadable)?;
            let page = readable(record::page(&row), || format!("after version {at} of {stream}"))?;
            for event in &page {
                if event.version != at.next() {
                    return Err(ReadError(format!("version {} of {stream} is missing", at.next())));
                }
                at = event.version;
            }
            let is_last = page.len() < part;
            events.extend(page);
            if is_last {
                break;
            }
        }
        Ok(events)
    }

    async fn find(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        let ids = serde_json::json!([id]).to_string();
        let row = sqlx::query(PAGE_OF_IDS).bind(ids).fetch_one(&self.pool).await.map_err(trouble::unreadable)?;
        Ok(readable(record::page(&row), || format!("with the id {id}"))?.pop())
    }
}

fn readable(
    page: Result<Result<Vec<Recorded>, Unreadable>, sqlx::Error>,
    place: impl Fn() -> String,
) -> Result<Vec<Recorded>, ReadError> {
    page.map_err(trouble::unreadable)?.map_err(|unreadable| {
        ReadError(format!("the {}th event {} {}", unreadable.index + 1, place(), unreadable.what))
    })
}
