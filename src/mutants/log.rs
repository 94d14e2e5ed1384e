//! The seams to the log: what an append relies on, the rows that are written, the lock, the tables,
//! and what a hash is held against.

use std::borrow::Cow;
use std::os::fd::AsFd;
use std::sync::Arc;

use async_trait::async_trait;
use events::chain::Hash;
use events::envelope::{Draft, EventId, Recorded, Stream};
use events::number::{Position, Version};
use rustix::fs::FlockOperation;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::watch;

use super::{Mistake, is};
use crate::ports::{AppendError, Expected, Log, LogReader, ReadError};

/// A log with a mistake between it and the engine.
struct MistakenLog(Arc<dyn Log>);

/// The log, as a mistaken engine uses it.
#[must_use]
pub fn log(log: Arc<dyn Log>) -> Arc<dyn Log> {
    Arc::new(MistakenLog(log))
}

#[async_trait]
impl LogReader for MistakenLog {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.0.after(position, limit).await
    }

    async fn stream_after(&self, stream: &Stream, version: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.0.stream_after(stream, version, limit).await
    }

    async fn find(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        if is(Mistake::DeliveryDecidedTwice) { Ok(None) } else { self.0.find(id).await }
    }
}

#[async_trait]
impl Log for MistakenLog {
    async fn append(&self, expected: Expected, drafts: Vec<Draft>) -> Result<Vec<Recorded>, AppendError> {
        if is(Mistake::AckBeforeKept) && drafts.iter().any(|it| it.kind == "InboxReceived") {
            return Ok(Vec::new());
        }
        match self.0.append(expected.clone(), drafts.clone()).await {
            Err(AppendError::Moved { actual, .. }) if is(Mistake::VersionUnchecked) => {
                self.0.append(Expected { version: actual, ..expected }, drafts).await
            }
            Err(AppendError::Fenced { current, .. }) if is(Mistake::FencingDropped) => {
                self.0.append(Expected { epoch: current, ..expected }, drafts).await
            }
            answer => answer,
        }
    }

    fn is_short_of_space(&self) -> bool {
        !is(Mistake::FullDiskIgnored) && self.0.is_short_of_space()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.0.head()
    }
}

/// The rows that are written instead of these.
#[must_use]
pub fn rows(rows: &[Recorded]) -> Cow<'_, [Recorded]> {
    if !is(Mistake::ChainNotLinked) {
        return rows.into();
    }
    let unlinked = |row: &Recorded| {
        let row = Recorded { previous_hash: Hash([0; 32]), ..row.clone() };
        Recorded { hash: events::chain::link(&row), ..row }
    };
    rows.iter().map(unlinked).collect::<Vec<_>>().into()
}

/// The hash that an event must carry, as whoever verifies the log computes it.
#[must_use]
pub fn link(event: &Recorded) -> Hash {
    if is(Mistake::DamageOverlooked) { event.hash } else { events::chain::link(event) }
}

/// Takes the lock of a log, or says that somebody has it.
pub fn flock(lock: impl AsFd, operation: FlockOperation) -> rustix::io::Result<()> {
    if is(Mistake::SecondBotLetIn) { Ok(()) } else { rustix::fs::flock(lock, operation) }
}

/// Changes the tables, after they were found to be the right ones.
pub async fn tables(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    if is(Mistake::UpdateAllowed) {
        sqlx::raw_sql("DROP TRIGGER events_not_updated").execute(connection).await?;
    }
    Ok(())
}
