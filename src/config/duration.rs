//! Durations as people write them: a whole number with its unit, such as `"500ms"`, `"30s"` or `"24h"`.
//!
//! For serde: `#[serde(with = "crate::config::duration")]`.

use std::fmt;
use std::time::Duration;

use serde::{Deserializer, Serializer, de};

/// The units, longest first; one day is always 24 hours.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Why a text is not a duration; the sentence says how one is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDuration {
    #[error("{0} has no unit: write {0}s for seconds (units are ms, s, m, h and d)")]
    NoUnit(String),
    #[error("\"{0}\" is not a duration: write a whole number and ms, s, m, h or d, such as 500ms, 30s or 24h")]
    NotADuration(String),
    #[error("{0} is longer than can be counted")]
    TooLong(String),
}

/// Reads `500ms`, `30s`, `5m`, `24h` or `7d`.
pub fn parse(text: &str) -> Result<Duration, BadDuration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.strip_prefix(digits).unwrap_or_default();
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(BadDuration::NotADuration(text.to_owned()));
    }
    if unit.is_empty() {
        return Err(BadDuration::NoUnit(text.to_owned()));
    }
    let Some((_, milliseconds)) = UNITS.into_iter().find(|(name, _)| *name == unit) else {
        return Err(BadDuration::NotADuration(text.to_owned()));
    };
    let count: u64 = digits.parse().map_err(|_| BadDuration::TooLong(text.to_owned()))?;
    count.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(|| BadDuration::TooLong(text.to_owned()))
}

/// The shortest spelling that [`parse`] reads back; what is finer than a millisecond is cut.
#[must_use]
pub fn format(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let unit = UNITS.into_iter().find(|(_, size)| milliseconds != 0 && milliseconds.is_multiple_of(u128::from(*size)));
    unit.map_or_else(|| "0s".to_owned(), |(name, size)| format!("{}{name}", milliseconds / u128::from(size)))
}

/// Writes a duration as text.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// Reads a duration from text; a bare number is refused, because it says no unit.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_any(Words)
}

/// For serde: a duration that need not be there.
pub mod optional {
    use super::{Deserializer, Duration};

    /// Reads one that is there.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}

struct Words;

impl de::Visitor<'_> for Words {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration with its unit, such as \"30s\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Duration, E> {
        Err(E::custom(BadDuration::NoUnit(number.to_string())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Duration, E> {
        Err(E::custom(BadDuration::NoUnit(number.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_back_as_it_was_written() {
        for text in ["1ms", "500ms", "30s", "90s", "5m", "24h", "2d", "0s"] {
            let read = parse(text).unwrap();
            assert_eq!(parse(&format(read)), Ok(read), "{text}");
        }
        assert_eq!(format(Duration::from_hours(48)), "2d");
        assert_eq!(format(Duration::from_millis(1_500)), "1500ms");
    }

    #[test]
    fn a_number_without_a_unit_is_refused_with_a_sentence() {
        #[derive(Debug, serde::Deserialize)]
        struct Table {
            #[serde(with = "super")]
            #[expect(dead_code, reason = "only whether it can be read matters")]
            window: Duration,
        }
        let number = toml::from_str::<Table>("window = 30").unwrap_err().to_string();
        assert!(number.contains("30 has no unit: write 30s for seconds"), "{number}");
        let text = toml::from_str::<Table>("window = \"30\"").unwrap_err().to_string();
        assert!(text.contains("30 has no unit: write 30s for seconds"), "{text}");
        toml::from_str::<Table>("window = \"30s\"").unwrap();
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for bad in ["", "s", "-1s", "1.5h", "1 h", "1h30m", "5 minutes", "5min", "1S", "٣s"] {
            assert!(matches!(parse(bad), Err(BadDuration::NotADuration(_))), "{bad}");
        }
        assert!(matches!(parse("99999999999999999999d"), Err(BadDuration::TooLong(_))));
        assert!(matches!(parse("999999999999999999d"), Err(BadDuration::TooLong(_))));
    }
}
