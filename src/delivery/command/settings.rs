//! What `[site.delivery.command]` says.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use events::release::Release;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::repository::Repository;
use crate::config::environment::Environment;
use crate::program::Argv;

/// The settings of a delivery by command. Hold no secret, only where secrets are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where releases come from.
    pub repository: Repository,
    /// What makes a release ready to run, in order; each runs in the folder of the release.
    #[serde(default)]
    pub hooks: Hooks,
    /// How many finished release folders are kept, beside those that a machine uses or used just before.
    #[serde(default = "default_keep")]
    pub keep: u16,
    /// How long one call of git may take; the first fetch of a large repository takes longest.
    #[serde(with = "crate::config::duration", default = "default_timeout")]
    pub timeout: Duration,
    /// Deliver although submodules are empty folders and Git LFS files are pointers; otherwise such a release fails.
    #[serde(default)]
    pub allow_incomplete: bool,
}

/// One command that makes a release ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub name: HookName,
    pub run: Argv,
    #[serde(with = "crate::config::duration", default = "default_timeout")]
    pub timeout: Duration,
    #[serde(default)]
    pub env: Environment,
    /// Whether it may run again after it was killed. One that may not runs at most once per delivery, and should act
    /// on the world, not on the folder of the release.
    #[serde(default = "yes")]
    pub repeatable: bool,
}

fn default_keep() -> u16 {
    5
}

fn default_timeout() -> Duration {
    Duration::from_mins(10)
}

fn yes() -> bool {
    true
}

/// Settings that can't be; the sentence says what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSettings(pub(super) &'static str);

/// The hooks of a release; no two have the same name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Hook>", into = "Vec<Hook>")]
pub struct Hooks(Vec<Hook>);

impl Hooks {
    /// The hooks, in the order in which they run.
    pub fn iter(&self) -> std::slice::Iter<'_, Hook> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Hooks {
    type Item = &'a Hook;
    type IntoIter = std::slice::Iter<'a, Hook>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl TryFrom<Vec<Hook>> for Hooks {
    type Error = BadSettings;

    fn try_from(hooks: Vec<Hook>) -> Result<Self, BadSettings> {
        let names: BTreeSet<&HookName> = hooks.iter().map(|hook| &hook.name).collect();
        if names.len() < hooks.len() {
            return Err(BadSettings("two hooks have the same name"));
        }
        Ok(Self(hooks))
    }
}

impl From<Hooks> for Vec<Hook> {
    fn from(hooks: Hooks) -> Self {
        hooks.0
    }
}

/// What people call a hook: `build`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HookName(String);

impl From<HookName> for String {
    fn from(name: HookName) -> Self {
        name.0
    }
}

impl fmt::Display for HookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for HookName {
    type Error = BadSettings;

    fn try_from(text: String) -> Result<Self, BadSettings> {
        let is_plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if is_plain && (1..=40).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(BadSettings("a hook's name must be 1 to 40 characters of a-z, 0-9 and -"))
        }
    }
}

impl Settings {
    /// What the folder of `release` is called: the pin, and a digest of what else goes into it (its name and the hooks
    /// that make it ready), so that changed hooks are never answered with what other hooks made.
    #[must_use]
    pub fn folder_name(&self, release: &Release) -> String {
        let recipe = serde_json::json!([release.name, self.hooks]).to_string();
        let digest = hex::encode(Sha256::digest(recipe.as_bytes()));
        format!("{}-{}", release.pin, digest.get(..8).unwrap_or(&digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_and_equal_names_are_refused() {
        let read = |text: &str| toml::from_str::<Settings>(&format!("repository = \"shop\"\n{text}"));
        assert_eq!(read("").unwrap().keep, 5);
        assert!(read("hook = []").unwrap_err().to_string().contains("unknown field `hook`"));
        let hook = "[[hooks]]\nname = \"build\"\nrun = [\"make\"]\n";
        assert!(read(hook).unwrap().hooks.iter().all(|hook| hook.repeatable));
        assert!(read(&format!("{hook}{hook}")).unwrap_err().to_string().contains("the same name"));
        assert!(
            read("[[hooks]]\nname = \"build\"\nrun = []\n").unwrap_err().to_string().contains("a list of a program")
        );
    }
}
