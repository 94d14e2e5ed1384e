//! A control socket: one request a line, one answer a line, both JSON, over a Unix socket that only its owner may use.
//!
//! The balancer, the supervisor and the bot each listen on one.

use std::future::Future;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// The longest line either side accepts, in bytes.
pub const LINE_LIMIT: u64 = 1024 * 1024;

/// Why a control request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("nothing listens on {socket}")]
    Unreachable { socket: String, source: io::Error },
    #[error("{socket} did not answer within {limit:?}")]
    Late { socket: String, limit: Duration },
    #[error("{socket} broke off")]
    Broken { socket: String, source: io::Error },
    #[error("{socket} answered something else")]
    Garbled { socket: String, source: serde_json::Error },
}

/// Binds `socket` so that only its owner may connect. A socket that a dead process left behind is replaced; one that
/// somebody listens on is an error of kind `AddrInUse`.
pub async fn bind(socket: &Path) -> io::Result<UnixListener> {
    if socket.exists() {
        if UnixStream::connect(socket).await.is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                format!("somebody listens on {} already", socket.display()),
            ));
        }
        std::fs::remove_file(socket)?;
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Whether the process on the other side runs as the same user as this one, as the kernel vouches.
#[must_use]
pub fn is_owner(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}

/// Asks once and returns the answer; `limit` bounds the whole exchange.
pub async fn ask<Q: Serialize, A: DeserializeOwned>(
    socket: &Path,
    request: &Q,
    limit: Duration,
) -> Result<A, ControlError> {
    let name = || socket.display().to_string();
    let exchange = async {
        let mut stream =
            UnixStream::connect(socket).await.map_err(|source| ControlError::Unreachable { socket: name(), source })?;
        send(&mut stream, request).await.map_err(|source| ControlError::Broken { socket: name(), source })?;
        let mut reader = BufReader::new(stream);
        let line = receive(&mut reader)
            .await
            .and_then(|line| line.ok_or_else(|| io::ErrorKind::UnexpectedEof.into()))
            .map_err(|source| ControlError::Broken { socket: name(), source })?;
        serde_json::from_str(&line).map_err(|source| ControlError::Garbled { socket: name(), source })
    };
    tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| Err(ControlError::Late { socket: name(), limit }))
}

/// Writes one line.
pub async fn send<T: Serialize>(stream: &mut (impl tokio::io::AsyncWrite + Unpin), value: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await
}

/// Reads one line; none at the end of the stream. A line over [`LINE_LIMIT`] is an error.
pub async fn receive(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.take(LINE_LIMIT).read_line(&mut line).await?;
    if read == 0 {
        return Ok(None);
    }
    if line.pop() != Some('\n') {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without an end, or over the limit"));
    }
    Ok(Some(line))
}

/// Answers requests on `listener` until `stopped`; each connection may ask any number of times. A connection of
/// another user is closed without an answer; a line that is not a request is answered with `unreadable`.
pub async fn serve<Q, A, F, Fut>(listener: UnixListener, stopped: impl Future<Output = ()>, answer: F)
where
    Q: DeserializeOwned,
    A: Serialize + From<Unreadable>,
    F: Fn(Q) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = A> + Send,
    Q: Send + 'static,
    A: Send + Sync + 'static,
{
    let tasks = tokio_util::task::TaskTracker::new();
    tokio::pin!(stopped);
    loop {
        let stream = tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a control connection could not be accepted");
                    crate::clock::pause(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        if !is_owner(&stream) {
            tracing::warn!("a control connection of another user was closed");
            continue;
        }
        let answer = answer.clone();
        tasks.spawn(async move {
            let (reader, mut writer) = stream.into_split();
            let mut reader = BufReader::new(reader);
            while let Ok(Some(line)) = receive(&mut reader).await {
                let reply = match serde_json::from_str::<Q>(&line) {
                    Ok(request) => answer(request).await,
                    Err(error) => A::from(Unreadable(error.to_string())),
                };
                if send(&mut writer, &reply).await.is_err() {
                    break;
                }
            }
        });
    }
    tasks.close();
    // A client that keeps its connection open must not keep us from stopping.
    let _ = tokio::time::timeout(Duration::from_millis(200), tasks.wait()).await;
}

/// A line that is not a request; the text says what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);
