//! Events between our types and the file: one statement to write them, one text to read them.

use std::sync::Arc;

use events::actor::Actor;
use events::chain::Hash;
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _};

/// The most events that one statement writes; more of them share a transaction.
const CHUNK_EVENT_COUNT: usize = 512;

const COLUMNS: &str = "position, event_id, stream, version, type, schema_version, recorded_at, actor, correlation_id, \
                       causation_id, executor_epoch, payload, prev_hash, hash";

/// Stands between two events of a page, and between two columns of an event.
const RECORD_SEPARATOR: u8 = 0x1e;
const UNIT_SEPARATOR: char = '\u{1f}';

const HASH_BYTES: usize = 32;

/// An event of the file that is not one: which place in the page, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) index: usize,
    pub(super) what: String,
}

/// The texts of the insert statements, one per power of two, so that SQLite prepares each only once.
#[derive(Debug)]
pub(super) struct Inserts(Vec<(usize, Arc<str>)>);

impl Inserts {
    pub(super) fn new() -> Self {
        let sizes = std::iter::successors(Some(1), |size| (size * 2 <= CHUNK_EVENT_COUNT).then_some(size * 2));
        Self(sizes.map(|size| (size, statement(size).into())).collect())
    }

    /// Writes all `events` or none. One statement is its own transaction: it costs one message to SQLite's thread.
    pub(super) async fn write(
        &self,
        connection: &mut SqliteConnection,
        events: &[Recorded],
    ) -> Result<(), sqlx::Error> {
        if events.len() <= CHUNK_EVENT_COUNT {
            return self.write_chunk(connection, events).await;
        }
        // By hand: SQLite may undo a transaction by itself when the disk is full, and the driver's own count of open
        // transactions would stay one too high for ever.
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
        let written = self.write_chunks(connection, events).await;
        if written.is_err() {
            // Nothing to undo is fine.
            let _ = sqlx::query("ROLLBACK").execute(connection).await;
        }
        written
    }

    async fn write_chunks(&self, connection: &mut SqliteConnection, events: &[Recorded]) -> Result<(), sqlx::Error> {
        for chunk in events.chunks(CHUNK_EVENT_COUNT) {
            self.write_chunk(connection, chunk).await?;
        }
        sqlx::query("COMMIT").execute(connection).await.map(|_| ())
    }

    async fn write_chunk(&self, connection: &mut SqliteConnection, events: &[Recorded]) -> Result<(), sqlx::Error> {
        let Some((_, text)) = self.0.iter().find(|(size, _)| *size >= events.len()) else {
            return Err(sqlx::Error::Protocol("a chunk is larger than the largest statement".to_owned()));
        };
        let mut query = sqlx::query(AssertSqlSafe(Arc::clone(text)));
        for event in events {
            query = query
                .bind(integer(event.position.0))
                .bind(event.event_id.0.clone())
                .bind(event.stream.0.clone())
                .bind(integer(event.version.0))
                .bind(event.kind.clone())
                .bind(i64::from(event.schema_version))
                .bind(event.recorded_at.as_microsecond())
                .bind(event.actor.as_str().to_owned())
                .bind(event.correlation.0.clone())
                .bind(event.causation.as_ref().map(|id| id.0.clone()))
                .bind(integer(event.epoch.0))
                .bind(event.payload.clone())
                .bind(event.previous_hash.0.to_vec())
                .bind(event.hash.0.to_vec());
        }
        query.execute(connection).await.map(|_| ())
    }
}

/// A statement for up to `size` events: what is not bound is NULL, and left out.
fn statement(size: usize) -> String {
    let row = format!("({})", vec!["?"; COLUMNS.split(',').count()].join(","));
    let rows = vec![row; size].join(",");
    format!("INSERT INTO events({COLUMNS}) SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL")
}

/// A number as SQLite keeps it. No count of ours comes near 2^63.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The events of a page, as `page.sql` gives it.
pub(super) fn page(row: &SqliteRow) -> Result<Result<Vec<Recorded>, Unreadable>, sqlx::Error> {
    let count: i64 = row.try_get(0)?;
    Ok(split(usize::try_from(count).unwrap_or(0), row.try_get(1)?, row.try_get(2)?))
}

fn split(count: usize, bytes: &[u8], hashes: &[u8]) -> Result<Vec<Recorded>, Unreadable> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let index = before.split(|byte| *byte == RECORD_SEPARATOR).count().saturating_sub(1);
        Unreadable { index, what: "holds bytes that are no text".to_owned() }
    })?;
    let mut events = Vec::with_capacity(count);
    let mut pairs = hashes.chunks_exact(2 * HASH_BYTES);
    for (index, record) in text.split(char::from(RECORD_SEPARATOR)).enumerate() {
        let pair = pairs.next().unwrap_or_default();
        events.push(event(record, pair).map_err(|what| Unreadable { index, what })?);
    }
    if events.len() == count && hashes.len() == count * 2 * HASH_BYTES {
        Ok(events)
    } else {
        Err(Unreadable { index: 0, what: format!("belongs to a page of {count} that reads as {}", events.len()) })
    }
}

fn event(record: &str, hashes: &[u8]) -> Result<Recorded, String> {
    let mut columns = record.splitn(12, UNIT_SEPARATOR);
    let mut next = |name: &'static str| columns.next().ok_or_else(|| format!("has no {name}"));
    let (previous_hash, hash) = hashes.split_at_checked(HASH_BYTES).ok_or("has no hash")?;
    Ok(Recorded {
        position: Position(number(next("position")?)?),
        event_id: EventId(next("event_id")?.to_owned()),
        stream: Stream(next("stream")?.to_owned()),
        version: Version(number(next("version")?)?),
        kind: next("type")?.to_owned(),
        schema_version: number(next("schema_version")?)?,
        recorded_at: Timestamp::from_microsecond(number(next("recorded_at")?)?)
            .map_err(|_| "was recorded at a time that does not exist".to_owned())?,
        actor: Actor::recorded(next("actor")?.to_owned()),
        correlation: Correlation(next("correlation_id")?.to_owned()),
        causation: next("causation_id")?.strip_prefix('=').map(|id| EventId(id.to_owned())),
        epoch: Epoch(number(next("executor_epoch")?)?),
        payload: next("payload")?.to_owned(),
        previous_hash: Hash(previous_hash.try_into().map_err(|_| "has no hash")?),
        hash: Hash(hash.try_into().map_err(|_| "has no hash")?),
    })
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("has `{}` for a number", text.escape_debug()))
}
