//! The two environments of a site.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An environment. Which one is live changes at every cutover: nothing may assume that Blue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    Blue,
    Green,
}

impl Color {
    pub const BOTH: [Color; 2] = [Color::Blue, Color::Green];

    /// The other environment.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }

    /// `blue` or `green`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names neither environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a color must be blue or green")]
pub struct BadColor;

impl FromStr for Color {
    type Err = BadColor;

    fn from_str(text: &str) -> Result<Self, BadColor> {
        match text.to_ascii_lowercase().as_str() {
            "blue" => Ok(Self::Blue),
            "green" => Ok(Self::Green),
            _ => Err(BadColor),
        }
    }
}

/// One value for each environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByColor<T> {
    pub blue: T,
    pub green: T,
}

impl<T> ByColor<T> {
    /// Both values, made from their color.
    pub fn from_fn(mut make: impl FnMut(Color) -> T) -> Self {
        Self { blue: make(Color::Blue), green: make(Color::Green) }
    }

    #[must_use]
    pub fn get(&self, color: Color) -> &T {
        match color {
            Color::Blue => &self.blue,
            Color::Green => &self.green,
        }
    }

    pub fn get_mut(&mut self, color: Color) -> &mut T {
        match color {
            Color::Blue => &mut self.blue,
            Color::Green => &mut self.green,
        }
    }
}
