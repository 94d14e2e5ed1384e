//! What a check over HTTP is told.

use std::collections::BTreeMap;
use std::time::Duration;

use events::name::CheckName;
use reqwest::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::config::secret::Value;

/// What `[site.check.http]` of a `[[site.check]]` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub name: CheckName,
    /// What is asked for: `/health`.
    pub path: Target,
    /// The `Host` that is asked for, where the application answers to its public name only.
    #[serde(default)]
    pub host: Option<HeaderText>,
    /// The one status that passes.
    #[serde(default = "ok")]
    pub status: u16,
    /// What the body must contain.
    #[serde(default)]
    pub body_contains: Option<String>,
    /// What the body must say as JSON: values by pointer (RFC 6901), such as `"/status" = "ok"`.
    #[serde(default)]
    pub json: BTreeMap<Pointer, serde_json::Value>,
    /// The header in which the application says which release it is.
    #[serde(default = "x_release")]
    pub release_header: HeaderField,
    /// What that header must be.
    #[serde(default)]
    pub release_is: ReleaseIs,
    /// The longest time the whole answer may take.
    #[serde(with = "optional_duration", default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// More headers to send; values may be secrets.
    #[serde(default)]
    pub headers: BTreeMap<HeaderField, Value>,
}

/// What the header of the release must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseIs {
    /// The whole commit or digest. Without it, a process that was never replaced passes.
    #[default]
    Pin,
    /// The name that people gave.
    Name,
    /// Not looked at: any release passes.
    Ignored,
}

fn ok() -> u16 {
    200
}

fn x_release() -> HeaderField {
    HeaderField("x-release".to_owned())
}

mod optional_duration {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    use crate::config::duration;

    #[expect(clippy::ref_option, reason = "serde gives a reference")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => duration::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        duration::deserialize(deserializer).map(Some)
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $accepts:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&text) { Ok(Self(text)) } else { Err($rule) }
            }
        }

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.0
            }
        }
    };
}

text!(
    /// A path with its query.
    Target,
    |text| text.starts_with('/') && !text.starts_with("//") && text.chars().all(|c| c.is_ascii_graphic()),
    "a path must start with one / and hold no spaces"
);
text!(
    /// A JSON pointer; empty for the whole body.
    Pointer,
    |text| text.is_empty() || text.starts_with('/'),
    "a JSON pointer must start with /, such as /database/status"
);
text!(
    /// The name of a header.
    HeaderField,
    |text| text.parse::<HeaderName>().is_ok(),
    "the name of a header must be letters, digits and -"
);
text!(
    /// The value of a header.
    HeaderText,
    |text| text.parse::<HeaderValue>().is_ok(),
    "the value of a header must be one line of printable characters"
);
