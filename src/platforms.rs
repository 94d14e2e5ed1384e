//! From the configuration to the chat platforms that it names: opened, shown to, and listened to.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat::slack::{self, Slack};
use crate::chat::{Chat, Clerk, Platform, Rates, Reception};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;

/// The platforms, with the ways in that they have opened.
#[derive(Default)]
pub struct Platforms {
    /// Whom roles name: groups among them are looked up.
    members: Vec<String>,
    slack: Option<(Slack, slack::Entrance)>,
}

impl Platforms {
    /// Opens every way in, so that the bot does not start without one that it should have. Nobody is heard yet.
    pub async fn open(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let members = config.policy.roles.iter().flat_map(|role| role.members.iter().map(ToString::to_string));
        let mut platforms = Self { members: members.collect(), ..Self::default() };
        if let Some(settings) = &config.chat.slack {
            let slack = Slack::furnish(settings.get_ref(), clock.clone())?;
            let entrance = slack.open().await.with_context(|| config.place_of(settings))?;
            platforms.slack = Some((slack, entrance));
        }
        Ok(platforms)
    }

    /// What shows cards, by platform.
    #[must_use]
    pub fn chats(&self) -> BTreeMap<Platform, Arc<dyn Chat>> {
        let mut chats: BTreeMap<Platform, Arc<dyn Chat>> = BTreeMap::new();
        if let Some((slack, _)) = &self.slack {
            chats.insert(Platform::Slack, slack.chat());
        }
        chats
    }

    /// Hears what people say, and decides it, in these tasks until told to stop.
    pub fn listen(self, desk: &Arc<Desk>, clock: &Arc<dyn Clock>, tasks: &TaskTracker, stopped: &CancellationToken) {
        let clerk = Clerk { desk: desk.clone(), chats: self.chats(), clock: clock.clone(), stopped: stopped.clone() };
        tasks.spawn(clerk.run());
        let reception = Arc::new(Reception::new(desk.clone(), Rates::default(), clock));
        if let Some((slack, entrance)) = self.slack {
            let known = (desk.directory.clone(), self.members);
            tasks.spawn(slack.listen(entrance, reception, known, stopped.clone()));
        }
    }
}
