//! The gateway: greets, knows whom it has greeted, keeps what they have missed, and can be disturbed.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::state::Sent;
use super::{APPLICATION, Shared, TOKEN};

/// What may happen to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    /// It is gone without a word.
    Cut,
    /// Discord wants it made anew.
    Reconnect,
    /// The session is no more, or is after a new connection.
    Invalid {
        is_resumable: bool,
    },
    Close(u16),
    /// Discord wants to know whether anybody is there.
    Beat,
}

pub(super) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let shared = shared.clone();
        connections.spawn(async move {
            if let Ok(socket) = tokio_tungstenite::accept_async(stream).await {
                talk(&shared, socket).await;
            }
        });
    }
}

type Socket = WebSocketStream<TcpStream>;

async fn say(socket: &mut Socket, frame: &Value) -> Option<()> {
    socket.send(Message::text(frame.to_string())).await.ok()
}

async fn close(socket: &mut Socket, code: u16) {
    let _ = socket.close(Some(CloseFrame { code: code.into(), reason: "".into() })).await;
}

async fn hear(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => return serde_json::from_str(&text).ok(),
            Message::Close(_) => return None,
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// One connection, from its greeting to its end.
async fn talk(shared: &Shared, mut socket: Socket) {
    let pulse = shared.state().pulse.as_millis();
    let hello = json!({ "op": 10, "d": { "heartbeat_interval": u64::try_from(pulse).unwrap() } });
    if say(&mut socket, &hello).await.is_none() {
        return;
    }
    let (sender, mut sent) = mpsc::unbounded_channel();
    let Some(session) = introduce(shared, &mut socket, &sender).await else { return };
    loop {
        tokio::select! {
            frame = hear(&mut socket) => match frame {
                Some(frame) if frame["op"] == 1 => beat(shared, &mut socket).await,
                Some(_) => {}
                None => break,
            },
            Some(sent) = sent.recv() => if obey(shared, &mut socket, &session, sent).await.is_none() { break },
        }
    }
    let mut state = shared.state();
    if let Some(session) = state.sessions.get_mut(&session)
        && session.connection.as_ref().is_some_and(|it| it.same_channel(&sender))
    {
        session.connection = None;
    }
}

async fn beat(shared: &Shared, socket: &mut Socket) {
    if shared.state().is_pulse_answered {
        say(socket, &json!({ "op": 11 })).await;
    }
}

/// Waits until somebody says who they are, and greets them back; the name of their session.
async fn introduce(shared: &Shared, socket: &mut Socket, sender: &mpsc::UnboundedSender<Sent>) -> Option<String> {
    loop {
        let frame = hear(socket).await?;
        let is_known = frame["d"]["token"] == TOKEN && !shared.state().is_revoked;
        match frame["op"].as_u64() {
            Some(1) => beat(shared, socket).await,
            Some(2 | 6) if !is_known => {
                close(socket, 4004).await;
                return None;
            }
            Some(2) => return Some(begin(shared, sender)),
            Some(6) => match resume(shared, &frame["d"], sender) {
                Some(session) => return Some(session),
                None => say(socket, &json!({ "op": 9, "d": false })).await?,
            },
            _ => {
                close(socket, 4003).await;
                return None;
            }
        }
    }
}

fn begin(shared: &Shared, sender: &mpsc::UnboundedSender<Sent>) -> String {
    let mut state = shared.state();
    state.begun += 1;
    let name = format!("session-{}", state.begun);
    let ready = json!({
        "v": 10, "session_id": name, "resume_gateway_url": format!("ws://{}", shared.gateway), "shard": [0, 1],
        "user": { "id": APPLICATION, "username": "changeover", "discriminator": "0", "avatar": null, "bot": true },
        "guilds": [], "application": { "id": APPLICATION, "flags": 0 },
    });
    let session = state.sessions.entry(name.clone()).or_default();
    session.connection = Some(sender.clone());
    session.dispatch("READY", &ready);
    name
}

/// Sends what was missed.
fn resume(shared: &Shared, said: &Value, sender: &mpsc::UnboundedSender<Sent>) -> Option<String> {
    let mut state = shared.state();
    let name = said["session_id"].as_str()?.to_owned();
    let from = usize::try_from(said["seq"].as_u64()?).ok()?;
    let session = state.sessions.get_mut(&name)?;
    session.connection = Some(sender.clone());
    for frame in session.events.iter().skip(from) {
        sender.send(Sent::Frame(frame.clone())).ok()?;
    }
    session.dispatch("RESUMED", &json!({}));
    state.resumed += 1;
    Some(name)
}

async fn obey(shared: &Shared, socket: &mut Socket, session: &str, sent: Sent) -> Option<()> {
    match sent {
        Sent::Frame(frame) => say(socket, &frame).await,
        Sent::Disturbance(Disturbance::Cut) => None,
        Sent::Disturbance(Disturbance::Reconnect) => say(socket, &json!({ "op": 7, "d": null })).await,
        Sent::Disturbance(Disturbance::Beat) => say(socket, &json!({ "op": 1, "d": null })).await,
        Sent::Disturbance(Disturbance::Invalid { is_resumable }) => {
            if !is_resumable {
                shared.state().sessions.remove(session);
            }
            say(socket, &json!({ "op": 9, "d": is_resumable })).await
        }
        Sent::Disturbance(Disturbance::Close(code)) => {
            if [4007, 4009].contains(&code) {
                shared.state().sessions.remove(session);
            }
            close(socket, code).await;
            None
        }
    }
}
