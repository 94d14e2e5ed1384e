//! How facts are spelled on disk: the only place that knows. Names and payloads are for ever; a fact that must be
//! spelled differently gets a version and an upcast, and the old bytes stay readable.

mod upcast;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::actor::Actor;
use crate::envelope::{Correlation, Draft, EventId, PAYLOAD_LIMIT, Recorded};
use crate::fact::Event;

pub use upcast::Upcast;

/// A fact as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// The wire name: family and fact, such as `RunRequested`.
    pub kind: String,
    pub schema_version: u32,
    /// Compact JSON.
    pub payload: String,
}

/// Why a stored event can't be read as a fact, or a fact not be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("{0} is not a fact that this build knows")]
    UnknownKind(String),
    #[error("{kind} has version {version}; this build knows up to {known}")]
    TooNew { kind: String, version: u32, known: u32 },
    #[error("{kind} does not have the shape of its version: {error}")]
    BadPayload { kind: String, error: String },
    #[error("a fact of {size} bytes is over the limit of {PAYLOAD_LIMIT}")]
    TooLarge { size: usize },
}

/// Spells a fact.
pub fn encode(event: &Event) -> Result<Spelled, WireError> {
    match event {
        Event::Site(it) => spell("Site", it),
        Event::Run(it) => spell("Run", it),
        Event::Step(it) => spell("Step", it),
        Event::Approval(it) => spell("Approval", it),
        Event::Confirmation(it) => spell("Confirmation", it),
        Event::Queue(it) => spell("Queue", it),
        Event::Window(it) => spell("Window", it),
        Event::Lock(it) => spell("Lock", it),
        Event::Order(it) => spell("Order", it),
        Event::Bot(it) => spell("Bot", it),
        Event::Inbox(it) => spell("Inbox", it),
        Event::Chat(it) => spell("Chat", it),
    }
}

/// A fact, ready to be appended.
pub fn draft(
    event: &Event,
    event_id: EventId,
    actor: Actor,
    correlation: Correlation,
    causation: Option<EventId>,
) -> Result<Draft, WireError> {
    let Spelled { kind, schema_version, payload } = encode(event)?;
    Ok(Draft { event_id, kind, schema_version, actor, correlation, causation, payload })
}

/// Reads a stored event as a fact.
pub fn decode(recorded: &Recorded) -> Result<Event, WireError> {
    read(&recorded.kind, recorded.schema_version, &recorded.payload)
}

/// Reads a fact as it is spelled.
pub fn read(kind: &str, schema_version: u32, payload: &str) -> Result<Event, WireError> {
    decode_with(upcast::ALL, kind, schema_version, payload)
}

fn decode_with(upcasts: &[Upcast], kind: &str, version: u32, payload: &str) -> Result<Event, WireError> {
    let raised = upcast::raise(upcasts, kind, version, payload)?;
    let payload = raised.as_deref().unwrap_or(payload);
    let read = Spelling { kind, payload };
    if let Some(fact) = kind.strip_prefix("Site") {
        read.fact(fact).map(Event::Site)
    } else if let Some(fact) = kind.strip_prefix("Run") {
        read.fact(fact).map(Event::Run)
    } else if let Some(fact) = kind.strip_prefix("Step") {
        read.fact(fact).map(Event::Step)
    } else if let Some(fact) = kind.strip_prefix("Approval") {
        read.fact(fact).map(Event::Approval)
    } else if let Some(fact) = kind.strip_prefix("Confirmation") {
        read.fact(fact).map(Event::Confirmation)
    } else if let Some(fact) = kind.strip_prefix("Queue") {
        read.fact(fact).map(Event::Queue)
    } else if let Some(fact) = kind.strip_prefix("Window") {
        read.fact(fact).map(Event::Window)
    } else if let Some(fact) = kind.strip_prefix("Lock") {
        read.fact(fact).map(Event::Lock)
    } else if let Some(fact) = kind.strip_prefix("Order") {
        read.fact(fact).map(Event::Order)
    } else if let Some(fact) = kind.strip_prefix("Bot") {
        read.fact(fact).map(Event::Bot)
    } else if let Some(fact) = kind.strip_prefix("Inbox") {
        read.fact(fact).map(Event::Inbox)
    } else if let Some(fact) = kind.strip_prefix("Chat") {
        read.fact(fact).map(Event::Chat)
    } else {
        Err(WireError::UnknownKind(kind.to_owned()))
    }
}

/// A fact is written by serde as `{"Requested":{…}}`; on disk the name stands in a column of its own, where it can be
/// searched, and the payload is the `{…}` alone.
fn spell<T: Serialize>(family: &str, fact: &T) -> Result<Spelled, WireError> {
    let bad = |error: String| WireError::BadPayload { kind: family.to_owned(), error };
    let tagged = serde_json::to_string(fact).map_err(|error| bad(error.to_string()))?;
    let (name, payload) = tagged
        .strip_prefix("{\"")
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|rest| rest.split_once("\":"))
        .ok_or_else(|| bad("a fact must be a variant with fields".to_owned()))?;
    let payload = without_controls(payload);
    if payload.len() > PAYLOAD_LIMIT {
        return Err(WireError::TooLarge { size: payload.len() });
    }
    let kind = format!("{family}{name}");
    Ok(Spelled { schema_version: upcast::current(upcast::ALL, &kind), kind, payload })
}

/// The log takes no control characters. serde escapes those below a space; U+007F to U+009F can be escaped too.
fn without_controls(payload: &str) -> String {
    if !payload.contains(char::is_control) {
        return payload.to_owned();
    }
    let escaped = |c: char| if c.is_control() { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    payload.chars().map(escaped).collect()
}

struct Spelling<'a> {
    kind: &'a str,
    payload: &'a str,
}

impl Spelling<'_> {
    fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<T, WireError> {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(WireError::UnknownKind(self.kind.to_owned()));
        }
        serde_json::from_str(&format!("{{\"{name}\":{}}}", self.payload)).map_err(|error| {
            let error = error.to_string();
            if error.starts_with("unknown variant") {
                WireError::UnknownKind(self.kind.to_owned())
            } else {
                WireError::BadPayload { kind: self.kind.to_owned(), error }
            }
        })
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
pub(crate) mod samples;
