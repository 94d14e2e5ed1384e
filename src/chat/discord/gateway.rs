//! Interactions that come by a connection which the bot opens: for machines that Discord can't reach.
//!
//! By a loop of our own and not by serenity's client: that one drops an interaction in which anything is missing that its
//! models want, may hang when it is told to stop, and brings a TLS of its own with known faults.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::Value;
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;

use super::hearing::Hearing;
use super::rest::{Rest, Trouble};
use super::session::{End, Memory, Session, Socket, address};
use super::settings::Snowflake;
use super::tokens::Token;
use crate::chat::ChatError;
use crate::clock::Clock;

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest frame.
const FRAME_LIMIT: usize = 4 << 20;
/// The pause after the first connection in a row that came to nothing; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The pause after Discord refused the token; a person must act, and then need not restart the bot.
const REFUSED_PAUSE: Duration = Duration::from_secs(15);
/// How often an answer is sent to Discord; it waits for 3 s in all.
const ATTEMPTS: u32 = 2;

/// Hears interactions from the gateway.
pub(super) struct Gateway {
    pub hearing: Arc<Hearing>,
    pub rest: Arc<Rest>,
    pub clock: Arc<dyn Clock>,
}

impl Gateway {
    /// Stays connected until told to stop.
    pub(super) async fn run(self, stopped: CancellationToken) {
        let mut memory = Memory::default();
        let mut failed: u32 = 0;
        let mut is_told = false;
        while !stopped.is_cancelled() {
            let Some(end) = stopped.run_until_cancelled(self.open(&memory)).await else { return };
            let end = match end {
                Ok(socket) => self.stay(socket, &mut memory, &stopped).await,
                Err(end) => end,
            };
            match end {
                End::Stopped => return,
                End::Broken { was_ready: true } => (failed, is_told) = (0, false),
                End::Broken { was_ready: false } => {
                    failed += 1;
                    // Where it is resumed may be gone: the next is asked for anew.
                    if failed > 2 {
                        memory = Memory::default();
                    }
                }
                End::Forgotten => {
                    memory = Memory::default();
                    failed += 1;
                }
                End::Refused(code) => {
                    memory = Memory::default();
                    if !is_told {
                        tracing::error!(code, "Discord refuses the bot: see to its token; nobody is heard until then");
                    }
                    is_told = true;
                }
            }
            let pause = if is_told { REFUSED_PAUSE } else { pause(failed) };
            stopped.run_until_cancelled(self.clock.pause(pause)).await;
        }
    }

    async fn stay(&self, socket: Socket, memory: &mut Memory, stopped: &CancellationToken) -> End {
        let heard = |raw: Value| {
            let hearing = Arc::clone(&self.hearing);
            let rest = Arc::clone(&self.rest);
            self.hearing.underway.spawn(async move { hear(&hearing, &rest, &raw).await });
        };
        Session::new(socket, memory, self.rest.token(), self.clock.as_ref(), &heard).run(stopped).await
    }

    /// A connection: to where the session is resumed, or to where Discord says.
    async fn open(&self, memory: &Memory) -> Result<Socket, End> {
        let broken = End::Broken { was_ready: false };
        let url = match &memory.session {
            Some((_, url)) => url.clone(),
            None => self.look_up().await?,
        };
        let config = WebSocketConfig::default().max_message_size(Some(FRAME_LIMIT)).max_frame_size(Some(FRAME_LIMIT));
        let connecting = Box::pin(connect_async_with_config(url.as_str(), Some(config), true));
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(error)) => {
                tracing::warn!(%error, "Discord's gateway could not be reached");
                Err(broken)
            }
            Err(_) => {
                tracing::warn!("Discord's gateway did not answer in time");
                Err(broken)
            }
        }
    }

    async fn look_up(&self) -> Result<Url, End> {
        let broken = End::Broken { was_ready: false };
        match self.rest.ask(Method::GET, "/gateway/bot", None).await {
            Ok(answer) => {
                self.keep_to_the_limit(&answer).await;
                answer["url"].as_str().and_then(address).ok_or(broken)
            }
            Err(Trouble::Refused(refused)) if refused.status == 401 => Err(End::Refused(refused.status)),
            Err(trouble) => {
                let error = ChatError::from(trouble);
                tracing::warn!(%error, "Discord did not say where its gateway is");
                if let ChatError::Throttled { after } = error {
                    self.clock.pause(after).await;
                }
                Err(broken)
            }
        }
    }

    /// Discord counts how often a bot begins a session, and takes its token away in the end.
    async fn keep_to_the_limit(&self, answer: &Value) {
        let limit = &answer["session_start_limit"];
        if limit["remaining"].as_u64() == Some(0) {
            let after = Duration::from_millis(limit["reset_after"].as_u64().unwrap_or_default());
            tracing::warn!(after_s = after.as_secs(), "no more sessions may begin at Discord's gateway for a while");
            self.clock.pause(after.clamp(FIRST_PAUSE, Duration::from_hours(24))).await;
        }
    }
}

/// At once after a connection that was good, and then more and more slowly.
fn pause(failed: u32) -> Duration {
    match failed.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_PAUSE.saturating_mul(1 << doublings.min(10)).min(LONGEST_PAUSE),
    }
}

/// Hears one interaction, and sends the answer.
async fn hear(hearing: &Arc<Hearing>, rest: &Rest, raw: &Value) {
    let text = |key: &str| raw[key].as_str().map(str::to_owned);
    let id = text("id").and_then(|it| Snowflake::try_from(it).ok());
    let Some((id, token)) = id.zip(text("token").and_then(Token::new)) else { return };
    let Ok(answer) = hearing.hear(raw).await else {
        tracing::debug!("an interaction of a kind that is not known was left alone");
        return;
    };
    let path = format!("/interactions/{id}/{}/callback", token.expose());
    for _ in 0..ATTEMPTS {
        match rest.reply(Method::POST, &path, &answer.body()).await {
            Ok(_) => return,
            Err(Trouble::Chat(ChatError::Passing(_))) => {}
            Err(trouble) => {
                let error = ChatError::from(trouble);
                tracing::debug!(%error, "Discord did not take an answer");
                return;
            }
        }
    }
    tracing::warn!("Discord did not take an answer; whoever asked sees that nobody answered");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_made_anew_at_once_and_then_more_and_more_slowly() {
        let pauses: Vec<u64> = [0, 1, 2, 3, 5, 6, 1000].map(|it| pause(it).as_secs()).to_vec();
        assert_eq!(pauses, [0, 1, 2, 4, 16, 30, 30]);
    }
}
