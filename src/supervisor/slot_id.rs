//! What a slot is called: a color and a number.

use std::fmt;
use std::str::FromStr;

use events::color::Color;
use serde::{Deserialize, Serialize};

/// A place for one process: `green-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SlotId {
    pub color: Color,
    pub number: u16,
}

/// A text that names no slot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a slot: COLOR-NUMBER, such as green-1")]
pub struct BadSlotId(String);

impl FromStr for SlotId {
    type Err = BadSlotId;

    fn from_str(text: &str) -> Result<Self, BadSlotId> {
        let id = text
            .split_once('-')
            .and_then(|(color, number)| Some(Self { color: color.parse().ok()?, number: number.parse().ok()? }));
        // Spelled in one way only, so that an id is a folder's name.
        id.filter(|id| id.number > 0 && id.to_string() == text).ok_or_else(|| BadSlotId(text.to_owned()))
    }
}

impl TryFrom<String> for SlotId {
    type Error = BadSlotId;

    fn try_from(text: String) -> Result<Self, BadSlotId> {
        text.parse()
    }
}

impl From<SlotId> for String {
    fn from(id: SlotId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.color, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_never_a_way_out_of_its_folder() {
        assert_eq!("green-12".parse(), Ok(SlotId { color: Color::Green, number: 12 }));
        for bad in
            ["", "green", "green-", "green-0", "green-01", "green-+1", "Green-1", "red-1", "green-1/..", "green-70000"]
        {
            assert!(bad.parse::<SlotId>().is_err(), "{bad}");
        }
    }
}
