//! `CloudEvents` 1.0, JSON batch format, <https://github.com/cloudevents/spec>: one event a line.

use events::actor::Actor;
use events::chain::Hash;
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Line;
use crate::log::store_id::{BadStoreId, StoreId};

pub(super) const OPENING: &str = "[";
pub(super) const CLOSING: &str = "]";

/// Before the name of the fact; after it comes `.v` and the version of its spelling.
const TYPE_PREFIX: &str = "dev.changeover.";
const SOURCE_PREFIX: &str = "/store/";

/// Names of attributes may only hold lower-case letters and digits; whole numbers may only have 32 bits, so that ours
/// are text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudEvent {
    specversion: String,
    id: EventId,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: Stream,
    time: Timestamp,
    datacontenttype: String,
    sequence: String,
    streamversion: String,
    actor: Actor,
    correlationid: Correlation,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<EventId>,
    executorepoch: String,
    prevhash: Hash,
    hash: Hash,
    data: Box<RawValue>,
}

pub(super) fn event(store_id: &str, event: &Recorded, is_first: bool) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(&CloudEvent {
        specversion: "1.0".to_owned(),
        id: event.event_id.clone(),
        source: format!("{SOURCE_PREFIX}{store_id}"),
        kind: format!("{TYPE_PREFIX}{}.v{}", event.kind, event.schema_version),
        subject: event.stream.clone(),
        time: event.recorded_at,
        datacontenttype: "application/json".to_owned(),
        sequence: event.position.to_string(),
        streamversion: event.version.to_string(),
        actor: event.actor.clone(),
        correlationid: event.correlation.clone(),
        causationid: event.causation.clone(),
        executorepoch: event.epoch.to_string(),
        prevhash: event.previous_hash,
        hash: event.hash,
        data: RawValue::from_string(event.payload.clone())?,
    })?;
    // The comma of a JSON array stands before the next event, because the last one is known only afterwards.
    Ok(if is_first { text } else { format!(",{text}") })
}

/// A line after the first.
pub(super) fn line(line: &str) -> Result<Line, String> {
    if line == CLOSING {
        return Ok(Line::Closing(None));
    }
    let text = line.strip_prefix(',').unwrap_or(line);
    let event: CloudEvent =
        serde_json::from_str(text).map_err(|error| format!("it is no CloudEvent of ours: {error}"))?;
    let (store_id, event) = recorded(event)?;
    Ok(Line::Event(Some(store_id), Box::new(event)))
}

fn recorded(event: CloudEvent) -> Result<(StoreId, Recorded), String> {
    if event.specversion != "1.0" {
        return Err(format!("it is of CloudEvents {}, not 1.0", event.specversion));
    }
    if event.datacontenttype != "application/json" {
        return Err(format!("its data is {}, not application/json", event.datacontenttype));
    }
    let store_id = event.source.strip_prefix(SOURCE_PREFIX).unwrap_or_default();
    let store_id = store_id.parse().map_err(|error: BadStoreId| format!("its source is no log of ours: {error}"))?;
    let kind = event.kind.strip_prefix(TYPE_PREFIX).and_then(|it| it.rsplit_once(".v"));
    let (kind, schema_version) = kind.ok_or_else(|| format!("its type is not {TYPE_PREFIX}NAME.vNUMBER"))?;
    let recorded = Recorded {
        position: Position(number("sequence", &event.sequence)?),
        event_id: event.id,
        stream: event.subject,
        version: Version(number("streamversion", &event.streamversion)?),
        kind: kind.to_owned(),
        schema_version: number("type", schema_version)?,
        recorded_at: event.time,
        actor: event.actor,
        correlation: event.correlationid,
        causation: event.causationid,
        epoch: Epoch(number("executorepoch", &event.executorepoch)?),
        payload: Box::<str>::from(event.data).into_string(),
        previous_hash: event.prevhash,
        hash: event.hash,
    };
    Ok((store_id, recorded))
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("its {name} has no number: `{}`", text.escape_debug()))
}
