//! The Web API: one call, its limits, and what its failures mean.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chat::ChatError;
use crate::config::secret::SecretValue;

/// How long one call may take.
const CALL: Duration = Duration::from_secs(10);

/// The pause after a 429 that says no time.
const PAUSE: Duration = Duration::from_secs(10);

/// The longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// The longest answer that is read, in bytes: a page of history with its cards.
const ANSWER_LIMIT: usize = 8 << 20;

/// What Slack says when it can't at the moment; everything else that it refuses stays refused.
const PASSING: [&str; 6] = [
    "fatal_error",
    "internal_error",
    "message_limit_exceeded",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
];

/// What it says when a message was deleted, or the one that it should be an answer to.
const GONE: [&str; 2] = ["message_not_found", "thread_not_found"];

/// Asks Slack by one token. The types are slack-morphism's; the client is ours, because theirs has no time-outs, puts
/// whole answers into its errors, and takes a message that was posted for one that was not when a field is missing.
#[derive(Clone)]
pub struct Web {
    client: reqwest::Client,
    url: String,
    token: SecretValue,
}

/// What every answer begins with.
#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    error: Option<String>,
    needed: Option<String>,
}

impl Web {
    #[must_use]
    pub fn new(client: reqwest::Client, url: &str, token: SecretValue) -> Self {
        Self { client, url: url.trim_end_matches('/').to_owned(), token }
    }

    /// Asks for something to be done.
    pub(super) async fn ask<T: DeserializeOwned>(&self, method: &str, body: &impl Serialize) -> Result<T, ChatError> {
        let response = self.send(method, self.client.post(self.address(method, &[])?).json(body)).await?;
        understand(method, &read(method, response).await?)
    }

    /// Asks without arguments; also tells what the token may do, which Slack says beside its answers.
    pub(super) async fn ask_with_scopes<T: DeserializeOwned>(
        &self,
        method: &str,
    ) -> Result<(T, Option<String>), ChatError> {
        let response = self.send(method, self.client.post(self.address(method, &[])?)).await?;
        let scopes = response.headers().get("x-oauth-scopes").and_then(|it| it.to_str().ok()).map(str::to_owned);
        Ok((understand(method, &read(method, response).await?)?, scopes))
    }

    /// Asks for something that only is read.
    pub(super) async fn look<T: DeserializeOwned>(&self, method: &str, query: &[(&str, &str)]) -> Result<T, ChatError> {
        let response = self.send(method, self.client.get(self.address(method, query)?)).await?;
        understand(method, &read(method, response).await?)
    }

    fn address(&self, method: &str, query: &[(&str, &str)]) -> Result<Url, ChatError> {
        let bad = |_| ChatError::Lasting("api_url is no address".to_owned());
        let mut url = Url::parse(&format!("{}/{method}", self.url)).map_err(bad)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn send(&self, method: &str, request: RequestBuilder) -> Result<Response, ChatError> {
        let sent = request.bearer_auth(self.token.expose()).timeout(CALL).send().await;
        let unheard = |error: reqwest::Error| {
            ChatError::Passing(format!("Slack did not answer {method}: {}", error.without_url()))
        };
        let response = sent.map_err(unheard)?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(ChatError::Throttled { after: pause(&response) });
        }
        if status.is_server_error() {
            return Err(ChatError::Passing(format!("Slack answered {method} with {status}")));
        }
        if status != StatusCode::OK {
            return Err(ChatError::Lasting(format!("Slack answered {method} with {status}")));
        }
        Ok(response)
    }
}

/// How long Slack wants to be left alone.
fn pause(response: &Response) -> Duration {
    let seconds = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.trim().parse().ok());
    seconds.map_or(PAUSE, Duration::from_secs).clamp(Duration::from_secs(1), LONGEST_PAUSE)
}

async fn read(method: &str, mut response: Response) -> Result<Vec<u8>, ChatError> {
    let broken = |error: reqwest::Error| {
        ChatError::Passing(format!("Slack's answer to {method} broke off: {}", error.without_url()))
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > ANSWER_LIMIT {
            return Err(ChatError::Passing(format!("Slack's answer to {method} does not end")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// An answer may quote what was asked: nothing of it is told but Slack's own word for what is wrong.
fn understand<T: DeserializeOwned>(method: &str, bytes: &[u8]) -> Result<T, ChatError> {
    let strange = |_| ChatError::Passing(format!("Slack answered {method} with something else than was expected"));
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(strange)?;
    if envelope.ok {
        return serde_json::from_slice(bytes).map_err(strange);
    }
    let word = |text: Option<String>| text.filter(|it| it.len() <= 100 && it.chars().all(is_of_a_word));
    let error = word(envelope.error).unwrap_or_else(|| "an error without a name".to_owned());
    if error == "ratelimited" || error == "rate_limited" {
        return Err(ChatError::Throttled { after: PAUSE });
    }
    if GONE.contains(&error.as_str()) {
        return Err(ChatError::Gone);
    }
    let needed = word(envelope.needed).map(|it| format!(" (the scope {it} is missing)")).unwrap_or_default();
    let sentence = format!("Slack refused {method}: {error}{needed}");
    Err(if PASSING.contains(&error.as_str()) { ChatError::Passing(sentence) } else { ChatError::Lasting(sentence) })
}

fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_:.,-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Said {
        ts: String,
    }

    #[test]
    fn what_slack_refuses_is_told_by_its_word_alone() {
        let told = |body: &str| understand::<Said>("chat.postMessage", body.as_bytes());
        assert_eq!(told(r#"{"ok":true,"ts":"1.2","message":{"blocks":[{"type":"new"}]}}"#).unwrap().ts, "1.2");
        let revoked = told(r#"{"ok":false,"error":"token_revoked"}"#).unwrap_err();
        assert_eq!(revoked, ChatError::Lasting("Slack refused chat.postMessage: token_revoked".to_owned()));
        let scope = told(r#"{"ok":false,"error":"missing_scope","needed":"chat:write"}"#).unwrap_err();
        assert!(scope.to_string().ends_with("missing_scope (the scope chat:write is missing)"), "{scope}");
        let quoted = told(r#"{"ok":false,"error":"you said: hunter2"}"#).unwrap_err();
        assert!(!quoted.to_string().contains("hunter2"), "{quoted}");
    }

    #[test]
    fn what_passes_is_told_from_what_lasts() {
        let told = |body: &str| understand::<Said>("chat.update", body.as_bytes()).unwrap_err();
        assert!(matches!(told(r#"{"ok":false,"error":"internal_error"}"#), ChatError::Passing(_)));
        assert!(matches!(told(r#"{"ok":false,"error":"ratelimited"}"#), ChatError::Throttled { .. }));
        assert!(matches!(told(r#"{"ok":false,"error":"channel_not_found"}"#), ChatError::Lasting(_)));
        // It may have been posted all the same.
        assert!(matches!(told(r#"{"ok":true}"#), ChatError::Passing(_)));
        assert!(matches!(told("<html>"), ChatError::Passing(_)));
    }
}
