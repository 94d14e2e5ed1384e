//! The console: the front end of this machine, over the bot's control socket.

pub mod client;
pub mod server;

use commands::answer::Told;
use events::fact::RunOutcome;
use events::name::SiteName;
use events::number::RunNumber;
use serde::{Deserialize, Serialize};

/// What a console asks; one JSON line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// A line that somebody typed. `id` names the delivery: sent again, it is decided once.
    Say { line: String, id: String, follow: bool },
    /// Everything that happens from now on.
    Watch,
}

/// What the bot answers; one JSON line each, until the connection ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The answer to a line.
    Said {
        text: String,
        detail: serde_json::Value,
        is_refused: bool,
        run: Option<RunNumber>,
        /// What is to be said before anything comes of it: it can't be taken back.
        confirm: Option<String>,
    },
    /// Something that happened.
    Told { site: SiteName, told: Told },
    /// The followed run is over; nothing follows.
    Ended { site: SiteName, run: RunNumber, outcome: RunOutcome },
    /// The followed run waits for a person; it is followed no further.
    Waits { site: SiteName, run: RunNumber },
    /// There is no answer, and why.
    Failed { sentence: String },
}
