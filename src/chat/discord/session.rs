//! One connection to Discord's gateway, from its greeting to its end, and what is remembered for the next one.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use super::settings::is_private;
use crate::clock::Clock;
use crate::config::secret::SecretValue;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long Discord may take to greet, to know us, and to take what is sent.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// A pause between two heartbeats that would be none, or never end.
const PULSE: std::ops::RangeInclusive<Duration> = Duration::from_millis(20)..=Duration::from_mins(5);
/// Interactions come without any intent.
const INTENTS: u32 = 0;
/// A close that keeps the session, so that it can be resumed.
const KEEPING: u16 = 4000;

const DISPATCH: u64 = 0;
const HEARTBEAT: u64 = 1;
const IDENTIFY: u64 = 2;
const RESUME: u64 = 6;
const RECONNECT: u64 = 7;
const INVALID_SESSION: u64 = 9;
const HELLO: u64 = 10;
const HEARTBEAT_ACK: u64 = 11;

/// What is remembered from one connection to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The session, and where it is resumed.
    pub(super) session: Option<(String, Url)>,
    /// The last event that was heard.
    sequence: Option<u64>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// We were told to stop.
    Stopped,
    /// What is missed meanwhile is sent again, if the next connection resumes.
    Broken { was_ready: bool },
    /// The session is no more.
    Forgotten,
    /// Discord will not have this token, or not like this, until a person mends it.
    Refused(u16),
}

