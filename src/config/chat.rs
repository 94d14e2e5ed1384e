//! The table `[chat]`: where people talk to the bot, beside the console.

use serde::Deserialize;
use toml::Spanned;

use super::error::ConfigError;
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
