//! What the sample application answers.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use events::release::Release;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue, UPGRADE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::orders::Orders;
use super::{Behaviour, Place};
use crate::clock;

/// The size of each piece of `/stream`, in bytes.
pub(crate) const CHUNK_BYTES: usize = 1024;
/// The longest that `/slow` and each piece of `/stream` take.
const SLOWEST: Duration = Duration::from_mins(1);
/// The most pieces that `/stream` sends.
const CHUNK_LIMIT: u64 = 10_000;
/// How long the next piece of an upload, or of an upgraded connection, may take.
const PIECE_LIMIT: Duration = Duration::from_mins(1);

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// One release, running in one place.
pub(super) struct Application {
    release: Release,
    behaviour: Behaviour,
    place: Place,
    orders: Option<Orders>,
    /// Said with every answer.
    headers: HeaderMap,
}

impl Application {
    pub(super) fn new(
        mut release: Release,
        behaviour: Behaviour,
        place: Place,
        orders: Option<Orders>,
        started: Timestamp,
    ) -> Self {
        if behaviour.wrong_release
            && let Ok(other) = "0".repeat(40).parse()
        {
            release.pin = other;
        }
        let said = [
            ("x-release", release.pin.as_str().to_owned()),
            ("x-color", place.color.clone()),
            ("x-slot", place.slot.clone()),
            ("x-started", started.to_string()),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            // A place with characters that no header may hold is not said.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        Self { release, behaviour, place, orders, headers }
    }

    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        ending: &watch::Receiver<bool>,
        tasks: &TaskTracker,
    ) -> Response<Body> {
        let query = query(request.uri().query().unwrap_or_default());
        let number = |name: &str, otherwise| query.get(name).and_then(|it| it.parse().ok()).unwrap_or(otherwise);
        let mut response = match (request.method(), request.uri().path()) {
            (&Method::GET, "/") => self.front(),
            (&Method::GET, "/health") => self.health().await,
            (&Method::GET, "/slow") => {
                clock::pause(Duration::from_millis(number("ms", 2000)).min(SLOWEST)).await;
                self.front()
            }
            (&Method::GET, "/stream") => chunked(number("chunks", 10), Duration::from_millis(number("ms", 100))),
            (&Method::POST, "/order") => self.order(number("id", 0)).await,
            (&Method::POST, "/upload") => upload(request.into_body()).await,
            (&Method::GET, "/ws") => upgrade(request, ending, tasks),
            _ => text(StatusCode::NOT_FOUND, "there is nothing here\n".to_owned()),
        };
        response.headers_mut().extend(self.headers.clone());
        response
    }

    fn front(&self) -> Response<Body> {
        let Self { release, behaviour, place, .. } = self;
        let (version, color, slot) = (&behaviour.version, &place.color, &place.slot);
        text(StatusCode::OK, format!("the shop, version {version}: {release}, answered by {slot} ({color})\n"))
    }

    async fn health(&self) -> Response<Body> {
        let database = match &self.orders {
            Some(orders) => orders.is_there().await.is_ok(),
            None => self.behaviour.healthy,
        };
        let word = |is_well: bool| if is_well { "ok" } else { "failing" };
        let is_well = self.behaviour.healthy && database;
        let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let report = serde_json::json!({
            "status": word(is_well), "database": word(database), "cache": "ok", "release": self.release.pin,
        });
        json(status, &report)
    }

    /// Answers 200 once the order is in the database, and not before.
    async fn order(&self, id: u64) -> Response<Body> {
        let Some(orders) = &self.orders else {
            return text(StatusCode::NOT_FOUND, "this shop takes no orders\n".to_owned());
        };
        match orders.take(id).await {
            Ok(()) => json(StatusCode::OK, &serde_json::json!({ "order": id })),
            Err(error) => text(StatusCode::SERVICE_UNAVAILABLE, format!("the order was not taken: {error}\n")),
        }
    }
}

/// The names and values of a query; what is not `name=value` is left out.
fn query(text: &str) -> BTreeMap<&str, &str> {
    text.split('&').filter_map(|pair| pair.split_once('=')).collect()
}

fn chunked(chunks: u64, apart: Duration) -> Response<Body> {
    let apart = apart.min(SLOWEST);
    let pieces = stream::unfold(chunks.min(CHUNK_LIMIT), move |left| async move {
        let left = left.checked_sub(1)?;
        clock::pause(apart).await;
        Some((Ok(Frame::data(Bytes::from_static(&[b'.'; CHUNK_BYTES]))), left))
    });
    Response::new(StreamBody::new(pieces).boxed_unsync())
}

async fn upload(mut body: Incoming) -> Response<Body> {
    let mut hasher = Sha256::new();
    let mut bytes = 0u64;
    loop {
        match tokio::time::timeout(PIECE_LIMIT, body.frame()).await {
            Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "the upload stalled\n".to_owned()),
            Ok(None) => break,
            Ok(Some(Err(error))) => return text(StatusCode::BAD_REQUEST, format!("the upload broke off: {error}\n")),
            Ok(Some(Ok(frame))) => {
                if let Some(piece) = frame.data_ref() {
                    hasher.update(piece);
                    bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                }
            }
        }
    }
    let report = serde_json::json!({ "bytes": bytes, "sha256": hex::encode(hasher.finalize()) });
    json(StatusCode::OK, &report)
}

/// A plain upgrade (any protocol that is asked for) whose bytes come back as they are.
fn upgrade(mut request: Request<Incoming>, ending: &watch::Receiver<bool>, tasks: &TaskTracker) -> Response<Body> {
    let Some(protocol) = request.headers().get(UPGRADE).cloned() else {
        return text(StatusCode::UPGRADE_REQUIRED, "ask for an upgrade\n".to_owned());
    };
    let upgraded = hyper::upgrade::on(&mut request);
    let mut ending = ending.clone();
    tasks.spawn(async move {
        let echo = async {
            let mut stream = TokioIo::new(upgraded.await.map_err(std::io::Error::other)?);
            let mut buffer = vec![0; 8 * 1024];
            loop {
                let read = tokio::time::timeout(PIECE_LIMIT, stream.read(&mut buffer)).await??;
                let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { break };
                tokio::time::timeout(PIECE_LIMIT, stream.write_all(piece)).await??;
            }
            std::io::Result::Ok(())
        };
        tokio::select! {
            // How a client leaves is its own business.
            _ = echo => {}
            _ = ending.wait_for(|stop| *stop) => {}
        }
    });
    let mut response = text(StatusCode::SWITCHING_PROTOCOLS, String::new());
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(UPGRADE, protocol);
    response
}

fn text(status: StatusCode, text: String) -> Response<Body> {
    respond(status, "text/plain; charset=utf-8", text)
}

fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    respond(status, "application/json", format!("{value}\n"))
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Full::from(body).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
