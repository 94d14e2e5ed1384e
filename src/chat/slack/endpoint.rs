//! Deliveries that Slack brings by HTTPS: verified over the bytes as they came, and only then read.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use super::answer::Answer;
use super::hearing::Hearing;
use super::payload::{self, Unheard};
use super::signature::Signature;
use crate::chat::door::{Porter, Turned};

/// Where Slack is told to send everything, behind whatever name the machine has.
pub const PATH: &str = "/slack";

/// Takes deliveries on one address.
pub(super) struct Endpoint {
    pub hearing: Arc<Hearing>,
    pub signature: Signature,
}

#[async_trait]
impl Porter for Endpoint {
    async fn take(&self, head: &Parts, body: &[u8]) -> Result<Response, Turned> {
        // Slack's own probe of the certificate is not signed, and wants nothing.
        if is_probe(head.uri.query().unwrap_or_default().as_bytes()) || is_probe(body) {
            return Ok(StatusCode::OK.into_response());
        }
        let verified = self.signature.verified(&head.headers, body);
        #[cfg(feature = "mutants")]
        let verified = crate::mutants::signed(verified, body);
        match payload::of_body(verified.ok_or(Turned::Unsigned)?) {
            Ok(payload) => Ok(respond(&payload.wish, &self.hearing.hear(payload.clone()).await)),
            Err(Unheard::Challenge(text)) => Ok(text.into_response()),
            Err(Unheard::Nothing) => Ok(StatusCode::OK.into_response()),
            Err(Unheard::Unreadable) => Err(Turned::Unreadable),
        }
    }
}

/// A command is answered in its answer; an event that was not taken is brought again.
fn respond(wish: &payload::Wish, answer: &Answer) -> Response {
    match (wish, answer) {
        (payload::Wish::Command { .. }, answer) => {
            answer.to_command().map_or_else(|| StatusCode::OK.into_response(), |it| json(&it))
        }
        (payload::Wish::Mention { .. }, Answer::Refused(_)) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        (payload::Wish::Mention { .. } | payload::Wish::Press { .. } | payload::Wish::Form { .. }, _) => {
            StatusCode::OK.into_response()
        }
    }
}

fn json(body: &serde_json::Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn is_probe(form: &[u8]) -> bool {
    form_urlencoded::parse(form).any(|(name, value)| name == "ssl_check" && value == "1")
}
