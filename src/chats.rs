//! From the configuration to the chat platforms that it chose: what hears people, decides what they say, and answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat::discord::{Discord, DiscordError, Entrance};
use crate::chat::{Chat, Clerk, Platform, Rates, Reception};
use crate::clock::Clock;
use crate::config::ChatConfig;
use crate::desk::Desk;

/// The platforms, ready to be listened to.
pub struct Chats {
    shown: BTreeMap<Platform, Arc<dyn Chat>>,
    discord: Option<(Discord, Entrance)>,
    clock: Arc<dyn Clock>,
}

/// Why one of them can't be used; the bot then does not start.
#[derive(Debug, thiserror::Error)]
pub enum ChatsError {
    #[error(transparent)]
    Discord(#[from] DiscordError),
}

impl Chats {
    /// Opens the way in of each; nobody is heard yet.
    pub async fn open(config: &ChatConfig, clock: Arc<dyn Clock>) -> Result<Self, ChatsError> {
        let mut chats = Self { shown: BTreeMap::new(), discord: None, clock: clock.clone() };
        if let Some(settings) = &config.discord {
            let discord = Discord::furnish(settings.get_ref(), clock)?;
            let entrance = discord.open().await?;
            chats.shown.insert(Platform::Discord, discord.chat());
            chats.discord = Some((discord, entrance));
        }
        Ok(chats)
    }

    /// Hears people, and decides what they say, until told to stop. What an earlier bot has kept is decided first.
    pub fn work(self, desk: &Arc<Desk>, stopped: &CancellationToken, tasks: &TaskTracker) {
        let clerk =
            Clerk { desk: desk.clone(), chats: self.shown, clock: self.clock.clone(), stopped: stopped.clone() };
        tasks.spawn(clerk.run());
        let reception = Arc::new(Reception::new(desk.clone(), Rates::default(), &self.clock));
        if let Some((discord, entrance)) = self.discord {
            tasks.spawn(discord.listen(entrance, reception, stopped.clone()));
        }
    }
}
