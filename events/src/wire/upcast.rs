//! Old spellings, raised to the current one, a version at a time.

use serde_json::Value;

use super::WireError;

/// How one fact's payload of version `from` becomes one of version `from + 1`.
#[derive(Debug, Clone, Copy)]
pub struct Upcast {
    pub kind: &'static str,
    pub from: u32,
    pub raise: fn(Value) -> Value,
}

/// Every upcast there ever was, for ever. A fact that is not named here is at version 1.
pub(super) const ALL: &[Upcast] = &[];

/// The version in which a fact is written today.
pub(super) fn current(upcasts: &[Upcast], kind: &str) -> u32 {
    upcasts.iter().filter(|it| it.kind == kind).map(|it| it.from + 1).max().unwrap_or(1)
}

/// The payload in today's spelling; none if it is that already.
pub(super) fn raise(upcasts: &[Upcast], kind: &str, version: u32, payload: &str) -> Result<Option<String>, WireError> {
    let known = current(upcasts, kind);
    if version > known || version == 0 {
        return Err(WireError::TooNew { kind: kind.to_owned(), version, known });
    }
    if version == known {
        return Ok(None);
    }
    let bad = |error: serde_json::Error| WireError::BadPayload { kind: kind.to_owned(), error: error.to_string() };
    let mut value: Value = serde_json::from_str(payload).map_err(bad)?;
    for from in version..known {
        if let Some(upcast) = upcasts.iter().find(|it| it.kind == kind && it.from == from) {
            value = (upcast.raise)(value);
        }
    }
    serde_json::to_string(&value).map(Some).map_err(bad)
}
