//! What the supervisor is told: the command of every process, and how it is started and ended.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::secret::Value;

/// Everything the supervisor is told; handed over as JSON. Holds no secret, only where secrets are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The program and its arguments, never through a shell; `{port}`, `{color}`, `{slot}` and `{release}` are replaced.
    pub command: Vec<String>,
    /// Where the ports of slots are taken from.
    pub ports: PortRange,
    /// How long a process may take to end after SIGTERM.
    #[serde(with = "crate::config::duration")]
    pub grace: Duration,
    /// The environment of every process, beside the few names that it always has.
    #[serde(default)]
    pub env: BTreeMap<String, Value>,
    #[serde(default)]
    pub log: LogSettings,
}

/// How much a process's output may grow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// A log larger than this many bytes is rotated.
    #[serde(with = "crate::config::size")]
    pub size: u64,
    /// How many rotated files are kept.
    pub keep: u8,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { size: 10_000_000, keep: 5 }
    }
}

/// Ports from `first` to `last`, both included. Written `9000-9099`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PortRange {
    first: u16,
    last: u16,
}

/// A text that is not a range of ports.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a range of ports: FIRST-LAST, each from 1 to 65535, such as 9000-9099")]
pub struct BadPortRange(String);

impl PortRange {
    /// Whether some port is in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Every port of the range, in order.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl FromStr for PortRange {
    type Err = BadPortRange;

    fn from_str(text: &str) -> Result<Self, BadPortRange> {
        let bad = || BadPortRange(text.to_owned());
        let (first, last) = text.split_once('-').ok_or_else(bad)?;
        let (first, last) = (first.parse().map_err(|_| bad())?, last.parse().map_err(|_| bad())?);
        if 0 < first && first <= last { Ok(Self { first, last }) } else { Err(bad()) }
    }
}

impl TryFrom<String> for PortRange {
    type Error = BadPortRange;

    fn try_from(text: String) -> Result<Self, BadPortRange> {
        text.parse()
    }
}

impl From<PortRange> for String {
    fn from(range: PortRange) -> Self {
        range.to_string()
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Settings that cannot start a process; the sentence names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    #[error("command must hold at least the program")]
    NoCommand,
    #[error("command must not hold a NUL byte (argument {0})")]
    BadArgument(usize),
    #[error("env.{0} must be a name without = and NUL, and its value without NUL")]
    BadName(String),
    #[error("env.{0} is set for every process by the supervisor itself")]
    Reserved(String),
    #[error("log.size must be at least 1kB")]
    SmallLog,
}

impl Settings {
    /// Whether a process could be started with these at all.
    pub fn check(&self) -> Result<(), BadSettings> {
        if self.command.first().is_none_or(String::is_empty) {
            return Err(BadSettings::NoCommand);
        }
        if let Some(index) = self.command.iter().position(|argument| argument.contains('\0')) {
            return Err(BadSettings::BadArgument(index));
        }
        for (name, value) in &self.env {
            let is_plain = match value {
                Value::Plain(text) => !text.contains('\0'),
                Value::Secret(_) => true,
            };
            if name.is_empty() || name.contains(['=', '\0']) || !is_plain {
                return Err(BadSettings::BadName(name.replace('\0', "\\0")));
            }
            if name == "PORT" || name.starts_with("CHANGEOVER_") {
                return Err(BadSettings::Reserved(name.clone()));
            }
        }
        if self.log.size < 1_000 { Err(BadSettings::SmallLog) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::secret::Secret;

    fn settings(json: &str) -> Result<Settings, String> {
        let settings: Settings = serde_json::from_str(json).map_err(|error| error.to_string())?;
        settings.check().map(|()| settings).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_survive_the_way_to_the_supervisor() {
        let whole = settings(
            r#"{"command":["./app","{port}"],"ports":"9000-9099","grace":"10s","log":{"size":"10MB","keep":5},
                "env":{"MODE":"web","KEY":{"env":"SHOP_KEY"},"CERT":{"file":"/etc/cert"}}}"#,
        )
        .unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&serde_json::to_string(&whole).unwrap()).unwrap(), whole);
        assert_eq!(whole.ports.iter().count(), 100);
        assert_eq!(whole.env.get("KEY"), Some(&Value::Secret(Secret::Env("SHOP_KEY".into()))));
    }

    #[test]
    fn what_cannot_start_a_process_is_refused_with_its_field() {
        for (json, expected) in [
            (r#"{"command":[],"ports":"1-2","grace":"1s"}"#, "command must hold"),
            (r#"{"command":["a"],"ports":"9099-9000","grace":"1s"}"#, "FIRST-LAST"),
            (r#"{"command":["a"],"ports":"0-1","grace":"1s"}"#, "FIRST-LAST"),
            (r#"{"command":["a"],"ports":"1-2","grace":10}"#, "line 1 column"),
            (r#"{"command":["a"],"ports":"1-2","grace":"1s","env":{"PORT":"1"}}"#, "env.PORT is set"),
            (r#"{"command":["a"],"ports":"1-2","grace":"1s","env":{"A=B":"1"}}"#, "env.A=B must be"),
            (r#"{"command":["a"],"ports":"1-2","grace":"1s","env":{"A":{"emv":"B"}}}"#, "{ env = \"NAME\" }"),
            (r#"{"command":["a"],"ports":"1-2","grace":"1s","colour":"red"}"#, "colour"),
        ] {
            let said = settings(json).unwrap_err();
            assert!(said.contains(expected), "{json}: {said}");
        }
    }
}
