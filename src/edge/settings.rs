//! What a balancer is told when it starts; also what a site's `[site.traffic]` table holds.

use std::net::SocketAddr;
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use hyper::header::HeaderName;
use serde::{Deserialize, Serialize};

use crate::config::duration;
use crate::edge::network::Network;
use crate::edge::spelling;

/// Everything that stays the same while a balancer runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where plain HTTP comes in; the first is where checks through the balancer start.
    #[serde(deserialize_with = "spelling::one_or_more")]
    pub listen: Vec<SocketAddr>,
    #[serde(default)]
    pub tls: Option<Tls>,
    #[serde(default)]
    pub health: Health,
    #[serde(default)]
    pub preview: Preview,
    /// Whose `X-Forwarded-*` headers are believed.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
    /// How long opening a connection to a member may take before the next member is tried.
    #[serde(default = "defaults::connect_timeout", with = "spelling::positive")]
    pub connect_timeout: Duration,
    /// The longest silence of a member, before its answer and within it.
    #[serde(default = "defaults::answer_timeout", with = "spelling::positive")]
    pub answer_timeout: Duration,
    /// How many requests may wait during a pause; further ones are answered with 503.
    #[serde(default = "defaults::waiting_limit")]
    pub waiting_limit: u32,
    /// How long requests in flight may take to finish once the balancer is asked to stop.
    #[serde(default = "defaults::grace", with = "duration")]
    pub grace: Duration,
}

impl Settings {
    /// Plain HTTP on `listen`, and everything else as it is when the configuration does not say.
    #[must_use]
    pub fn usual(listen: Vec<SocketAddr>) -> Self {
        Self {
            listen,
            tls: None,
            health: Health::default(),
            preview: Preview::default(),
            trusted_proxies: Vec::new(),
            connect_timeout: defaults::connect_timeout(),
            answer_timeout: defaults::answer_timeout(),
            waiting_limit: defaults::waiting_limit(),
            grace: defaults::grace(),
        }
    }
}

impl Settings {
    /// Every address that is listened on.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.listen.iter().chain(self.tls.iter().flat_map(|tls| &tls.listen)).copied()
    }

    /// Makes paths mean what they mean from `folder`.
    pub fn resolve_paths(&mut self, folder: &Path) {
        if let Some(tls) = &mut self.tls {
            tls.certificate = folder.join(&tls.certificate);
            tls.key = folder.join(&tls.key);
        }
        if let Some(token) = &mut self.preview.token_file {
            *token = folder.join(&token);
        }
    }
}

/// Where TLS comes in, and with which certificate; both PEM files are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    #[serde(deserialize_with = "spelling::one_or_more")]
    pub listen: Vec<SocketAddr>,
    /// The certificate chain, the site's own certificate first.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// How the balancer finds out which members answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    /// Only status 200 passes.
    pub path: ProbePath,
    #[serde(with = "spelling::positive")]
    pub interval: Duration,
    #[serde(with = "spelling::positive")]
    pub timeout: Duration,
    /// How many passes in a row make a member healthy.
    pub healthy: NonZeroU8,
    /// How many failures in a row make it unhealthy.
    pub unhealthy: NonZeroU8,
}

/// Whether a request may choose its color by a header, and who may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preview {
    pub enabled: bool,
    #[serde(with = "spelling::header")]
    pub header: HeaderName,
    /// A file with the word that must follow the color; without one anybody may preview.
    pub token_file: Option<PathBuf>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            path: ProbePath("/health".to_owned()),
            interval: Duration::from_secs(2),
            timeout: Duration::from_secs(2),
            healthy: NonZeroU8::MIN.saturating_add(1),
            unhealthy: NonZeroU8::MIN.saturating_add(2),
        }
    }
}

impl Default for Preview {
    fn default() -> Self {
        Self { enabled: true, header: HeaderName::from_static("x-changeover-preview"), token_file: None }
    }
}

/// The path and query that a health check asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProbePath(String);

impl ProbePath {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProbePath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let is_path = text.starts_with('/') && text.parse::<hyper::Uri>().is_ok();
        if is_path { Ok(Self(text.to_owned())) } else { Err(BadPath(text.to_owned())) }
    }
}

impl TryFrom<String> for ProbePath {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        text.parse()
    }
}

impl From<ProbePath> for String {
    fn from(path: ProbePath) -> Self {
        path.0
    }
}

/// A text that is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a path: it must start with / and hold no spaces, such as /health")]
pub struct BadPath(String);

mod defaults {
    use std::time::Duration;

    pub(super) fn connect_timeout() -> Duration {
        Duration::from_secs(2)
    }

    pub(super) fn answer_timeout() -> Duration {
        Duration::from_mins(1)
    }

    pub(super) fn waiting_limit() -> u32 {
        10_000
    }

    pub(super) fn grace() -> Duration {
        Duration::from_secs(30)
    }
}
