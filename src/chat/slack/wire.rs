//! The opening of a WebSocket by the one HTTP client of the project: its authorities, its time-outs, no proxy.

use std::time::Duration;

use reqwest::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use reqwest::{StatusCode, Upgraded, Url};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::chat::ChatError;

/// A connection.
pub(super) type Wire = WebSocketStream<Upgraded>;

/// How long an opening may take.
const OPENING: Duration = Duration::from_secs(10);
/// The longest message; those of Slack are smaller than the cards that stand in them.
const MESSAGE_LIMIT: usize = 1 << 20;

/// Opens a WebSocket at an address that Slack gave. The address is a secret: no error tells it.
pub(super) async fn open(client: &reqwest::Client, url: &str) -> Result<Wire, ChatError> {
    let opening = tokio::time::timeout(OPENING, upgraded(client, url));
    let upgraded = opening.await.map_err(|_| passing("Slack's socket does not open in time"))??;
    let config = WebSocketConfig::default().max_message_size(Some(MESSAGE_LIMIT)).max_frame_size(Some(MESSAGE_LIMIT));
    Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
}

async fn upgraded(client: &reqwest::Client, url: &str) -> Result<Upgraded, ChatError> {
    let key = generate_key();
    let request = client
        .get(address(url)?)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key);
    let broken = |error: reqwest::Error| ChatError::Passing(format!("Slack's socket: {}", error.without_url()));
    let response = request.send().await.map_err(broken)?;
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT).map(reqwest::header::HeaderValue::as_bytes);
    let is_ours = accepted == Some(derive_accept_key(key.as_bytes()).as_bytes());
    if response.status() != StatusCode::SWITCHING_PROTOCOLS || !is_ours {
        return Err(passing("Slack's socket answers as if it were none"));
    }
    response.upgrade().await.map_err(broken)
}

/// `wss://…`, as an HTTP client says it; in the clear only on this machine.
fn address(url: &str) -> Result<Url, ChatError> {
    let bad = || passing("Slack gave a socket's address that is none");
    let spelled = url.strip_prefix("ws").map(|rest| format!("http{rest}")).ok_or_else(bad)?;
    let url = Url::parse(&spelled).map_err(|_| bad())?;
    let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback) { Ok(url) } else { Err(bad()) }
}

fn passing(sentence: &str) -> ChatError {
    ChatError::Passing(sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_opened_encrypted_or_on_this_machine() {
        assert_eq!(address("wss://wss.slack.example/link/?ticket=1").unwrap().scheme(), "https");
        assert_eq!(address("ws://127.0.0.1:9/link").unwrap().scheme(), "http");
        for bad in ["ws://wss.slack.example/link", "https://slack.example", "", "wsx://a", "ws:///"] {
            let error = address(bad).unwrap_err();
            assert!(!error.to_string().contains("ticket"), "{bad}");
        }
    }
}
