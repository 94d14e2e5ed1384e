//! What is read before traffic may cross: one file per kind of check, chosen by `kind` in `[[site.check]]`.
//!
//! A check only reads. No data is never a pass.

pub mod command;
pub mod http;

use events::check::{Reading, Verdict};
use events::name::CheckName;
use serde::{Deserialize, Serialize};

use crate::ports::Check;

/// The settings of a check, whichever kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Settings {
    /// A request over HTTP.
    Http(http::Settings),
    /// A program on this machine.
    Command(command::Settings),
}

impl Settings {
    /// The check that these settings describe.
    pub fn build(self) -> Result<Box<dyn Check>, reqwest::Error> {
        Ok(match self {
            Self::Http(settings) => Box::new(http::HttpCheck::new(settings)?),
            Self::Command(settings) => Box::new(command::CommandCheck::new(settings)),
        })
    }

    #[must_use]
    pub fn name(&self) -> &CheckName {
        match self {
            Self::Http(settings) => &settings.name,
            Self::Command(settings) => &settings.name,
        }
    }
}

/// How much of a text that somebody else wrote is shown, in characters.
const SHOWN: usize = 200;

/// A text of others as it may be shown: one line, bounded.
fn shown(text: &str) -> String {
    let mut line: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.len() < text.len() {
        line.push('…');
    }
    line
}

/// What is found while reading: the worst verdict, and everything that was seen.
#[derive(Debug)]
struct Findings {
    seen: Vec<String>,
    verdict: Verdict,
}

impl Findings {
    fn new() -> Self {
        Self { seen: Vec::new(), verdict: Verdict::Pass }
    }

    /// Adds what was seen; a failure outweighs missing evidence, and that outweighs a pass.
    fn add(&mut self, verdict: Verdict, seen: impl Into<String>) {
        self.seen.push(seen.into());
        self.verdict = match (self.verdict, verdict) {
            (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
            (Verdict::NoEvidence, _) | (_, Verdict::NoEvidence) => Verdict::NoEvidence,
            (Verdict::Pass, Verdict::Pass) => Verdict::Pass,
        };
    }

    fn reading(self, check: &CheckName, subject: &str, limit: String) -> Reading {
        let value = self.seen.join(", ");
        Reading { check: check.clone(), subject: subject.to_owned(), value, limit, verdict: self.verdict }
    }
}
