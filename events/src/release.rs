//! What is released: a name that people say, pinned to what will not change.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What people typed to name a release: a tag, a branch, a commit. Never a command-line option, never a path upwards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseName(String);

/// The commit (40 or 64 hexadecimal digits) or artefact digest that a release name stood for when it was decided upon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin(String);

/// An immutable version: a name and the pin it was resolved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub name: ReleaseName,
    pub pin: Pin,
}

/// A text that can't name a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRelease(&'static str);

impl ReleaseName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Pin {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits: what people compare.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl FromStr for ReleaseName {
    type Err = BadRelease;

    fn from_str(text: &str) -> Result<Self, BadRelease> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._/+-".contains(c));
        if text.len() > 128 || !starts_well || !is_plain {
            return Err(BadRelease(
                "a release must be 1 to 128 characters of a-z, A-Z, 0-9 and ._/+-, starting with a letter or digit",
            ));
        }
        // What git itself forbids in a ref, and what a folder name must not hold.
        if text.contains("..") || text.contains("//") || text.ends_with(['/', '.']) || text.contains(".lock") {
            return Err(BadRelease("a release must not hold .. or // nor end with / or ., nor hold .lock"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Pin {
    type Err = BadRelease;

    fn from_str(text: &str) -> Result<Self, BadRelease> {
        let is_digest = matches!(text.len(), 40 | 64) && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        if is_digest {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadRelease("a pin must be 40 or 64 lower-case hexadecimal digits"))
        }
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = BadRelease;

            fn try_from(text: String) -> Result<Self, BadRelease> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

as_text!(ReleaseName);
as_text!(Pin);

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.pin.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_name_is_never_an_option_or_a_way_upwards() {
        for good in ["1.42.0", "v2", "feature/basket", "main", "0a1b2c3"] {
            assert!(good.parse::<ReleaseName>().is_ok(), "{good}");
        }
        for bad in ["", "-f", "--upload-pack=x", "../x", "a..b", "a b", "a;b", "$(x)", "a/", "x.lock", "@{u}", "ä"] {
            assert!(bad.parse::<ReleaseName>().is_err(), "{bad}");
        }
    }
}
