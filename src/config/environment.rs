//! The environment of a program that we start: clean, a few names that programs expect, and what was configured.

use std::collections::BTreeMap;
use std::ffi::OsString;

use serde::{Deserialize, Serialize};

use super::secret::{SecretError, SecretValue, Value};

/// What every program finds beside what was configured, if this process has it itself.
const KEPT: [&str; 3] = ["PATH", "HOME", "LANG"];

/// Where programs are looked for when this process has no `PATH` itself.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A name of an environment variable that may be configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VariableName(String);

/// A text that can't name a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a variable: A-Z, a-z, 0-9 and _, not starting with a digit; CHANGEOVER_ is ours")]
pub struct BadVariableName(String);

impl TryFrom<String> for VariableName {
    type Error = BadVariableName;

    fn try_from(text: String) -> Result<Self, BadVariableName> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if starts_well && is_plain && !text.starts_with("CHANGEOVER_") {
            Ok(Self(text))
        } else {
            Err(BadVariableName(text))
        }
    }
}

impl From<VariableName> for String {
    fn from(name: VariableName) -> Self {
        name.0
    }
}

/// What was configured: values, some of them named secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Environment(pub BTreeMap<VariableName, Value>);

/// A whole environment, secrets read.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// All variables, and no others. Not for logs: some are secrets.
    pub variables: Variables,
    /// What must not be shown.
    pub secrets: Vec<SecretValue>,
}

/// Variables with their values; shows only the names.
#[derive(Clone, Default)]
pub struct Variables(pub BTreeMap<String, OsString>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Variables {
    /// The few variables that every program finds.
    #[must_use]
    pub fn base() -> Self {
        let mut variables =
            BTreeMap::from([("PATH".to_owned(), DEFAULT_PATH.into()), ("LANG".into(), "C.UTF-8".into())]);
        variables.extend(KEPT.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?))));
        Self(variables)
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }
}

impl Environment {
    /// Reads the secrets; none is kept anywhere but in what is returned.
    pub fn resolve(&self) -> Result<Resolved, SecretError> {
        let mut resolved = Resolved { variables: Variables::base(), secrets: Vec::new() };
        for (VariableName(name), value) in &self.0 {
            let value = match value {
                Value::Plain(text) => text.clone(),
                Value::Secret(secret) => {
                    let secret = secret.resolve()?;
                    let text = secret.expose().to_owned();
                    resolved.secrets.push(secret);
                    text
                }
            };
            resolved.variables.0.insert(name.clone(), value.into());
        }
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_clean_and_shows_no_value() {
        let environment: Environment = toml::from_str("TOKEN = \"plain\"").unwrap();
        let resolved = environment.resolve().unwrap();
        assert_eq!(resolved.variables.0.get("TOKEN"), Some(&OsString::from("plain")));
        assert!(resolved.variables.0.keys().all(|name| ["PATH", "HOME", "LANG", "TOKEN"].contains(&name.as_str())));
        assert!(!format!("{resolved:?}").contains("plain"));
    }

    #[test]
    fn a_variable_name_is_one_and_not_ours() {
        for bad in ["", "1A", "A B", "A=B", "CHANGEOVER_PIN"] {
            assert!(VariableName::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
