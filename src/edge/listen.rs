//! Clients' connections: accepted, decrypted, and served until they end or the balancer does.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::OwnedSemaphorePermit;

use crate::clock;
use crate::edge::Edge;
use crate::edge::headers::Client;
use crate::edge::tls::Certificates;
use crate::edge::wire::{self, PatientStream};

/// How long a client may take to say what it wants, and may be idle between two requests.
const CLIENT_LIMIT: Duration = Duration::from_mins(1);
/// How long greeting each other over TLS may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How many connections the kernel keeps that were not accepted yet.
const BACKLOG_COUNT: u32 = 4096;

/// How HTTP is spoken with clients.
pub(super) fn http() -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(CLIENT_LIMIT).max_buf_size(wire::HEAD_LIMIT_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(CLIENT_LIMIT / 2)
        .keep_alive_timeout(CLIENT_LIMIT / 3)
        .max_header_list_size(u32::try_from(wire::HEAD_LIMIT_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(250);
    http
}

/// Listens on `address`, also right after another process did.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG_COUNT)
}

/// Accepts connections until the balancer is asked to stop, and then those that the kernel has accepted already.
pub(super) async fn accept(edge: Arc<Edge>, listener: TcpListener, tls: Option<Arc<Certificates>>) {
    let serve = |accepted: (TcpStream, SocketAddr), room| {
        let connection = serve(Arc::clone(&edge), accepted, tls.clone(), room);
        edge.clients.spawn(connection);
    };
    let accepting = async {
        loop {
            let Ok(room) = Arc::clone(&edge.room).acquire_owned().await else { return };
            match listener.accept().await {
                Ok(accepted) => serve(accepted, Some(room)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    clock::pause(Duration::from_millis(20)).await;
                }
            }
        }
    };
    edge.closing.run_until_cancelled(accepting).await;
    while let Some(Ok(accepted)) = listener.accept().now_or_never() {
        serve(accepted, None);
    }
}

async fn serve(
    edge: Arc<Edge>,
    (stream, peer): (TcpStream, SocketAddr),
    tls: Option<Arc<Certificates>>,
    _room: Option<OwnedSemaphorePermit>,
) {
    if let Err(error) = wire::tune(&stream) {
        // It is gone again, most likely; whatever it is, the next read says so.
        tracing::debug!(%error, "a connection could not be tuned");
    }
    let client = Client { address: peer.ip().to_canonical(), is_encrypted: tls.is_some() };
    match tls {
        None => speak(edge, stream, client).await,
        Some(certificates) => {
            let greeting = certificates.acceptor().accept(stream);
            match tokio::time::timeout(HANDSHAKE_LIMIT, greeting).await {
                Ok(Ok(stream)) => speak(edge, stream, client).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS greeting failed"),
                Err(_) => tracing::debug!("a TLS greeting took too long"),
            }
        }
    }
}

/// Speaks HTTP until the client has enough; once the balancer finishes, until the requests that are in flight are done.
async fn speak(edge: Arc<Edge>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, client: Client) {
    let stream = TokioIo::new(PatientStream::new(stream, CLIENT_LIMIT));
    let service = {
        let edge = Arc::clone(&edge);
        service_fn(move |request| {
            let answer = Arc::clone(&edge).answer(client, request);
            async move { Ok::<_, Infallible>(answer.await) }
        })
    };
    let connection = edge.http.serve_connection_with_upgrades(stream, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = edge.finishing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a client's connection broke off");
    }
}
