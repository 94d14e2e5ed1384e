//! Chat platforms: where something is said, and which message is which.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::SiteName;
use crate::number::{Position, RunNumber};

/// A chat platform, by the word that stands before its ids: `slack:T01/U02`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    Slack,
    Discord,
}

/// Where something is said on a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub platform: Platform,
    /// The channel's id, never its name: `C0123`, or a snowflake.
    pub channel: String,
    /// The person's own id on the platform, where only they shall see it.
    pub user: Option<String>,
}

/// A channel of a platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    pub platform: Platform,
    /// Its id, never its name.
    pub id: String,
}

/// A message, as its platform knows it: a time stamp in Slack, a snowflake in Discord.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub String);

/// What a headline message of a channel is about; it has one message there, for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    pub site: SiteName,
    pub about: About,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Run(RunNumber),
    /// The window that this cutover opened.
    Window(RunNumber),
    /// The lock that this event is about.
    Lock(Position),
    /// What this run waits for.
    Approval(RunNumber),
}

/// What a button took for granted when it was shown. If it is no longer so, what it says is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Shown {
    /// The run that the card was about: open, or the one whose window was open.
    pub run: Option<RunNumber>,
    pub standing: Option<Standing>,
}

/// Where it stood then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The run stood at this step, counted from 1.
    Step(u16),
    /// The plan's hash began like this.
    Plan(String),
    /// The window was to close then, or the lock was taken then; to the second.
    Moment(Timestamp),
}

impl Platform {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.id)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.about {
            About::Run(run) => write!(f, "{}#{run}", self.site),
            About::Window(run) => write!(f, "{}#{run}/window", self.site),
            About::Lock(position) => write!(f, "{}/lock/{position}", self.site),
            About::Approval(run) => write!(f, "{}#{run}/approval", self.site),
        }
    }
}
