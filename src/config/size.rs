//! Sizes as people write them: `"500kB"`, `"10MB"`, `"2GB"`. For `#[serde(with = "crate::config::size")]`.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// A text that is not a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a size: a whole number and a unit (B, kB, MB or GB), such as 500kB or 10MB")]
pub struct BadSize(String);

/// Each unit with its size in bytes, the largest first.
const UNITS: [(&str, u64); 4] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

/// Reads a whole number with a unit, as bytes; a number without one is refused.
pub fn parse(text: &str) -> Result<u64, BadSize> {
    let bad = || BadSize(text.to_owned());
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let (_, size_bytes) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
    number.checked_mul(size_bytes).ok_or_else(bad)
}

/// The size in the largest unit that needs no fraction.
#[must_use]
pub fn spell(size_bytes: u64) -> String {
    let (unit, unit_bytes) = UNITS
        .into_iter()
        .find(|(_, unit_bytes)| size_bytes > 0 && size_bytes.is_multiple_of(*unit_bytes))
        .unwrap_or(("B", 1));
    format!("{}{unit}", size_bytes / unit_bytes)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

pub fn serialize<S: Serializer>(size_bytes: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&spell(*size_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit() {
        for (text, size_bytes) in
            [("0B", 0), ("1B", 1), ("500kB", 500_000), ("10MB", 10_000_000), ("2GB", 2_000_000_000)]
        {
            assert_eq!(parse(text), Ok(size_bytes), "{text}");
            assert_eq!(spell(size_bytes), text);
        }
        for bad in ["", "10", "MB", "-1MB", "1.5MB", "10 MB", "10mb", "99999999999999999999B", "18446744073709551615GB"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
