//! Interactions that Discord brings by HTTPS: limited, verified over the bytes as they came, and only then read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use serde_json::Value;
use serenity::interactions_endpoint::Verifier;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::limit::RequestBodyLimitLayer;

use super::hearing::Hearing;
use crate::clock::Clock;

/// Where Discord is told to send interactions, behind whatever name the machine has.
pub const PATH: &str = "/discord";
/// The longest body; those of Discord have a few thousand bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// How long a request may take to arrive, head and body each.
const ARRIVAL: Duration = Duration::from_secs(5);
/// How long answering may take beyond that.
const ANSWERING: Duration = Duration::from_secs(5);
/// How far the time of a signature may be from ours, in seconds: older ones are said again by somebody.
const WINDOW_S: u64 = 300;
/// How many connections are served at once.
const CONNECTIONS: usize = 256;

/// Takes interactions on one address.
pub(super) struct Endpoint {
    pub hearing: Arc<Hearing>,
    pub verifier: Verifier,
    pub clock: Arc<dyn Clock>,
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turned {
    TooLarge,
    TooSlow,
    /// The signature is missing, is none, is another's, or is of another time. Nobody is told which.
    Unsigned,
    Unreadable,
}

impl Turned {
    fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unsigned => StatusCode::UNAUTHORIZED,
            Self::Unreadable => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        self.status().into_response()
    }
}

impl Endpoint {
    /// Answers requests until told to stop; those that are underway are finished.
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener, stopped: CancellationToken) {
        let service = TowerToHyperService::new(Arc::clone(&self).router());
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let connections = TaskTracker::new();
        let accepting = async {
            loop {
                let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let (service, stopped) = (service.clone(), stopped.clone());
                        connections.spawn(async move {
                            speak(stream, service, stopped).await;
                            drop(permit);
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        self.clock.pause(Duration::from_millis(50)).await;
                    }
                }
            }
        };
        stopped.run_until_cancelled(accepting).await;
        connections.close();
        connections.wait().await;
    }

    fn router(self: Arc<Self>) -> Router {
        Router::new().route(PATH, post(take)).layer(RequestBodyLimitLayer::new(BODY_LIMIT)).with_state(self)
    }

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

async fn take(State(endpoint): State<Arc<Endpoint>>, request: Request<Body>) -> Result<Response, Turned> {
    let (head, body) = request.into_parts();
    let body: Bytes = match tokio::time::timeout(ARRIVAL, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Err(Turned::TooLarge),
        Err(_) => return Err(Turned::TooSlow),
    };
    #[cfg(feature = "mutants")]
    if crate::mutants::reads_unsigned() {
        read(&body)?;
    }
    endpoint.verify(&head.headers, &body)?;
    let raw = read(&body)?;
    let answer = endpoint.hearing.hear(&raw).await.map_err(|_| Turned::Unreadable)?;
    Ok(([(CONTENT_TYPE, "application/json")], answer.body().to_string()).into_response())
}

fn read(body: &[u8]) -> Result<Value, Turned> {
    serde_json::from_slice(body).map_err(|_| Turned::Unreadable)
}

/// Speaks HTTP on one connection until it ends, or is idle when the bot stops.
async fn speak(stream: TcpStream, service: TowerToHyperService<Router>, stopped: CancellationToken) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(ARRIVAL)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(ARRIVAL + ANSWERING, connection).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
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
