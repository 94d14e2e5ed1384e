//! How requests are shared between the colors.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::color::Color;

/// Shares of requests in percent; they always add up to 100, so that there is never nobody to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Shares", into = "Shares")]
pub struct Weights {
    green: u8,
}

/// Shares that do not add up to 100.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("weights must add up to 100, not {blue} + {green}")]
pub struct BadWeights {
    blue: u8,
    green: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shares {
    blue: u8,
    green: u8,
}

impl Weights {
    /// Every request to one color.
    #[must_use]
    pub fn all_to(color: Color) -> Self {
        Self { green: if color == Color::Green { 100 } else { 0 } }
    }

    /// `percent` of the requests to `color`, the rest to the other; more than 100 counts as 100.
    #[must_use]
    pub fn percent_to(color: Color, percent: u8) -> Self {
        let percent = percent.min(100);
        Self { green: if color == Color::Green { percent } else { 100 - percent } }
    }

    /// The share of `color`, 0 to 100.
    #[must_use]
    pub fn of(self, color: Color) -> u8 {
        match color {
            Color::Blue => 100 - self.green,
            Color::Green => self.green,
        }
    }

    /// The color that gets every request, if one does.
    #[must_use]
    pub fn sole(self) -> Option<Color> {
        Color::BOTH.into_iter().find(|color| self.of(*color) == 100)
    }
}

impl TryFrom<Shares> for Weights {
    type Error = BadWeights;

    fn try_from(Shares { blue, green }: Shares) -> Result<Self, BadWeights> {
        if u16::from(blue) + u16::from(green) == 100 { Ok(Self { green }) } else { Err(BadWeights { blue, green }) }
    }
}

impl From<Weights> for Shares {
    fn from(weights: Weights) -> Self {
        Self { blue: weights.of(Color::Blue), green: weights.of(Color::Green) }
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blue {} %, green {} %", self.of(Color::Blue), self.of(Color::Green))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_do_not_add_up_are_refused() {
        assert!(serde_json::from_str::<Weights>(r#"{"blue":0,"green":0}"#).is_err());
        assert!(serde_json::from_str::<Weights>(r#"{"blue":60,"green":60}"#).is_err());
        let weights: Weights = serde_json::from_str(r#"{"blue":95,"green":5}"#).unwrap();
        assert_eq!((weights.of(Color::Blue), weights.of(Color::Green), weights.sole()), (95, 5, None));
    }

    #[test]
    fn all_to_one_color_is_nothing_to_the_other() {
        assert_eq!(Weights::all_to(Color::Green).of(Color::Blue), 0);
        assert_eq!(Weights::percent_to(Color::Blue, 25).of(Color::Green), 75);
        assert_eq!(Weights::all_to(Color::Blue).sole(), Some(Color::Blue));
    }
}
