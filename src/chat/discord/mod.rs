//! Discord: what people say comes in by its interactions, and cards are shown as embeds.

mod answer;
pub mod embeds;
mod endpoint;
mod gateway;
mod hearing;
mod interaction;
mod line;
mod live;
mod messages;
mod press;
pub mod register;
mod rest;
mod session;
pub mod settings;
mod text;
mod tokens;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serenity::interactions_endpoint::Verifier;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use endpoint::PATH;
pub use live::{Found, look};
pub use messages::Messages;
pub use rest::Rest;
pub use settings::{Settings, Way};

use endpoint::Endpoint;
use gateway::Gateway;
use hearing::Hearing;
use interaction::Ears;
use tokens::Tokens;

use super::reception::Reception;
use crate::chat::door;
use crate::clock::Clock;
use crate::config::secret::SecretError;

/// How long what is underway may take once the bot is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Discord, as these settings say.
pub struct Discord {
    settings: Settings,
    rest: Arc<Rest>,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
}

/// Why the bot can't speak to Discord at all.
#[derive(Debug, thiserror::Error)]
pub enum DiscordError {
    #[error("the bot's token for Discord could not be read: {0}")]
    Token(#[from] SecretError),
    #[error("an HTTP client for Discord could not be made: {0}")]
    Client(#[from] reqwest::Error),
    #[error("[chat.discord]: {0}")]
    Settings(String),
    #[error("Discord's interactions could not be listened for: {0}")]
    Bind(#[from] io::Error),
}

/// Where what people say comes in.
pub enum Entrance {
    Endpoint(TcpListener, Box<Verifier>),
    Gateway,
}

impl Discord {
    /// Reads the token; nothing is sent yet.
    pub fn furnish(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, DiscordError> {
        let rest = Rest::new(settings, settings.token.resolve()?, clock.clone())?;
        Ok(Self { settings: settings.clone(), rest: Arc::new(rest), tokens: Arc::default(), clock })
    }

    /// What shows cards.
    #[must_use]
    pub fn chat(&self) -> Arc<Messages> {
        Arc::new(Messages::new(self.rest.clone(), self.tokens.clone(), self.clock.clone()))
    }

    /// Opens the way in that the settings choose, so that the bot does not start without it.
    pub async fn open(&self) -> Result<Entrance, DiscordError> {
        Ok(match self.settings.way().map_err(|why| DiscordError::Settings(why.to_owned()))? {
            Way::Endpoint(endpoint) => {
                let verifier = endpoint.public_key.verifier().map_err(DiscordError::Settings)?;
                Entrance::Endpoint(TcpListener::bind(endpoint.listen).await?, Box::new(verifier))
            }
            Way::Gateway => Entrance::Gateway,
        })
    }

    /// Hears what people say until told to stop; what was heard by then is finished, within limits.
    pub async fn listen(self, entrance: Entrance, reception: Arc<Reception>, stopped: CancellationToken) {
        let underway = TaskTracker::new();
        let hearing = Arc::new(Hearing {
            ears: Ears { application: self.settings.application, guild: self.settings.guild },
            reception,
            rest: self.rest.clone(),
            tokens: self.tokens,
            clock: self.clock.clone(),
            underway: underway.clone(),
        });
        match entrance {
            Entrance::Endpoint(listener, verifier) => {
                let endpoint = Arc::new(Endpoint { hearing, verifier: *verifier, clock: self.clock.clone() });
                door::serve(endpoint, PATH, listener, &self.clock, stopped).await;
            }
            Entrance::Gateway => Gateway { hearing, rest: self.rest, clock: self.clock }.run(stopped).await,
        }
        underway.close();
        if tokio::time::timeout(GRACE, underway.wait()).await.is_err() {
            tracing::warn!("somebody on Discord was still waiting for an answer when the bot stopped");
        }
    }
}
