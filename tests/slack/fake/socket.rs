//! Socket Mode of the fake: each delivery goes to one of the connections, and comes again if that one was cut.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State as Shares};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use axum::response::Response;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::state::{Acknowledged, Sent, Socket, ToSocket};
use super::{APP, Shared};

/// How long after it wanted to be renewed a connection is closed.
const FAREWELL: Duration = Duration::from_millis(700);

pub(super) async fn open(Shares(shared): Shares<Arc<Shared>>, request: Request) -> Response {
    let key = request.headers()[SEC_WEBSOCKET_KEY].as_bytes();
    let accept = derive_accept_key(key);
    tokio::spawn(async move {
        let upgraded = hyper::upgrade::on(request).await.unwrap();
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        serve(shared, socket).await;
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty())
        .unwrap()
}

async fn serve(shared: Arc<Shared>, mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>) {
    let (sender, mut told) = mpsc::unbounded_channel();
    let count = {
        let mut state = shared.state();
        state.sockets.retain(Socket::is_open);
        state.sockets.len() + 1
    };
    let hello = json!({ "type": "hello", "num_connections": count, "connection_info": { "app_id": APP },
        "debug_info": { "host": "applink-0", "started": "x", "build_number": 1, "approximate_connection_time": 18060 } });
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    shared.state().sockets.push(Socket { sender, is_leaving: false });
    again(&shared);
    loop {
        tokio::select! {
            told = told.recv() => match told {
                Some(ToSocket::Say(value)) => {
                    if socket.send(Message::text(value.to_string())).await.is_err() {
                        return;
                    }
                }
                Some(ToSocket::Close) => {
                    let _ = socket.close(None).await;
                }
                Some(ToSocket::Cut) | None => return,
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => acknowledge(&shared, &serde_json::from_str(&text).unwrap()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
}

fn acknowledge(shared: &Shared, said: &Value) {
    let id = said["envelope_id"].as_str().unwrap_or_default();
    let now = shared.now();
    let mut state = shared.state();
    let Some(sent) = state.sent.remove(id) else { return };
    let payload = said.get("payload").cloned().filter(|it| !it.is_null());
    state.acknowledged.insert(id.to_owned(), Acknowledged { payload, after: now.saturating_sub(sent.at) });
}

pub(super) fn deliver(shared: &Arc<Shared>, kind: &str, payload: &Value) -> String {
    let mut state = shared.state();
    let id = state.next("envelope");
    let envelope = json!({ "envelope_id": id, "type": kind, "payload": payload,
        "accepts_response_payload": kind == "slash_commands" });
    let at = shared.now();
    state.sent.insert(id.clone(), Sent { envelope: envelope.clone(), at, attempt: 0 });
    let open: Vec<usize> = (0..state.sockets.len()).filter(|at| state.sockets[*at].is_open()).collect();
    let turn: usize = id.trim_start_matches("envelope").parse().unwrap();
    if let Some(at) = open.get(turn % open.len().max(1)) {
        let _ = state.sockets[*at].sender.send(ToSocket::Say(envelope));
    }
    id
}

/// What was delivered and never acknowledged comes again over a new connection.
fn again(shared: &Arc<Shared>) {
    let mut state = shared.state();
    let state = &mut *state;
    let Some(socket) = state.sockets.last() else { return };
    for sent in state.sent.values_mut() {
        sent.attempt += 1;
        let mut envelope = sent.envelope.clone();
        envelope["retry_attempt"] = sent.attempt.into();
        envelope["retry_reason"] = "timeout".into();
        let _ = socket.sender.send(ToSocket::Say(envelope));
    }
}

pub(super) fn refresh(shared: &Arc<Shared>) {
    let mut state = shared.state();
    for socket in state.sockets.iter_mut().filter(|it| it.is_open()) {
        socket.is_leaving = true;
        let said =
            json!({ "type": "disconnect", "reason": "refresh_requested", "debug_info": { "host": "applink-0" } });
        let _ = socket.sender.send(ToSocket::Say(said));
        let sender = socket.sender.clone();
        tokio::spawn(async move {
            changeover::clock::pause(FAREWELL).await;
            let _ = sender.send(ToSocket::Close);
        });
    }
}

pub(super) fn cut(shared: &Arc<Shared>) {
    for socket in shared.state().sockets.drain(..) {
        let _ = socket.sender.send(ToSocket::Cut);
    }
}
