//! Where a platform brings what people say by HTTPS: requests are limited in size and time, and given on with their bytes as
//! they came, which the platform has signed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
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

use crate::clock::Clock;

/// The longest body; those of platforms have a few thousand bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// How long a request may take to arrive, head and body each.
const ARRIVAL: Duration = Duration::from_secs(5);
/// How long answering may take beyond that.
const ANSWERING: Duration = Duration::from_secs(5);
/// How many connections are served at once.
const CONNECTIONS: usize = 256;
/// The pause after a connection that could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Whoever stands behind a door: one platform.
#[async_trait]
pub(super) trait Porter: Send + Sync + 'static {
    /// Answers a request that has come whole. Nothing of the body is read before it is known who signed it.
    async fn take(&self, head: &Parts, body: &[u8]) -> Result<Response, Turned>;
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    TooLarge,
    TooSlow,
    Broken,
    /// The signature is missing, is none, is another's, or is of another time. Nobody is told which.
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

/// Answers requests to `path` until told to stop; those that are underway are finished.
pub(super) async fn serve(
    porter: Arc<dyn Porter>,
    path: &str,
    listener: TcpListener,
    clock: &Arc<dyn Clock>,
    stopped: CancellationToken,
) {
    let service = TowerToHyperService::new(Router::new().route(path, any(take)).with_state(porter));
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
                    clock.pause(PAUSE).await;
                }
            }
        }
    };
    stopped.run_until_cancelled(accepting).await;
    connections.close();
    connections.wait().await;
}

async fn take(State(porter): State<Arc<dyn Porter>>, request: Request<Body>) -> Result<Response, Turned> {
    let (head, body) = request.into_parts();
    let body = tokio::time::timeout(ARRIVAL, read(body)).await.map_err(|_| Turned::TooSlow)??;
    porter.take(&head, &body).await
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
