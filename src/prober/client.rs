//! Connections: kept ones and new ones, on hyper's bare client connection.

use std::error::Error;
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use super::ProbeError;

/// Where requests go: `http://host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `host:port`.
    pub(super) authority: String,
}

impl FromStr for Target {
    type Err = ProbeError;

    fn from_str(text: &str) -> Result<Self, ProbeError> {
        let bad = || ProbeError::BadTarget(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http") && uri.path() == "/");
        let authority = authority.ok_or_else(bad)?;
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self { authority: format!("{}:{port}", authority.host()) })
    }
}

/// An open connection and what drives it.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: AbortOnDropHandle<hyper::Result<()>>,
}

/// How sending on a kept connection went.
pub(super) enum Sent {
    Answered(Response<Incoming>),
    /// The other side had closed the connection cleanly before a byte was written.
    WasClosed,
}

impl Connection {
    pub(super) async fn open(target: &Target) -> Result<Self, String> {
        let stream = TcpStream::connect(&target.authority).await.map_err(|error| format!("connect: {error}"))?;
        stream.set_nodelay(true).map_err(|error| format!("connect: {error}"))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| chain(&error))?;
        Ok(Self { sender, driver: AbortOnDropHandle::new(tokio::spawn(connection)) })
    }

    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, String> {
        self.sender.send_request(request).await.map_err(|error| chain(&error))
    }

    /// Like [`Connection::send`] on a connection that was idle: it may have been closed meanwhile. A connection that was
    /// reset rather than closed is an error, and so is one that closes once the request is on its way.
    pub(super) async fn send_again(&mut self, request: Request<Full<Bytes>>) -> Result<Sent, String> {
        if self.sender.ready().await.is_err() {
            return self.how_it_ended().await;
        }
        match self.sender.try_send_request(request).await {
            Ok(response) => Ok(Sent::Answered(response)),
            // Only a request that was not written comes back.
            Err(error) if error.message().is_some() => self.how_it_ended().await,
            Err(error) => Err(chain(error.error())),
        }
    }

    async fn how_it_ended(&mut self) -> Result<Sent, String> {
        match (&mut self.driver).await {
            Ok(Ok(())) => Ok(Sent::WasClosed),
            Ok(Err(error)) => Err(format!("a kept connection broke between two requests: {}", chain(&error))),
            Err(error) => Err(format!("a connection's task died: {error}")),
        }
    }
}

/// Kept connections that no request uses at the moment.
pub(super) struct Kept {
    limit: usize,
    idle: Mutex<Vec<Connection>>,
}

impl Kept {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps `connection`, unless there are enough.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.limit {
            idle.push(connection);
        }
    }
}

/// An error and all its causes in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a string does not fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_plain_address() {
        assert_eq!("http://127.0.0.1:8080".parse::<Target>().unwrap().authority, "127.0.0.1:8080");
        assert_eq!("http://shop/".parse::<Target>().unwrap().authority, "shop:80");
        for bad in ["127.0.0.1:80", "https://shop", "http://shop/path", "http://", ""] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
    }
}
