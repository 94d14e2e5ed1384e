//! What lies under HTTP: socket options, and streams that notice what passes through them.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::clock;

/// The longest head of a request or an answer.
pub(super) const HEAD_LIMIT_BYTES: usize = 64 * 1024;

/// A peer that is gone without a word is noticed after about this long.
const PEER_LIMIT: Duration = Duration::from_mins(1);
/// A peer that is there and takes nothing is given up after this long.
const TAKES_NOTHING_LIMIT_MS: u32 = 300_000;

/// The options that both sides' connections get.
pub(super) fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, PEER_LIMIT / 2)?;
    sockopt::set_tcp_keepintvl(stream, PEER_LIMIT / 6)?;
    sockopt::set_tcp_keepcnt(stream, 3)?;
    sockopt::set_tcp_user_timeout(stream, TAKES_NOTHING_LIMIT_MS)?;
    Ok(())
}

/// Whether anything was read from a stream lately.
#[derive(Debug, Clone)]
pub(super) struct Overheard(Arc<AtomicBool>);

/// A stream to a member that remembers whether the member said anything.
#[derive(Debug)]
pub(super) struct OverheardStream {
    stream: TcpStream,
    overheard: Overheard,
}

impl Overheard {
    pub(super) fn listen(stream: TcpStream) -> (OverheardStream, Self) {
        let overheard = Self(Arc::new(AtomicBool::new(false)));
        (OverheardStream { stream, overheard: overheard.clone() }, overheard)
    }

    /// Starts over: nothing was said since now.
    pub(super) fn forget(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether a byte was read since the last [`Overheard::forget`].
    pub(super) fn has_read(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl AsyncRead for OverheardStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        if into.filled().len() > before {
            self.overheard.0.store(true, Ordering::Relaxed);
        }
        read
    }
}

/// A client's stream that must say something whole before its patience ends: without it, a client that opens a
/// connection and sends half a preface would be kept for ever.
pub(super) struct PatientStream<S> {
    stream: S,
    /// None once enough has been read to know what the client speaks; the HTTP layer has its own time-out then.
    patience: Option<Patience>,
}

struct Patience {
    read_bytes: usize,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// As long as the longest greeting that is not complete: the preface of HTTP/2.
const GREETING_BYTES: usize = 24;

impl<S> PatientStream<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        let end = Box::pin(clock::pause(limit));
        Self { stream, patience: Some(Patience { read_bytes: 0, end }) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PatientStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        let Some(patience) = &mut self.patience else { return read };
        let fresh = into.filled().get(before..).unwrap_or_default();
        patience.read_bytes += fresh.len();
        if patience.read_bytes >= GREETING_BYTES || fresh.contains(&b'\n') {
            self.patience = None;
        } else if read.is_pending() && patience.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

macro_rules! write_through {
    ([$($generics:tt)*] $stream:ty) => {
        impl<$($generics)*> AsyncWrite for $stream {
            fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream).poll_write(cx, bytes)
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                parts: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
            }

            fn is_write_vectored(&self) -> bool {
                self.stream.is_write_vectored()
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream).poll_flush(cx)
            }

            fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream).poll_shutdown(cx)
            }
        }
    };
}

write_through!([] OverheardStream);
write_through!([S: AsyncWrite + Unpin] PatientStream<S>);
