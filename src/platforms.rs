//! From the configuration to the chat platforms that it names: opened, shown to, and listened to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context as _;
use events::name::SiteName;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat::discord::{self, Discord};
use crate::chat::slack::{self, Slack};
use crate::chat::{Channel, Chat, Clerk, Outbox, Platform, Rates, Reception};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::Desk;

/// The platforms, with the ways in that they have opened.
#[derive(Default)]
pub struct Platforms {
    /// Whom roles name: groups among them are looked up.
    members: Vec<String>,
    slack: Option<(Slack, slack::Entrance)>,
    discord: Option<(Discord, discord::Entrance)>,
    /// What each channel is shown.
    channels: BTreeMap<Channel, BTreeSet<SiteName>>,
}

impl Platforms {
    /// Opens every way in, so that the bot does not start without one that it should have. Nobody is heard yet.
    pub async fn open(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let members = config.policy.roles.iter().flat_map(|role| role.members.iter().map(ToString::to_string));
        let mut platforms =
            Self { members: members.collect(), channels: config.chat.channels(&config.sites), ..Self::default() };
        if let Some(settings) = &config.chat.slack {
            let slack = Slack::furnish(settings.get_ref(), clock.clone())?;
            let entrance = slack.open().await.with_context(|| config.place_of(settings))?;
            platforms.slack = Some((slack, entrance));
        }
        if let Some(settings) = &config.chat.discord {
            let discord = Discord::furnish(settings.get_ref(), clock.clone())?;
            let entrance = discord.open().await.with_context(|| config.place_of(settings))?;
            platforms.discord = Some((discord, entrance));
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
        if let Some((discord, _)) = &self.discord {
            chats.insert(Platform::Discord, discord.chat());
        }
        chats
    }

    /// Hears what people say, decides it, and shows what happens, in these tasks until told to stop. What an earlier bot has
    /// kept comes first.
    pub fn listen(self, desk: &Arc<Desk>, clock: &Arc<dyn Clock>, tasks: &TaskTracker, stopped: &CancellationToken) {
        let chats = self.chats();
        for (channel, sites) in self.channels {
            let Some(chat) = chats.get(&channel.platform).cloned() else { continue };
            let (book, clock, stopped) = (desk.book.clone(), clock.clone(), stopped.clone());
            tasks.spawn(Outbox { chat, channel, sites, book, clock, stopped }.run());
        }
        let clerk = Clerk { desk: desk.clone(), chats, clock: clock.clone(), stopped: stopped.clone() };
        tasks.spawn(clerk.run());
        let reception = Arc::new(Reception::new(desk.clone(), Rates::default(), clock));
        if let Some((slack, entrance)) = self.slack {
            let known = (desk.directory.clone(), self.members);
            tasks.spawn(slack.listen(entrance, reception.clone(), known, stopped.clone()));
        }
        if let Some((discord, entrance)) = self.discord {
            tasks.spawn(discord.listen(entrance, reception, stopped.clone()));
        }
    }
}
