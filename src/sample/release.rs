//! The two files that a release folder holds: what it is, and how it behaves.

use std::path::Path;
use std::time::Duration;

use events::release::Release;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize};

use super::SampleError;

/// Written beside a release by its delivery: the name and the pin.
pub const IDENTITY_FILE: &str = ".changeover-release";

/// The release's own content.
pub const BEHAVIOUR_FILE: &str = "release.toml";

/// How a release of the sample application behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// What `/` shows to people.
    pub version: String,
    /// Until then after its start it does not listen.
    #[serde(default, deserialize_with = "duration")]
    pub warm_up: Duration,
    /// Whether `/health` answers 200; otherwise 503.
    #[serde(default = "yes")]
    pub healthy: bool,
    /// Answers as if another release were running.
    #[serde(default)]
    pub wrong_release: bool,
    /// So long after its start it ends with an error, whatever is underway.
    #[serde(default, deserialize_with = "optional_duration")]
    pub crash_after: Option<Duration>,
}

pub(super) fn identity(folder: &Path) -> Result<Release, SampleError> {
    let path = folder.join(IDENTITY_FILE);
    serde_json::from_str(&read(&path)?).map_err(|source| SampleError::BadIdentity { path, source })
}

pub(super) fn behaviour(folder: &Path) -> Result<Behaviour, SampleError> {
    let path = folder.join(BEHAVIOUR_FILE);
    toml::from_str(&read(&path)?).map_err(|source| SampleError::BadBehaviour { path, source })
}

fn read(path: &Path) -> Result<String, SampleError> {
    std::fs::read_to_string(path).map_err(|source| SampleError::Unreadable { path: path.to_owned(), source })
}

fn yes() -> bool {
    true
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let signed = SignedDuration::deserialize(deserializer)?;
    Duration::try_from(signed).map_err(|_| serde::de::Error::custom("a duration must not be negative"))
}

fn optional_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_that_says_nothing_is_healthy_at_once() {
        let behaviour: Behaviour = toml::from_str("version = \"1\"").unwrap();
        assert!(behaviour.healthy && !behaviour.wrong_release);
        assert_eq!((behaviour.warm_up, behaviour.crash_after), (Duration::ZERO, None));
    }

    #[test]
    fn durations_are_written_as_people_say_them() {
        let text = "version = \"1\"\nwarm_up = \"300ms\"\ncrash_after = \"2s\"";
        let behaviour: Behaviour = toml::from_str(text).unwrap();
        assert_eq!(behaviour.warm_up, Duration::from_millis(300));
        assert_eq!(behaviour.crash_after, Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_bad_file_is_an_error_with_its_place() {
        for (text, place) in
            [("version = \"1\"\nwarm_up = \"-1s\"", "line 2"), ("version = \"1\"\nhealty = false", "line 2")]
        {
            let error = toml::from_str::<Behaviour>(text).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }
}
