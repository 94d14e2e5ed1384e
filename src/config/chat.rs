//! The table `[chat]`: where people talk to the bot, beside the console.

use std::collections::{BTreeMap, BTreeSet};

use events::name::SiteName;
use serde::Deserialize;
use toml::Spanned;

use super::error::ConfigError;
use super::site::{SiteChatConfig, SiteConfig};
use super::text::Text;
use crate::chat::{Channel, Platform, discord, slack};

/// The table `[chat]`, with a table for each platform.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatConfig {
    pub slack: Option<Spanned<slack::Settings>>,
    pub discord: Option<Spanned<discord::Settings>>,
}

impl ChatConfig {
    /// A site is shown by a platform that there is.
    pub(super) fn check_site(&self, site: &SiteChatConfig, text: &Text<'_>) -> Result<(), ConfigError> {
        let slack = site.slack.as_ref().filter(|_| self.slack.is_none()).map(|it| (it.span(), "slack"));
        let discord = site.discord.as_ref().filter(|_| self.discord.is_none()).map(|it| (it.span(), "discord"));
        match slack.or(discord) {
            None => Ok(()),
            Some((span, platform)) => {
                Err(text.at(span, format!("there is no [chat.{platform}] that could show the site there")))
            }
        }
    }

    /// What each channel is shown: each site in one of a platform.
    #[must_use]
    pub fn channels(&self, sites: &[SiteConfig]) -> BTreeMap<Channel, BTreeSet<SiteName>> {
        let mut channels: BTreeMap<Channel, BTreeSet<SiteName>> = BTreeMap::new();
        let slack = self.slack.as_ref().map(|it| it.get_ref().channel.as_str());
        let discord = self.discord.as_ref().map(|it| it.get_ref().channel.as_str());
        for site in sites {
            let (own_slack, own_discord) = (site.chat.slack.as_ref(), site.chat.discord.as_ref());
            let ids = [
                (Platform::Slack, slack, own_slack.map(|it| it.get_ref().as_str())),
                (Platform::Discord, discord, own_discord.map(|it| it.get_ref().as_str())),
            ];
            for (platform, usual, own) in ids {
                let Some(usual) = usual else { continue };
                let channel = Channel { platform, id: own.unwrap_or(usual).to_owned() };
                channels.entry(channel).or_default().insert(site.name());
            }
        }
        channels
    }

    /// What can be seen to be wrong without asking a platform.
    pub(super) fn check(&self, text: &Text<'_>) -> Result<(), ConfigError> {
        if let Some(slack) = &self.slack {
            slack.get_ref().check().map_err(|sentence| text.at(slack.span(), sentence))?;
        }
        if let Some(discord) = &self.discord {
            discord.get_ref().check().map_err(|sentence| text.at(discord.span(), sentence))?;
        }
        Ok(())
    }
}
