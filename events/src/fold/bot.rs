//! The bot's own stream.

use serde::{Deserialize, Serialize};

use crate::envelope::Recorded;
use crate::fact::{BotEvent, Event};
use crate::number::{Epoch, Version};
use crate::wire;

/// What the log says of the bots that wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    pub version: Version,
    /// The newest executor.
    pub epoch: Epoch,
    /// Whether it said that it stopped.
    pub has_stopped: bool,
}

impl Bot {
    pub(super) fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        self.epoch = self.epoch.max(recorded.epoch);
        // What this build can't read of the bot's own stream changes no site.
        match wire::decode(recorded) {
            Ok(Event::Bot(BotEvent::Started { .. })) => self.has_stopped = false,
            Ok(Event::Bot(BotEvent::Stopped {})) => self.has_stopped = true,
            Ok(
                Event::Site(_)
                | Event::Run(_)
                | Event::Step(_)
                | Event::Approval(_)
                | Event::Confirmation(_)
                | Event::Queue(_)
                | Event::Window(_)
                | Event::Lock(_)
                | Event::Order(_)
                | Event::Inbox(_)
                | Event::Chat(_),
            )
            | Err(_) => {}
        }
    }
}
