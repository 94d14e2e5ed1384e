//! Facts as they are stored: every kind, every version.

use events::envelope::PAYLOAD_LIMIT;
use events::wire::{Spelled, WireError, encode, read as decode};

use super::{bytes, text};
use crate::target::{Target, root};

pub(crate) const FACT: Target = Target {
    name: "wire",
    rule: "a fact that is read is written as what reads back as the same",
    seeds,
    read,
    inputs: 12_000,
    longest: 80_000,
};

/// Each golden line: kind, version, payload.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let golden = std::fs::read_to_string(root().join("events/src/wire/golden.txt")).unwrap();
    bytes(golden.lines())
}

fn read(input: &[u8]) -> String {
    let line = text(input);
    let mut parts = line.splitn(3, ' ');
    let mut part = || parts.next().unwrap_or_default();
    let (kind, version, payload) = (part(), part().parse().unwrap_or(1), part());
    let event = match decode(kind, version, payload) {
        Ok(event) => event,
        Err(error) => {
            let sentence = error.to_string();
            assert!(sentence.contains(kind), "{sentence} does not say what is not understood");
            return sentence;
        }
    };
    // What is read is one JSON value, and nothing that reaches beyond it.
    serde_json::from_str::<serde_json::Value>(payload).unwrap();
    let Spelled { kind: again, schema_version, payload } = match encode(&event) {
        Ok(spelled) => spelled,
        Err(error @ WireError::TooLarge { .. }) => return error.to_string(),
        Err(error) => panic!("what was read cannot be written: {error}"),
    };
    assert_eq!(again, kind);
    assert!(payload.len() <= PAYLOAD_LIMIT);
    // The log refuses control characters: a fact that holds one must not keep its site from going on.
    assert!(!payload.chars().any(char::is_control), "{payload:?}");
    assert_eq!(decode(kind, schema_version, &payload).as_ref(), Ok(&event), "{payload}");
    kind.to_owned()
}
