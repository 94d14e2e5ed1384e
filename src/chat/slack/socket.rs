//! Socket Mode: two connections that this machine opens, over which Slack brings deliveries. The loop that reads and
//! writes runs nothing else: what is heard is heard in tasks of its own.
//!
//! slack-morphism has a client for this, which waits for each handler before it reads on, so that one that is slow delays
//! all; closes a connection at once when Slack wants it renewed, with what is underway on it; waits half a minute after an
//! opening that failed; and has no time-outs. So this is a loop of ours over tungstenite, opened by our one HTTP client.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::Answer;
use super::hearing::Hearing;
use super::payload::{self, Payload, Wish};
use super::web::Web;
use super::wire::{self, Wire};
use crate::chat::ChatError;
use crate::clock::Clock;

/// How many connections stand at once: each delivery comes over one of them, and one is there while the other is renewed.
const CONNECTIONS: usize = 2;
/// The pause after an opening that failed, which doubles to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long a connection must have stood for the pause to begin anew.
const STOOD: Duration = Duration::from_secs(10);
/// How often a connection that is silent is asked whether it lives, and how long its silence may be.
const PING: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(20);
/// How long a connection that is renewed is still read.
const FAREWELL: Duration = Duration::from_secs(15);
/// How long the last answers may take when the bot stops.
const LAST_ANSWERS: Duration = Duration::from_secs(3);
/// How many answers may wait to be written.
const ANSWERS: usize = 256;

/// Takes deliveries over connections.
pub(super) struct Socket {
    pub hearing: Arc<Hearing>,
    /// Asks by the app's own token.
    pub web: Web,
    pub client: reqwest::Client,
    pub clock: Arc<dyn Clock>,
    pub stopped: CancellationToken,
}

#[derive(Deserialize)]
struct Opened {
    url: String,
}

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// It broke off, or was silent for too long.
    Lost,
    /// Slack wants a new one, and closes this one soon.
    Renewed,
    /// Slack says that it has too many, or that Socket Mode is off.
    Unwanted,
    Stopped,
}

/// What is underway on one connection.
struct Line {
    wire: Wire,
    answers: mpsc::Receiver<Value>,
    answer: mpsc::Sender<Value>,
    heard: Duration,
}

impl Socket {
    /// Keeps the connections until told to stop.
    pub(super) async fn run(self: Arc<Self>) {
        let tasks = TaskTracker::new();
        for _ in 0..CONNECTIONS {
            tasks.spawn(Arc::clone(&self).keep(tasks.clone()));
        }
        tasks.close();
        tasks.wait().await;
    }

    /// Keeps one connection. One that Slack wants renewed is read to its end beside the new one.
    async fn keep(self: Arc<Self>, tasks: TaskTracker) {
        let mut pause = FIRST_PAUSE;
        while !self.stopped.is_cancelled() {
            let began = self.clock.elapsed();
            let over = match self.open().await {
                Ok(wire) => {
                    let (answer, answers) = mpsc::channel(ANSWERS);
                    let mut line = Line { wire, answers, answer, heard: self.clock.elapsed() };
                    let over = self.converse(&mut line).await;
                    match over {
                        Over::Renewed => {
                            let socket = Arc::clone(&self);
                            tasks.spawn(async move { socket.say_farewell(line).await });
                        }
                        Over::Stopped => finish(line).await,
                        Over::Lost | Over::Unwanted => {}
                    }
                    over
                }
                Err(error) => {
                    tracing::warn!(%error, "Slack's socket could not be opened");
                    Over::Unwanted
                }
            };
            if self.clock.elapsed().saturating_sub(began) > STOOD {
                pause = FIRST_PAUSE;
            }
            let wait = match over {
                Over::Stopped => return,
                Over::Renewed => Duration::ZERO,
                Over::Lost => pause,
                Over::Unwanted => pause * 2,
            };
            pause = if wait.is_zero() { pause } else { (pause * 2).min(LONGEST_PAUSE) };
            self.stopped.run_until_cancelled(self.clock.pause(wait)).await;
        }
    }

    async fn open(&self) -> Result<Wire, ChatError> {
        let Opened { url } = self.web.ask("apps.connections.open", &json!({})).await?;
        wire::open(&self.client, &url).await
    }

