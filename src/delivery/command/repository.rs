//! Where releases come from: a repository that git can fetch, and nothing that makes git run commands.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::settings::BadSettings;

/// A repository: a path on this machine, or an address by https, ssh or file. Never an option of git, never one of its
/// transport helpers (`ext::` runs any command), never with a password in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.0
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Repository {
    type Error = BadSettings;

    fn try_from(text: String) -> Result<Self, BadSettings> {
        if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) {
            return Err(BadSettings("a repository must not be empty, start with - or hold a line break"));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let authority = rest.split('/').next().unwrap_or_default();
            let user = authority.rsplit_once('@').map(|(user, _)| user);
            return match (scheme, user) {
                ("file", _) | ("https" | "ssh", None) => Ok(Self(text)),
                ("ssh", Some(user)) if !user.contains(':') && !user.starts_with('-') => Ok(Self(text)),
                ("https" | "ssh", Some(_)) => Err(BadSettings(
                    "a repository's address must hold no password or token: give git a credential helper or an ssh key",
                )),
                _ => Err(BadSettings("a repository's address must begin with https://, ssh:// or file://")),
            };
        }
        let first_folder = text.split('/').next().unwrap_or_default();
        if first_folder.contains("::") {
            return Err(BadSettings("a repository must not name a transport helper of git, such as ext::"));
        }
        Ok(Self(text))
    }
}

impl Repository {
    /// The repository as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a path mean what it means from `folder`; an address stays what it is.
    pub fn resolve_path(&mut self, folder: &Path) {
        if self.0.starts_with("file://") || self.local().is_none() {
            return;
        }
        if let Some(path) = folder.join(&self.0).to_str() {
            path.clone_into(&mut self.0);
        }
    }

    /// The folder on this machine, if it is one.
    #[must_use]
    pub fn local(&self) -> Option<PathBuf> {
        if let Some(path) = self.0.strip_prefix("file://") {
            return Some(PathBuf::from(path));
        }
        // What holds a colon before its first slash is `user@host:path` to git.
        let is_remote = self.0.contains("://") || self.0.split('/').next().is_some_and(|first| first.contains(':'));
        (!is_remote).then(|| std::path::absolute(&self.0).unwrap_or_else(|_| PathBuf::from(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_a_place_and_never_a_command() {
        for good in [
            "/srv/shop.git",
            "shop",
            "https://git.example/shop.git",
            "ssh://git@git.example:22/shop",
            "git@git.example:shop",
            "file:///srv/shop",
        ] {
            assert!(Repository::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-x",
            "--upload-pack=touch /tmp/x",
            "ext::sh -c date",
            "fd::3",
            "http://git.example/shop",
            "git://git.example/shop",
            "https://me:secret@git.example/shop",
            "https://token@git.example/shop",
            "ssh://-oProxyCommand=x@git.example/shop",
            "a\nb",
        ] {
            assert!(Repository::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
