//! Steady traffic from outside, and a record of every request: it shares no code with the balancer and retries nothing.

mod client;
mod exchange;
mod record;
mod recorder;
mod run;
mod schedule;
mod stats;

use std::path::PathBuf;
use std::time::Duration;

pub use client::Target;
pub use record::{ClockPair, Kind, Line, Record};
pub use run::run;
pub use schedule::{Mix, Planned, Schedule};
pub use stats::Stats;
pub(crate) use stats::{milliseconds, percentile};

/// How long one request may take from its start to the last byte of its answer.
pub const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// What to send, where to, and where to write down how it went.
#[derive(Debug, Clone)]
pub struct Settings {
    pub target: Target,
    pub mix: Mix,
    /// How many kept-alive connections are held while idle.
    pub kept_connections: usize,
    /// How long each slow request takes the application.
    pub slow: Duration,
    /// How long to send; until stopped, if none.
    pub duration: Option<Duration>,
    pub seed: u64,
    /// The records, one JSON object a line.
    pub out: PathBuf,
}

/// Why there are no (more) records.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("a target looks like http://127.0.0.1:8080, not {0:?}")]
    BadTarget(String),
    #[error("{special} special requests a second do not fit into a rate of {rate}")]
    BadMix { special: u32, rate: u32 },
    #[error("{path} cannot be written: {source}")]
    Unwritable { path: PathBuf, source: std::io::Error },
}