    /// Reads and writes until the connection is over.
    async fn converse(self: &Arc<Self>, line: &mut Line) -> Over {
        loop {
            let over = tokio::select! {
                () = self.stopped.cancelled() => Some(Over::Stopped),
                () = self.clock.pause(PING) => self.ask_whether_it_lives(line).await,
                Some(answer) = line.answers.recv() => write(&mut line.wire, Message::text(answer.to_string())).await,
                message = line.wire.next() => {
                    line.heard = self.clock.elapsed();
                    match message {
                        Some(Ok(message)) => self.hear(line, message),
                        Some(Err(_)) | None => Some(Over::Lost),
                    }
                }
            };
            if let Some(over) = over {
                return over;
            }
        }
    }

    async fn ask_whether_it_lives(&self, line: &mut Line) -> Option<Over> {
        if self.clock.elapsed().saturating_sub(line.heard) > SILENCE {
            return Some(Over::Lost);
        }
        write(&mut line.wire, Message::Ping(Vec::new().into())).await
    }

    /// What one message means; a delivery is heard in a task of its own.
    fn hear(self: &Arc<Self>, line: &Line, message: Message) -> Option<Over> {
        let Message::Text(text) = message else { return None };
        let Ok(envelope) = serde_json::from_str::<Value>(&text) else { return None };
        let word = |key: &str| envelope.get(key).and_then(Value::as_str);
        match (word("type"), word("envelope_id")) {
            (Some("disconnect"), _) => Some(match word("reason") {
                Some("link_disabled" | "too_many_websockets") => Over::Unwanted,
                Some(_) | None => Over::Renewed,
            }),
            (_, Some(id)) => {
                let (id, answer) = (id.to_owned(), line.answer.clone());
                match envelope.get("payload").map(payload::of_json) {
                    Some(Ok(payload)) => self.take(id, payload, answer),
                    // Nothing of ours: that it came is all there is to say.
                    Some(Err(_)) | None => drop(answer.try_send(json!({ "envelope_id": id }))),
                }
                None
            }
            (_, None) => None,
        }
    }

    /// Durable, then acknowledged.
    fn take(self: &Arc<Self>, id: String, payload: Payload, answer: mpsc::Sender<Value>) {
        let hearing = Arc::clone(&self.hearing);
        self.hearing.underway.spawn(async move {
            let wish = payload.wish.clone();
            let answered = hearing.hear(payload).await;
            if let Some(acknowledged) = acknowledgement(&id, &wish, &answered) {
                // A connection that is gone takes no answer: Slack brings the delivery again, over another.
                let _ = answer.send(acknowledged).await;
            }
        });
    }

    /// What came before the renewal is still answered, and what still comes is heard.
    async fn say_farewell(self: &Arc<Self>, mut line: Line) {
        let _ =
            tokio::time::timeout(FAREWELL, async { while self.converse(&mut line).await == Over::Renewed {} }).await;
    }
}

/// Writes the answers to what was heard already, and closes.
async fn finish(line: Line) {
    let Line { mut wire, mut answers, answer, .. } = line;
    drop(answer);
    let writing = async {
        while let Some(answer) = answers.recv().await {
            if write(&mut wire, Message::text(answer.to_string())).await.is_some() {
                return;
            }
        }
        let _ = wire.close(None).await;
    };
    let _ = tokio::time::timeout(LAST_ANSWERS, writing).await;
}

/// An event that was not taken is not acknowledged, and comes again.
fn acknowledgement(id: &str, wish: &Wish, answer: &Answer) -> Option<Value> {
    match (wish, answer) {
        (Wish::Mention { .. }, Answer::Refused(_)) => None,
        (Wish::Command { .. }, answer) => Some(match answer.to_command() {
            Some(payload) => json!({ "envelope_id": id, "payload": payload }),
            None => json!({ "envelope_id": id }),
        }),
        (Wish::Mention { .. } | Wish::Press { .. } | Wish::Form { .. }, _) => Some(json!({ "envelope_id": id })),
    }
}

async fn write(wire: &mut Wire, message: Message) -> Option<Over> {
    match tokio::time::timeout(SILENCE, wire.send(message)).await {
        Ok(Ok(())) => None,
        Ok(Err(_)) | Err(_) => Some(Over::Lost),
    }
}
