//! Discord's REST API: one request at a time per caller, bounded, with the pauses that Discord wants kept.
//!
//! By the project's own client and not by serenity's: that one has no time-outs, ignores its proxy while it limits its
//! rate and drops `Retry-After` otherwise, and brings a TLS of its own with known faults.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use super::settings::{Settings, Snowflake};
use crate::chat::ChatError;
use crate::client;
use crate::clock::Clock;
use crate::config::secret::SecretValue;

/// How long one request may take in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read: a hundred messages are well below.
const ANSWER_LIMIT: usize = 4 << 20;
/// The pause after a 429 that does not say how long.
const USUAL_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// How much is said of an error of Discord's, in characters.
const SHOWN: usize = 200;
/// Discord's code for a message that is not there.
const UNKNOWN_MESSAGE: u64 = 10_008;
/// What concerns every route.
const GLOBAL: &str = "";

/// Asks Discord.
pub struct Rest {
    client: reqwest::Client,
    base: String,
    token: SecretValue,
    pub application: Snowflake,
    clock: Arc<dyn Clock>,
    /// Until when nothing may be asked, by route; time since the start.
    pauses: Mutex<BTreeMap<String, Duration>>,
}

/// How a request says who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signed {
    ByToken,
    /// The path itself holds a token of its own.
    ByPath,
}

/// What Discord says is wrong, beside its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    /// Discord's own code: `10003` is an unknown channel.
    pub(super) code: u64,
    pub(super) message: String,
}

/// Why nothing came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    Refused(Refused),
    Chat(ChatError),
}

impl From<Trouble> for ChatError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Chat(error) => error,
            Trouble::Refused(Refused { code: UNKNOWN_MESSAGE, .. }) => Self::Gone,
            Trouble::Refused(Refused { status: 401, .. }) => {
                Self::Lasting("Discord does not know the bot's token (any more)".to_owned())
            }
            Trouble::Refused(Refused { status, code, message }) => {
                Self::Lasting(format!("Discord refused it with {status} ({code}: {message})"))
            }
        }
    }
}

impl Rest {
    /// Asks as the bot of these settings; nothing is sent yet.
    pub fn new(settings: &Settings, token: SecretValue, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: client::client()?,
            base: settings.api_url.as_str().to_owned(),
            token,
            application: settings.application.clone(),
            clock,
            pauses: Mutex::default(),
        })
    }

    /// What the gateway is greeted with.
    pub(super) fn token(&self) -> &SecretValue {
        &self.token
    }

    /// Asks as the bot.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        let route = format!("{method} {}", route(path));
        self.exchange(method, path, body, &route, Signed::ByToken).await
    }

    /// Asks by the token of an interaction, which is part of `path` and shown to nobody.
    pub(super) async fn reply(&self, method: Method, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.exchange(method, path, Some(body), &route(path), Signed::ByPath).await
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        route: &str,
        signed: Signed,
    ) -> Result<Value, Trouble> {
        if let Some(after) = self.pause_of(route) {
            return Err(Trouble::Chat(ChatError::Throttled { after }));
        }
        let mut request = self.client.request(method, format!("{}{path}", self.base)).timeout(PATIENCE);
        if signed == Signed::ByToken {
            request = request.header("authorization", format!("Bot {}", self.token.expose()));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(unreachable)?;
        self.keep_account(route, response.headers());
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = read(response).await?;
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Trouble::Chat(self.throttled(route, &headers, &answer)));
        }
        if status.is_server_error() {
            return Err(Trouble::Chat(ChatError::Passing(format!("Discord is out of order ({})", status.as_u16()))));
        }
        if status.is_success() {
            return Ok(answer);
        }
        let message = answer["message"].as_str().unwrap_or("no reason").chars().take(SHOWN).collect();
        let code = answer["code"].as_u64().unwrap_or_default();
        Err(Trouble::Refused(Refused { status: status.as_u16(), code, message }))
    }

    /// How long nothing may be asked on this route.
    fn pause_of(&self, route: &str) -> Option<Duration> {
        let now = self.clock.elapsed();
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.retain(|_, until| *until > now);
        let until = pauses.get(route).max(pauses.get(GLOBAL))?;
        Some(until.saturating_sub(now))
    }

    fn pause(&self, route: &str, length: Duration) {
        let until = self.clock.elapsed() + length;
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner).insert(route.to_owned(), until);
    }

    /// Discord says beforehand when a route is used up, so that nobody has to be refused.
    fn keep_account(&self, route: &str, headers: &HeaderMap) {
        if text(headers, "x-ratelimit-remaining") == Some("0")
            && let Some(after) = text(headers, "x-ratelimit-reset-after").and_then(seconds)
        {
            self.pause(route, after);
        }
    }

    fn throttled(&self, route: &str, headers: &HeaderMap, answer: &Value) -> ChatError {
        let said = answer["retry_after"].as_f64().and_then(length);
        let after = said.or_else(|| text(headers, "retry-after").and_then(seconds)).unwrap_or(USUAL_PAUSE);
        let is_global = answer["global"].as_bool() == Some(true) || text(headers, "x-ratelimit-global") == Some("true");
        self.pause(if is_global { GLOBAL } else { route }, after);
        ChatError::Throttled { after }
    }
}

/// Whoever reads this shall not see the address: that of an interaction holds a secret.
fn unreachable(error: reqwest::Error) -> Trouble {
    let said = if error.is_timeout() {
        "Discord did not answer in time".to_owned()
    } else {
        format!("Discord could not be reached: {}", error.without_url())
    };
    Trouble::Chat(ChatError::Passing(said))
}

/// The whole answer; nothing where it is none.
async fn read(mut response: Response) -> Result<Value, Trouble> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + chunk.len() > ANSWER_LIMIT {
            return Err(Trouble::Chat(ChatError::Passing("Discord's answer is too long".to_owned())));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// The part of a path that Discord counts together: `/channels/1/messages/2` is `/channels/1/messages`.
fn route(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    path.split('/').take(4).collect::<Vec<_>>().join("/")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().and_then(length)
}

/// A pause, as Discord spells it: seconds with a fraction.
fn length(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().map(|it| it.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_discord_counts_together_is_one_route() {
        assert_eq!(route("/channels/1/messages/2"), route("/channels/1/messages?limit=100"));
        assert_ne!(route("/channels/1/messages"), route("/channels/2/messages"));
    }

    #[test]
    fn a_pause_is_read_as_discord_spells_it_and_has_a_limit() {
        assert_eq!(seconds("0.35"), Some(Duration::from_millis(350)));
        assert_eq!(seconds("65"), Some(Duration::from_secs(65)));
        assert_eq!(seconds("1e300"), None);
        assert_eq!(seconds("86400"), Some(LONGEST_PAUSE));
        for none in ["-1", "NaN", "soon", ""] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }

    #[test]
    fn a_revoked_token_is_told_as_such() {
        let refused = Refused { status: 401, code: 0, message: "401: Unauthorized".into() };
        let error = ChatError::from(Trouble::Refused(refused));
        assert_eq!(error, ChatError::Lasting("Discord does not know the bot's token (any more)".into()));
    }
}
