//! Readers: short pages by position, from a pool that never writes.

use events::envelope::{EventId, Recorded, Stream};
use events::number::{Position, Version};
use sqlx::sqlite::SqlitePool;

use super::error;
use super::row::{self, select, signed};
use crate::ports::ReadError;

const AFTER: &str = select!("WHERE position > ?1 ORDER BY position LIMIT ?2");
const STREAM_AFTER: &str = select!("WHERE stream = ?1 AND version > ?2 ORDER BY version LIMIT ?3");
const FIND: &str = select!("WHERE event_id = ?1");

pub(super) async fn after(pool: &SqlitePool, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sqlx::query(AFTER).bind(signed(position.0)).bind(limit).fetch_all(pool).await;
    let rows = rows.map_err(|error| error::read(&error))?;
    rows.iter().map(|it| row::recorded(it).map_err(|error| error::read(&error))).collect()
}

pub(super) async fn stream_after(
    pool: &SqlitePool,
    stream: &Stream,
    version: Version,
    limit: usize,
) -> Result<Vec<Recorded>, ReadError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = sqlx::query(STREAM_AFTER).bind(stream.as_str()).bind(signed(version.0)).bind(limit);
    let rows = query.fetch_all(pool).await.map_err(|error| error::read(&error))?;
    rows.iter().map(|it| row::recorded(it).map_err(|error| error::read(&error))).collect()
}

pub(super) async fn find(pool: &SqlitePool, id: &EventId) -> Result<Option<Recorded>, ReadError> {
    let row = sqlx::query(FIND).bind(id.as_str()).fetch_optional(pool).await.map_err(|error| error::read(&error))?;
    row.map(|it| row::recorded(&it).map_err(|error| error::read(&error))).transpose()
}
