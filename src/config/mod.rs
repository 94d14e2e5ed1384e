//! The configuration: one TOML file. Every error names file, line and what was expected; nothing starts on one.

mod approval;
mod chat;
mod crossing;
mod error;
mod people;
mod quiet;
mod site;
mod tables;
mod text;

use std::path::{Path, PathBuf};

use commands::policy::Policy;
use serde::Deserialize;
use toml::Spanned;

pub use approval::ApprovalConfig;
pub use chat::ChatConfig;
pub use error::ConfigError;
pub use people::RoleConfig;
pub use quiet::QuietConfig;
pub use site::{SiteConfig, WindowConfig};

use secret::Secret;
use text::Text;

pub mod duration;
pub mod environment;
pub mod secret;
pub mod size;

/// What the bot is told.
#[derive(Debug, Clone)]
pub struct Config {
    pub path: PathBuf,
    pub bot: BotConfig,
    pub policy: Policy,
    pub chat: ChatConfig,
    pub sites: Vec<SiteConfig>,
}

/// The table `[bot]`. Paths are relative to the configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BotConfig {
    /// The log of all events.
    #[serde(default = "default_log")]
    pub log: PathBuf,
    /// Where `say` and `console` reach the bot.
    #[serde(default = "default_socket")]
    pub socket: PathBuf,
    /// Where the balancers, processes and releases of this machine live.
    #[serde(default = "default_folder")]
    pub folder: PathBuf,
    /// Whom to call, outside chat, when a run needs a person.
    pub alert: Option<AlertConfig>,
}

/// The table `[bot.alert]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertConfig {
    /// Takes an HTTP POST with a JSON body.
    pub url: Spanned<Secret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "default_bot")]
    bot: BotConfig,
    #[serde(default)]
    chat: ChatConfig,
    #[serde(default, rename = "site", deserialize_with = "tables::sites")]
    sites: Vec<Spanned<SiteConfig>>,
    #[serde(default, rename = "role", deserialize_with = "tables::roles")]
    roles: Vec<RoleConfig>,
}

fn default_log() -> PathBuf {
    "changeover.db".into()
}

fn default_socket() -> PathBuf {
    "changeover.sock".into()
}

fn default_folder() -> PathBuf {
    "changeover.d".into()
}

fn default_bot() -> BotConfig {
    BotConfig { log: default_log(), socket: default_socket(), folder: default_folder(), alert: None }
}

impl Config {
    /// Reads and checks the file at `path`. Nothing outside it is touched, but for the secrets that it names.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let content = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::understand(path, &content)
    }

    /// Checks what the file at `path` holds.
    pub fn understand(path: &Path, content: &str) -> Result<Self, ConfigError> {
        let text = Text { path, content };
        let file: File = toml::from_str(content).map_err(|error| text.unreadable(&error))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let policy = people::policy(file.roles, &text)?;
        let mut config = Self { path: path.to_owned(), bot: file.bot, policy, chat: file.chat, sites: Vec::new() };
        for path in [&mut config.bot.log, &mut config.bot.socket, &mut config.bot.folder] {
            *path = absolute(folder, path);
        }
        if let Some(alert) = &config.bot.alert {
            let resolved = alert.url.get_ref().resolve();
            resolved.map_err(|error| text.at(alert.url.span(), error.to_string()))?;
        }
        config.chat.check(&text)?;
        for site in file.sites {
            let span = site.span();
            let mut site = site.into_inner();
            site.resolve_paths(folder);
            if config.sites.iter().any(|it| it.name() == site.name()) {
                return Err(text.at(span, format!("there are two sites {}: give one another name", site.name())));
            }
            site.check(&text, span)?;
            for approval in &site.approvals {
                approval.check(&site.name(), &config.policy, &text)?;
            }
            for quiet in &site.quiet {
                quiet.check(&site.name(), &config.policy, &text)?;
            }
            config.chat.check_site(&site.chat, &text)?;
            for other in &config.sites {
                site.check_beside(other, &text)?;
            }
            config.sites.push(site);
        }
        if config.sites.is_empty() {
            return Err(text.at(0..0, "there is no [[site]]: describe at least one".to_owned()));
        }
        Ok(config)
    }

    /// Names the place of a table of the file, for a fault that only shows when something is started.
    #[must_use]
    pub fn place_of<T>(&self, table: &Spanned<T>) -> String {
        let content = std::fs::read_to_string(&self.path).unwrap_or_default();
        Text { path: &self.path, content: &content }.at(table.span(), "this could not be had".to_owned()).to_string()
    }

    /// The folder of one site's own things.
    #[must_use]
    pub fn folder_of(&self, site: &SiteConfig) -> PathBuf {
        let name = site.name();
        self.bot.folder.join(format!("{}.{}", name.service, name.stage))
    }
}

/// `path` as it is meant from the configuration file's folder.
fn absolute(folder: &Path, path: &Path) -> PathBuf {
    let joined = folder.join(path);
    std::path::absolute(&joined).unwrap_or(joined)
}
