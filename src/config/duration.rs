//! Durations as people write them: `"500ms"`, `"10s"`, `"5m"`, `"24h"`. For `#[serde(with = "crate::config::duration")]`.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration: a whole number and a unit (ms, s, m, h or d), such as 500ms, 10s or 24h")]
pub struct BadDuration(String);

/// Each unit with its length in milliseconds, the longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a whole number with a unit; a number without one is refused.
pub fn parse(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration(text.to_owned());
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let (_, milliseconds) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(bad)
}

/// The duration in the longest unit that needs no fraction; less than a millisecond is dropped.
#[must_use]
pub fn spell(duration: Duration) -> String {
    let whole = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (unit, milliseconds) =
        UNITS.into_iter().find(|(_, length)| whole > 0 && whole.is_multiple_of(*length)).unwrap_or(("ms", 1));
    format!("{}{unit}", whole / milliseconds)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&spell(*duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        for (text, milliseconds) in [("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("24h", 86_400_000)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
            assert_eq!(parse(&spell(Duration::from_millis(milliseconds))), parse(text), "{text}");
        }
        for bad in ["", "10", "s", "-1s", "1.5s", "10 s", "10S", "99999999999999999999s", "18446744073709551615d"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(spell(Duration::ZERO), "0ms");
    }
}
