//! Deliveries that Slack brings by HTTPS: limited, verified over the bytes as they came, and only then read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http_body_util::BodyExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::Answer;
use super::hearing::Hearing;
use super::payload::{self, Unheard};
use super::signature::Signature;
use crate::clock::Clock;

/// Where Slack is told to send everything, behind whatever name the machine has.
pub const PATH: &str = "/slack";
/// The longest body; those of Slack have a few thousand bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// How long a request may take to arrive, head and body each.
const ARRIVAL: Duration = Duration::from_secs(5);
/// How long answering may take beyond that.
const ANSWERING: Duration = Duration::from_secs(5);
/// How many connections are served at once.
const CONNECTIONS: usize = 256;

/// Takes deliveries on one address.
pub(super) struct Endpoint {
    pub hearing: Arc<Hearing>,
    pub signature: Signature,
    pub clock: Arc<dyn Clock>,
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turned {
    TooLarge,
    TooSlow,
    Broken,
    /// The signature is missing, is another's, or is of another time. Nobody is told which.
    Unsigned,
    Unreadable,
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        let status = match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unsigned => StatusCode::UNAUTHORIZED,
            Self::Broken | Self::Unreadable => StatusCode::BAD_REQUEST,
        };
        status.into_response()
    }
}

impl Endpoint {
    /// Answers requests until told to stop; those that are underway are finished.
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener, stopped: CancellationToken) {
        let router = Router::new().route(PATH, any(take)).with_state(Arc::clone(&self));
        let service = TowerToHyperService::new(router);
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
}

async fn take(State(endpoint): State<Arc<Endpoint>>, request: Request<Body>) -> Result<Response, Turned> {
    let (head, body) = request.into_parts();
    let body = tokio::time::timeout(ARRIVAL, read(body)).await.map_err(|_| Turned::TooSlow)??;
    // Slack's own probe of the certificate is not signed, and wants nothing.
    if is_probe(head.uri.query().unwrap_or_default().as_bytes()) || is_probe(&body) {
        return Ok(StatusCode::OK.into_response());
    }
    let verified = endpoint.signature.verified(&head.headers, &body);
    #[cfg(feature = "mutants")]
    let verified = crate::mutants::signed(verified, &body);
    match payload::of_body(verified.ok_or(Turned::Unsigned)?) {
        Ok(payload) => Ok(respond(&payload.wish, &endpoint.hearing.clone().hear(payload.clone()).await)),
        Err(Unheard::Challenge(text)) => Ok(text.into_response()),
        Err(Unheard::Nothing) => Ok(StatusCode::OK.into_response()),
        Err(Unheard::Unreadable) => Err(Turned::Unreadable),
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

/// The whole body. What is too long is passed over to its end, so that whoever sends it hears why, and is not kept.
async fn read(mut body: Body) -> Result<Vec<u8>, Turned> {
    let (mut kept, mut is_too_long) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(|_| Turned::Broken)?.into_data() else { continue };
        is_too_long |= kept.len() + bytes.len() > BODY_LIMIT;
        if !is_too_long {
            kept.extend_from_slice(&bytes);
        }
    }
    if is_too_long { Err(Turned::TooLarge) } else { Ok(kept) }
}

fn is_probe(form: &[u8]) -> bool {
    form_urlencoded::parse(form).any(|(name, value)| name == "ssl_check" && value == "1")
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
