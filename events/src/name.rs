//! Names that people say and type, parsed once at the edge.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not a name; the sentence says what a name looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct BadName {
    kind: &'static str,
    rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $accepts:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A name that stands in our own source; what is no name is kept as it is, and tests see it.
            #[must_use]
            pub fn fixed(text: &'static str) -> Self {
                Self(text.to_owned())
            }

            /// The name as people write it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadName { kind: $kind, rule: $rule })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A thing that is released: `shop`.
    ServiceName, "a service name", is_label, "1 to 40 characters of a-z, 0-9 and -, starting with a letter"
);
name!(
    /// Where it is released to: `production`.
    StageName, "a stage name", is_label, "1 to 40 characters of a-z, 0-9 and -, starting with a letter"
);
name!(
    /// A check of a site's configuration: `health`.
    CheckName, "a check name", is_label, "1 to 40 characters of a-z, 0-9 and -, starting with a letter"
);
name!(
    /// What people are to a site: `releasers`.
    RoleName, "a role name", is_label, "1 to 40 characters of a-z, 0-9 and -, starting with a letter"
);
name!(
    /// One machine (or process slot) of a fleet, as its provider names it: `green-1`, `i-0abc`, `3164444`.
    MachineId, "a machine id", is_word, "1 to 128 printable characters without spaces"
);

fn is_label(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_word(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

/// A service on a stage: one event stream, one run at a time. Written `shop/production`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteName {
    pub service: ServiceName,
    pub stage: StageName,
}

impl FromStr for SiteName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let (service, stage) =
            text.split_once('/').ok_or(BadName { kind: "a site", rule: "SERVICE/STAGE, such as shop/production" })?;
        Ok(Self { service: service.parse()?, stage: stage.parse()? })
    }
}

impl TryFrom<String> for SiteName {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<SiteName> for String {
    fn from(name: SiteName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_a_service_on_a_stage() {
        let site: SiteName = "shop/production".parse().unwrap();
        assert_eq!(site.to_string(), "shop/production");
        for bad in ["shop", "shop/", "/x", "Shop/production", "shop/prod uction", "-a/b", "a/b/c"] {
            assert!(bad.parse::<SiteName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_machine_id_holds_no_space() {
        assert!("i-0abc/1".parse::<MachineId>().is_ok());
        assert!("a b".parse::<MachineId>().is_err());
        assert!("".parse::<MachineId>().is_err());
    }
}
