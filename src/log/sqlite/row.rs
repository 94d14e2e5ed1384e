//! A row of the file and the event it is.

use events::actor::Actor;
use events::chain::Hash;
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// Every column, in the order that [`recorded`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT position, event_id, stream, version, type, schema_version, recorded_at, actor, correlation_id, ",
            "causation_id, executor_epoch, payload, prev_hash, hash FROM events ",
            $rest
        )
    };
}
pub(super) use select;

/// The event that a selected row is.
pub(super) fn recorded(row: &SqliteRow) -> Result<Recorded, sqlx::Error> {
    Ok(Recorded {
        position: Position(unsigned(row, 0)?),
        event_id: EventId(row.try_get(1)?),
        stream: Stream(row.try_get(2)?),
        version: Version(unsigned(row, 3)?),
        kind: row.try_get(4)?,
        schema_version: u32::try_from(unsigned(row, 5)?).map_err(out_of_range)?,
        recorded_at: Timestamp::from_microsecond(row.try_get(6)?).map_err(|error| sqlx::Error::Decode(error.into()))?,
        actor: Actor::recorded(row.try_get(7)?),
        correlation: Correlation(row.try_get(8)?),
        causation: row.try_get::<Option<String>, _>(9)?.map(EventId),
        epoch: Epoch(unsigned(row, 10)?),
        payload: row.try_get(11)?,
        previous_hash: hash(row, 12)?,
        hash: hash(row, 13)?,
    })
}

fn unsigned(row: &SqliteRow, column: usize) -> Result<u64, sqlx::Error> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(out_of_range)
}

pub(super) fn hash(row: &SqliteRow, column: usize) -> Result<Hash, sqlx::Error> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map(Hash).map_err(|_| sqlx::Error::Decode("a hash must have 32 bytes".into()))
}

fn out_of_range(error: std::num::TryFromIntError) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

/// SQLite counts in signed numbers; what is beyond them can't be in a file.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
