//! The state of every site, rebuilt from the log alone. Total: what cannot be is [`Illegal`], and that site stops.

mod approval;
mod bot;
mod confirmation;
mod environment;
mod inbox;
mod lock;
mod queue;
mod run;
mod site;
mod step;
mod window;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::envelope::{Recorded, Stream};
use crate::name::SiteName;
use crate::number::Position;

pub use approval::{Approvals, Awaited, Bypass};
pub use bot::Bot;
pub use confirmation::Confirmation;
pub use environment::{Environment, Phase};
pub use inbox::{Inbox, Waiting};
pub use lock::Lock;
pub use queue::{Queue, Queued, Untold};
pub use run::{Course, Ended, Run, Stuck};
pub use site::{Parked, Site};
pub use step::{Ask, Asking, Begun, StepState};
pub use window::{Window, WindowEnd};

/// Everything that the log says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The newest event that is in here.
    pub position: Position,
    pub bot: Bot,
    pub inbox: Inbox,
    pub sites: BTreeMap<SiteName, Site>,
    /// The latest wall-clock time that any event carries; a clock that shows less has jumped back.
    pub latest: Option<Timestamp>,
}

/// An event that cannot follow from what was before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Illegal(pub &'static str);

/// What a fold may know of an event besides the fact.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub position: Position,
    pub actor: &'a Actor,
    /// For people; nothing is decided by it.
    pub recorded_at: Timestamp,
}

impl State {
    /// Takes one event in. Events of a stream that is no site's, nor the bot's nor the inbox's, are passed over.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.position = recorded.position;
        self.latest = self.latest.max(Some(recorded.recorded_at));
        if recorded.stream == Stream::bot() {
            self.bot.apply(recorded);
        } else if let Ok(name) = recorded.stream.as_str().parse::<SiteName>() {
            self.sites.entry(name).or_default().apply(recorded);
        } else {
            self.inbox.apply(recorded);
        }
    }

    /// The site, as empty as on its first day if the log does not know it.
    #[must_use]
    pub fn site(&self, name: &SiteName) -> Site {
        self.sites.get(name).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
