//! Slack: what people say there comes in by Socket Mode or by HTTP, and cards go out by the Web API.

mod answer;
pub mod blocks;
mod endpoint;
mod form;
mod groups;
mod hearing;
mod live;
pub mod manifest;
mod messages;
mod payload;
pub mod settings;
mod signature;
mod socket;
mod web;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use commands::grammar::Directory;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use endpoint::PATH;
pub use live::{Found, look};
pub use messages::Messages;
pub use settings::{Settings, Way};
pub use web::Web;

use endpoint::Endpoint;
use groups::Groups;
use hearing::Hearing;
use signature::Signature;
use socket::Socket;

use super::Reception;
use crate::chat::door;
use crate::client;
use crate::clock::Clock;
use crate::config::secret::SecretError;

/// How long what is underway may take once the bot is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Slack, as these settings say.
pub struct Slack {
    settings: Settings,
    client: reqwest::Client,
    messages: Arc<Messages>,
    clock: Arc<dyn Clock>,
}

/// Why the bot can't speak to Slack at all.
#[derive(Debug, thiserror::Error)]
pub enum SlackError {
    #[error("a secret for Slack could not be read: {0}")]
    Secret(#[from] SecretError),
    #[error("an HTTP client for Slack could not be made: {0}")]
    Client(#[from] reqwest::Error),
    #[error("[chat.slack]: {0}")]
    Settings(&'static str),
    #[error("Slack's requests could not be listened for: {0}")]
    Bind(#[from] io::Error),
}

/// Where what people say comes in.
pub enum Entrance {
    Endpoint(TcpListener, Signature),
    Socket(Web),
}

impl Slack {
    /// Reads the bot's token; nothing is sent yet.
    pub fn furnish(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, SlackError> {
        let client = client::client()?;
        let web = Web::new(client.clone(), &settings.api_url, settings.bot_token.resolve()?);
        let messages = Arc::new(Messages { web, team: settings.team.to_string() });
        Ok(Self { settings: settings.clone(), client, messages, clock })
    }

    /// What shows cards.
    #[must_use]
    pub fn chat(&self) -> Arc<Messages> {
        self.messages.clone()
    }

    /// Opens the way in that the settings choose, so that the bot does not start without it.
    pub async fn open(&self) -> Result<Entrance, SlackError> {
        Ok(match self.settings.way().map_err(SlackError::Settings)? {
            Way::Http(http) => {
                let signature = Signature::new(&http.signing_secret.resolve()?);
                Entrance::Endpoint(TcpListener::bind(http.listen).await?, signature)
            }
            Way::Socket(socket) => {
                let token = socket.app_token.resolve()?;
                Entrance::Socket(Web::new(self.client.clone(), &self.settings.api_url, token))
            }
        })
    }

    /// Hears what people say until told to stop; what was heard by then is finished, within limits. `members` are those
    /// that roles name: the user groups among them are looked up.
    pub async fn listen(
        self,
        entrance: Entrance,
        reception: Arc<Reception>,
        (directory, members): (Directory, Vec<String>),
        stopped: CancellationToken,
    ) {
        let groups = Groups::new(self.settings.team.as_str(), members.iter().map(String::as_str));
        let hearing = Arc::new(Hearing {
            team: self.settings.team.to_string(),
            app: self.settings.app.to_string(),
            directory,
            reception,
            messages: self.messages.clone(),
            groups: Arc::new(groups),
            clock: self.clock.clone(),
            underway: TaskTracker::new(),
        });
        let looking = hearing.groups.keep(&self.messages.web, self.clock.as_ref(), &stopped);
        let hearing_out = async {
            match entrance {
                Entrance::Endpoint(listener, signature) => {
                    let endpoint = Arc::new(Endpoint { hearing: hearing.clone(), signature });
                    door::serve(endpoint, PATH, listener, &self.clock, stopped.clone()).await;
                }
                Entrance::Socket(web) => {
                    let (hearing, client, clock) = (hearing.clone(), self.client, self.clock.clone());
                    Arc::new(Socket { hearing, web, client, clock, stopped: stopped.clone() }).run().await;
                }
            }
        };
        tokio::join!(looking, hearing_out);
        hearing.underway.close();
        if tokio::time::timeout(GRACE, hearing.underway.wait()).await.is_err() {
            tracing::warn!("somebody on Slack was still waiting for an answer when the bot stopped");
        }
    }
}
