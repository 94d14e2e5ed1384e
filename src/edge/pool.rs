//! Connections to one member: opened when needed, kept for a few seconds, never trusted further than that.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use crate::edge::body::ClientBody;
use crate::edge::wire::{self, Overheard};

/// How long an unused connection is kept unless the member says less: below the keep-alive time-outs of common
/// application servers (5 s and more), so that ours comes first.
const IDLE_LIMIT: Duration = Duration::from_secs(4);
/// A request that cannot be repeated goes only over a connection used this recently, or over a new one.
const HOT_LIMIT: Duration = Duration::from_millis(100);
/// The most unused connections that are kept to one member.
const IDLE_COUNT_LIMIT: usize = 256;

/// The unused connections to one member, the newest last.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    connections: Vec<Connection>,
    is_closed: bool,
}

/// One open connection that no request has.
#[derive(Debug)]
pub(super) struct Connection {
    sender: SendRequest<ClientBody>,
    overheard: Overheard,
    idle_limit: Duration,
    /// When it was used last, on the clock of the balancer.
    used_at: Duration,
}

/// Why a request that was sent got no answer.
pub(super) enum Unanswered {
    /// Not a byte of it was sent.
    Unsent(Box<Request<ClientBody>>),
    /// It may have been acted upon.
    Lost { has_read: bool, error: hyper::Error },
}

impl Pool {
    /// The newest usable connection. One for a request that cannot be repeated has just been in use.
    pub(super) fn take(&self, is_repeatable: bool, now: Duration) -> Option<Connection> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(connection) = kept.connections.pop() {
            let idle = now.saturating_sub(connection.used_at);
            if connection.is_usable(idle) {
                if is_repeatable || idle < HOT_LIMIT {
                    return Some(connection);
                }
                // The newest is not hot, so none is.
                kept.connections.push(connection);
                return None;
            }
        }
        None
    }

    /// Keeps a connection for the next request.
    pub(super) fn put(&self, connection: Connection) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.is_closed && kept.connections.len() < IDLE_COUNT_LIMIT {
            kept.connections.push(connection);
        }
    }

    /// Closes what has been idle for too long.
    pub(super) fn reap(&self, now: Duration) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.connections.retain(|connection| connection.is_usable(now.saturating_sub(connection.used_at)));
    }

    /// Keeps nothing from now on.
    pub(super) fn close(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.is_closed = true;
        kept.connections.clear();
    }
}

impl Connection {
    /// Opens one to `address`, within `limit`. It is driven by a task among `tasks` until it ends.
    pub(super) async fn open(address: &str, limit: Duration, tasks: &TaskTracker) -> io::Result<Self> {
        let opening = async {
            let (stream, overheard) = Overheard::listen(connect(address).await?);
            let (sender, connection) = hyper::client::conn::http1::Builder::new()
                .max_header_size(wire::HEAD_LIMIT_BYTES)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(io::Error::other)?;
            tasks.spawn(async move {
                // Whoever waits for the answer is told of the error; there is nobody else.
                let _ = connection.with_upgrades().await;
            });
            Ok(Self { sender, overheard, idle_limit: IDLE_LIMIT, used_at: Duration::ZERO })
        };
        tokio::time::timeout(limit, opening).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends a request and waits for the head of the answer. The caller bounds the time.
    pub(super) async fn send(&mut self, request: Request<ClientBody>) -> Result<Response<Incoming>, Unanswered> {
        self.overheard.forget();
        self.sender.try_send_request(request).await.map_err(|mut error| match error.take_message() {
            Some(request) => Unanswered::Unsent(Box::new(request)),
            None => Unanswered::Lost { has_read: self.overheard.has_read(), error: error.into_error() },
        })
    }

    /// Returns once the answer has been read to its end and the next request may be sent; none if there is no next.
    pub(super) async fn rest(mut self, said_idle_limit: Option<Duration>, now: impl Fn() -> Duration) -> Option<Self> {
        self.sender.ready().await.ok()?;
        self.idle_limit = said_idle_limit.map_or(IDLE_LIMIT, |said| said.min(IDLE_LIMIT));
        self.used_at = now();
        Some(self)
    }

    fn is_usable(&self, idle: Duration) -> bool {
        self.sender.is_ready() && idle < self.idle_limit
    }
}

/// Opens a TCP connection to `host:port`. The caller bounds the time.
pub(super) async fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    wire::tune(&stream)?;
    Ok(stream)
}
