//! Interactions that Discord brings by HTTPS: verified over the bytes as they came, and only then read.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::Value;
use serenity::interactions_endpoint::Verifier;

use super::hearing::Hearing;
use crate::chat::door::{Porter, Turned};
use crate::clock::Clock;

/// Where Discord is told to send interactions, behind whatever name the machine has.
pub const PATH: &str = "/discord";
/// How far the time of a signature may be from ours, in seconds: older ones are said again by somebody.
const WINDOW_S: u64 = 300;

/// Takes interactions on one address.
pub(super) struct Endpoint {
    pub hearing: Arc<Hearing>,
    pub verifier: Verifier,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Porter for Endpoint {
    async fn take(&self, head: &Parts, body: &[u8]) -> Result<Response, Turned> {
        #[cfg(feature = "mutants")]
        if crate::mutants::reads_unsigned() {
            read(body)?;
        }
        self.verify(&head.headers, body)?;
        let answer = self.hearing.hear(&read(body)?).await.map_err(|_| Turned::Unreadable)?;
        Ok(([(CONTENT_TYPE, "application/json")], answer.body().to_string()).into_response())
    }
}

impl Endpoint {
    /// Whether Discord signed these bytes, just now.
    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Turned> {
        let header = |name| headers.get(name).and_then(|it| it.to_str().ok()).ok_or(Turned::Unsigned);
        let (signature, time) = (header("x-signature-ed25519")?, header("x-signature-timestamp")?);
        self.verifier.verify(signature, time, body).map_err(|()| Turned::Unsigned)?;
        let is_of_now = is_of_now(time, self.clock.now());
        #[cfg(feature = "mutants")]
        let is_of_now = crate::mutants::of_now(is_of_now);
        if is_of_now { Ok(()) } else { Err(Turned::Unsigned) }
    }
}

/// Whether a signature of this time may count now.
fn is_of_now(time: &str, now: Timestamp) -> bool {
    time.parse::<i64>().is_ok_and(|time| time.abs_diff(now.as_second()) <= WINDOW_S)
}

fn read(body: &[u8]) -> Result<Value, Turned> {
    serde_json::from_slice(body).map_err(|_| Turned::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_counts_for_five_minutes_either_way() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        for (time, is_good) in [
            ("1790000000", true),
            ("1789999700", true),
            ("1790000300", true),
            ("1789999699", false),
            ("1790000301", false),
            ("", false),
            ("now", false),
            ("1790000000.5", false),
            ("99999999999999999999", false),
            ("-9223372036854775808", false),
        ] {
            assert_eq!(is_of_now(time, now), is_good, "{time}");
        }
    }
}