/// One connection.
pub(super) struct Session<'a> {
    pub(super) socket: Socket,
    pub(super) memory: &'a mut Memory,
    pub(super) token: &'a SecretValue,
    pub(super) clock: &'a dyn Clock,
    pub(super) heard: &'a (dyn Fn(Value) + Send + Sync),
    is_ready: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        socket: Socket,
        memory: &'a mut Memory,
        token: &'a SecretValue,
        clock: &'a dyn Clock,
        heard: &'a (dyn Fn(Value) + Send + Sync),
    ) -> Self {
        Self { socket, memory, token, clock, heard, is_ready: false }
    }

    /// Goes on until the connection ends, or is told to stop. What is heard is handed on, and never waited for.
    pub(super) async fn run(mut self, stopped: &CancellationToken) -> End {
        let Some(ended) = stopped.run_until_cancelled(self.live()).await else {
            self.close(1000).await;
            return End::Stopped;
        };
        if ended == (End::Broken { was_ready: self.is_ready }) {
            self.close(KEEPING).await;
        }
        ended
    }

    fn broken(&self) -> End {
        End::Broken { was_ready: self.is_ready }
    }

    async fn live(&mut self) -> End {
        let Ok(greeting) = tokio::time::timeout(PATIENCE, self.greet()).await else { return self.broken() };
        let pulse = match greeting {
            Ok(pulse) => pulse,
            Err(end) => return end,
        };
        let ready_until = self.clock.elapsed() + PATIENCE;
        let mut next_beat = self.clock.elapsed() + pulse / 2;
        let mut is_alive = true;
        loop {
            let now = self.clock.elapsed();
            if !self.is_ready && now >= ready_until {
                return self.broken();
            }
            tokio::select! {
                () = self.clock.pause(next_beat.saturating_sub(now)) => {
                    // Nobody has answered the last one: the other end is gone, whatever the connection says.
                    if !is_alive || self.beat().await.is_none() {
                        return self.broken();
                    }
                    is_alive = false;
                    next_beat = self.clock.elapsed() + pulse;
                }
                frame = receive(&mut self.socket) => match frame {
                    Ok(frame) if frame["op"].as_u64() == Some(HEARTBEAT_ACK) => is_alive = true,
                    Ok(frame) => if let Some(end) = self.take(&frame).await { return end },
                    Err(code) => return self.ended(code),
                }
            }
        }
    }

    /// Waits for the greeting, and says who we are.
    async fn greet(&mut self) -> Result<Duration, End> {
        let hello = loop {
            match receive(&mut self.socket).await {
                Ok(frame) if frame["op"].as_u64() == Some(HELLO) => break frame,
                Ok(_) => {}
                Err(code) => return Err(self.ended(code)),
            }
        };
        let token = self.token.expose();
        let said = match &self.memory.session {
            Some((session, _)) => json!({
                "op": RESUME,
                "d": { "token": token, "session_id": session, "seq": self.memory.sequence },
            }),
            None => json!({
                "op": IDENTIFY,
                "d": {
                    "token": token,
                    "intents": INTENTS,
                    "properties": { "os": "linux", "browser": "changeover", "device": "changeover" },
                },
            }),
        };
        self.send(&said).await.ok_or(self.broken())?;
        let pulse = Duration::from_millis(hello["d"]["heartbeat_interval"].as_u64().unwrap_or(40_000));
        Ok(pulse.clamp(*PULSE.start(), *PULSE.end()))
    }

    /// Takes what came; says so where nothing more will.
    async fn take(&mut self, frame: &Value) -> Option<End> {
        match frame["op"].as_u64()? {
            DISPATCH => {
                self.memory.sequence = frame["s"].as_u64().or(self.memory.sequence);
                self.dispatch(frame);
                None
            }
            HEARTBEAT if self.beat().await.is_some() => None,
            HEARTBEAT | RECONNECT => Some(self.broken()),
            INVALID_SESSION if frame["d"].as_bool() == Some(true) => Some(self.broken()),
            INVALID_SESSION => Some(End::Forgotten),
            _ => None,
        }
    }

    fn dispatch(&mut self, frame: &Value) {
        let event = &frame["d"];
        match frame["t"].as_str() {
            Some("READY") => {
                let session = event["session_id"].as_str().map(str::to_owned);
                let url = event["resume_gateway_url"].as_str().and_then(address);
                self.memory.session = session.zip(url);
                self.is_ready = true;
                tracing::info!("Discord's gateway is open");
            }
            Some("RESUMED") => {
                self.is_ready = true;
                tracing::info!("Discord's gateway is open again, and nothing was missed");
            }
            Some("INTERACTION_CREATE") => (self.heard)(event.clone()),
            Some(_) | None => {}
        }
    }

    /// What an end by the other side means.
    fn ended(&self, code: Option<u16>) -> End {
        match code {
            Some(code @ (4004 | 4010..=4014)) => End::Refused(code),
            Some(4007 | 4009) => End::Forgotten,
            Some(_) | None => self.broken(),
        }
    }

    async fn beat(&mut self) -> Option<()> {
        let beat = json!({ "op": HEARTBEAT, "d": self.memory.sequence });
        self.send(&beat).await
    }

    async fn send(&mut self, said: &Value) -> Option<()> {
        let sent = tokio::time::timeout(PATIENCE, self.socket.send(Message::text(said.to_string()))).await;
        sent.ok()?.ok()
    }

    async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        // Whoever does not hear it will notice.
        let _ = tokio::time::timeout(GOODBYE, self.socket.close(Some(frame))).await;
    }
}

/// The next frame; otherwise, the code by which the other side ended, if it said one. Cancel-safe.
async fn receive(socket: &mut Socket) -> Result<Value, Option<u16>> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                // What can't be read is nothing that we asked for.
                if let Ok(frame) = serde_json::from_str(&text) {
                    return Ok(frame);
                }
            }
            Some(Ok(Message::Close(frame))) => return Err(frame.map(|it| it.code.into())),
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(_)) | None => return Err(None),
        }
    }
}

/// An address of the gateway that the token may be sent to.
pub(super) fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok().filter(|url| is_private(url, "wss", "ws"))?;
    url.set_query(Some("v=10&encoding=json"));
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_sent_to_no_gateway_in_the_clear() {
        assert_eq!(
            address("wss://gateway.discord.gg").unwrap().as_str(),
            "wss://gateway.discord.gg/?v=10&encoding=json"
        );
        assert!(address("ws://127.0.0.1:9000").is_some());
        for bad in ["ws://gateway.discord.gg", "http://127.0.0.1", "gateway", ""] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
