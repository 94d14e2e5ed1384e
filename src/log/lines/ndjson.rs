//! Our own columns, one JSON object a line.

use events::actor::Actor;
use events::chain::Hash;
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Line;
use crate::log::chain::Head;
use crate::log::store_id::{BadStoreId, StoreId};

/// Which spelling of the lines this is.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    changeover_log: u32,
    store_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the columns of the log are called so")]
struct Event {
    position: Position,
    event_id: EventId,
    stream: Stream,
    version: Version,
    #[serde(rename = "type")]
    kind: String,
    schema_version: u32,
    recorded_at: Timestamp,
    actor: Actor,
    correlation_id: Correlation,
    causation_id: Option<EventId>,
    executor_epoch: Epoch,
    /// Byte for byte what was hashed.
    payload: Box<RawValue>,
    prev_hash: Hash,
    hash: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    end_of_log: End,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    position: Position,
    hash: Hash,
}

pub(super) fn opening(store_id: &str) -> String {
    format!(r#"{{"changeover_log":{FORMAT},"store_id":"{store_id}"}}"#)
}

pub(super) fn closing(head: &Head) -> String {
    format!(r#"{{"end_of_log":{{"position":{},"hash":"{}"}}}}"#, head.position, head.hash)
}

pub(super) fn event(event: &Recorded) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Event {
        position: event.position,
        event_id: event.event_id.clone(),
        stream: event.stream.clone(),
        version: event.version,
        kind: event.kind.clone(),
        schema_version: event.schema_version,
        recorded_at: event.recorded_at,
        actor: event.actor.clone(),
        correlation_id: event.correlation.clone(),
        causation_id: event.causation.clone(),
        executor_epoch: event.epoch,
        payload: RawValue::from_string(event.payload.clone())?,
        prev_hash: event.previous_hash,
        hash: event.hash,
    })
}

/// The log that the first line names.
pub(super) fn first(line: &str) -> Result<StoreId, String> {
    let opening: Opening = serde_json::from_str(line).map_err(|error| {
        format!("the first line must name the log, as `changeover log export` writes it, or be `[`: {error}")
    })?;
    if opening.changeover_log != FORMAT {
        let found = opening.changeover_log;
        return Err(format!("it is in format {found}, and this changeover knows format {FORMAT}"));
    }
    opening.store_id.parse().map_err(|error: BadStoreId| error.to_string())
}

/// A line after the first. Events do not repeat the log's id: `Lines` has it from the first line.
pub(super) fn line(line: &str) -> Result<Line, String> {
    if line.starts_with(r#"{"end_of_log""#) {
        let Closing { end_of_log: End { position, hash } } = serde_json::from_str(line).map_err(text)?;
        return Ok(Line::Closing(Some(Head { position, hash })));
    }
    if line.starts_with(r#"{"changeover_log""#) {
        return first(line).map(|_| Line::Opening);
    }
    let event: Event = serde_json::from_str(line).map_err(text)?;
    Ok(Line::Event(None, Box::new(recorded(event))))
}

fn recorded(event: Event) -> Recorded {
    Recorded {
        position: event.position,
        event_id: event.event_id,
        stream: event.stream,
        version: event.version,
        kind: event.kind,
        schema_version: event.schema_version,
        recorded_at: event.recorded_at,
        actor: event.actor,
        correlation: event.correlation_id,
        causation: event.causation_id,
        epoch: event.executor_epoch,
        payload: Box::<str>::from(event.payload).into_string(),
        previous_hash: event.prev_hash,
        hash: event.hash,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn text(error: serde_json::Error) -> String {
    format!("it is no event: {error}")
}
