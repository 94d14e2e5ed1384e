//! The table `[chat]`: where people talk to the bot, beside the console.

use serde::Deserialize;
use toml::Spanned;

use super::error::ConfigError;
use super::site::SiteChatConfig;
use super::text::Text;
use crate::chat::{discord, slack};

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
