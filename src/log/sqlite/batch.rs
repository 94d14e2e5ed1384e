//! One transaction: what each caller asked is checked on its own, then everything is inserted at once.

use std::collections::BTreeMap;

use events::chain::{self, Hash};
use events::envelope::{Draft, EventId, PAYLOAD_LIMIT, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use jiff::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Row as _, Sqlite};

use super::row::{self, select, signed};
use crate::ports::{AppendError, Expected};

/// Rows of one INSERT: few sizes, so that few statements are prepared and kept.
const CHUNKS: [usize; 3] = [64, 8, 1];

/// The INSERT of so many rows; its text holds nothing but placeholders.
fn statement(rows: usize) -> String {
    let row = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    let rows = vec![row; rows].join(",");
    format!(
        "INSERT INTO events (position, event_id, stream, version, type, schema_version, recorded_at, actor, \
         correlation_id, causation_id, executor_epoch, payload, prev_hash, hash) VALUES {rows}"
    )
}

/// The end of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) position: Position,
    pub(super) hash: Hash,
    /// The newest executor: it is never followed by an older one.
    pub(super) epoch: Epoch,
}

/// What is about to be inserted, on top of what is there.
pub(super) struct Batch<'a> {
    connection: &'a mut SqliteConnection,
    pub(super) head: Head,
    versions: BTreeMap<Stream, Version>,
    pub(super) rows: Vec<Recorded>,
    now: Timestamp,
}

impl<'a> Batch<'a> {
    pub(super) fn new(connection: &'a mut SqliteConnection, head: Head, now: Timestamp) -> Self {
        // What is stored counts in microseconds; the hash must be over what is stored.
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        Self { connection, head, versions: BTreeMap::new(), rows: Vec::new(), now }
    }

    /// Takes one caller's drafts in, all or none; what it will be told once everything is durable.
    pub(super) async fn take(
        &mut self,
        expected: &Expected,
        drafts: Vec<Draft>,
    ) -> Result<Result<Vec<Recorded>, AppendError>, sqlx::Error> {
        if let Some(size) = drafts.iter().map(|it| it.payload.len()).find(|it| *it > PAYLOAD_LIMIT) {
            return Ok(Err(AppendError::TooLarge { size, limit: PAYLOAD_LIMIT }));
        }
        match self.known(expected, &drafts).await? {
            Known::All(recorded) => return Ok(Ok(recorded)),
            Known::Forged(id) => return Ok(Err(AppendError::Forged(id))),
            Known::None => {}
        }
        if expected.epoch < self.head.epoch {
            return Ok(Err(AppendError::Fenced { epoch: expected.epoch, current: self.head.epoch }));
        }
        let actual = self.version(&expected.stream).await?;
        if actual != expected.version {
            let stream = expected.stream.clone();
            return Ok(Err(AppendError::Moved { stream, expected: expected.version, actual }));
        }
        Ok(Ok(drafts.into_iter().map(|draft| self.place(expected, draft)).collect()))
    }

    fn place(&mut self, expected: &Expected, draft: Draft) -> Recorded {
        let version = self.versions.entry(expected.stream.clone()).or_default();
        *version = version.next();
        let mut recorded = Recorded {
            position: self.head.position.next(),
            event_id: draft.event_id,
            stream: expected.stream.clone(),
            version: *version,
            kind: draft.kind,
            schema_version: draft.schema_version,
            recorded_at: self.now,
            actor: draft.actor,
            correlation: draft.correlation,
            causation: draft.causation,
            epoch: expected.epoch,
            payload: draft.payload,
            previous_hash: self.head.hash,
            hash: self.head.hash,
        };
        recorded.hash = chain::link(&recorded);
        self.head = Head { position: recorded.position, hash: recorded.hash, epoch: expected.epoch };
        self.rows.push(recorded.clone());
        recorded
    }

    /// Whether these drafts are in the log (or in this batch) already.
    async fn known(&mut self, expected: &Expected, drafts: &[Draft]) -> Result<Known, sqlx::Error> {
        let mut known = Vec::new();
        for draft in drafts {
            match self.find(&draft.event_id).await? {
                None => {}
                Some(recorded) if is_same(expected, draft, &recorded) => known.push(recorded),
                Some(_) => return Ok(Known::Forged(draft.event_id.clone())),
            }
        }
        match (known.len(), drafts.first()) {
            (0, _) => Ok(Known::None),
            (count, _) if count == drafts.len() => Ok(Known::All(known)),
            // Half of an append can't be there: the other half would be a forgery.
            (_, first) => Ok(first.map_or(Known::None, |it| Known::Forged(it.event_id.clone()))),
        }
    }

    async fn find(&mut self, id: &EventId) -> Result<Option<Recorded>, sqlx::Error> {
        if let Some(pending) = self.rows.iter().find(|it| it.event_id == *id) {
            return Ok(Some(pending.clone()));
        }
        let found = sqlx::query(select!("WHERE event_id = ?1")).bind(id.as_str());
        found.fetch_optional(&mut *self.connection).await?.map(|it| row::recorded(&it)).transpose()
    }

    async fn version(&mut self, stream: &Stream) -> Result<Version, sqlx::Error> {
        if let Some(version) = self.versions.get(stream) {
            return Ok(*version);
        }
        let row = sqlx::query("SELECT coalesce(max(version), 0) FROM events WHERE stream = ?1")
            .bind(stream.as_str())
            .fetch_one(&mut *self.connection)
            .await?;
        let version = Version(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default());
        self.versions.insert(stream.clone(), version);
        Ok(version)
    }

    /// Inserts everything that was taken in.
    pub(super) async fn insert(&mut self) -> Result<(), sqlx::Error> {
        let mut rest = self.rows.as_slice();
        while !rest.is_empty() {
            let size = CHUNKS.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
            let (chunk, after) = rest.split_at(size);
            let mut query = sqlx::query(sqlx::AssertSqlSafe(statement(size)));
            for row in chunk {
                query = bind(query, row);
            }
            query.execute(&mut *self.connection).await?;
            rest = after;
        }
        Ok(())
    }
}

enum Known {
    All(Vec<Recorded>),
    None,
    Forged(EventId),
}

fn is_same(expected: &Expected, draft: &Draft, recorded: &Recorded) -> bool {
    recorded.stream == expected.stream
        && recorded.kind == draft.kind
        && recorded.schema_version == draft.schema_version
        && recorded.actor == draft.actor
        && recorded.correlation == draft.correlation
        && recorded.causation == draft.causation
        && recorded.payload == draft.payload
}

fn bind<'q>(query: Query<'q, Sqlite, SqliteArguments>, row: &'q Recorded) -> Query<'q, Sqlite, SqliteArguments> {
    query
        .bind(signed(row.position.0))
        .bind(row.event_id.as_str())
        .bind(row.stream.as_str())
        .bind(signed(row.version.0))
        .bind(row.kind.as_str())
        .bind(i64::from(row.schema_version))
        .bind(row.recorded_at.as_microsecond())
        .bind(row.actor.as_str())
        .bind(row.correlation.as_str())
        .bind(row.causation.as_ref().map(EventId::as_str))
        .bind(signed(row.epoch.0))
        .bind(row.payload.as_str())
        .bind(row.previous_hash.0.as_slice())
        .bind(row.hash.0.as_slice())
}
