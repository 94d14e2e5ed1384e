//! Bodies on their way through, never held whole.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

use crate::clock;
use crate::edge::tally::Ticket;

/// The body of a client's request, on its way to a member; none if it has none.
#[derive(Debug)]
pub(super) struct ClientBody(Option<(Incoming, Progress)>);

/// How far a request's body is; shared with whoever waits for the answer.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<AtomicU64>);

/// The bit of [`Progress`] that says that all of it was taken.
const COMPLETE: u64 = 1 << 63;
/// The bit that says that there is no more of it, although it is not complete.
const BROKEN: u64 = 1 << 62;

impl Progress {
    /// A number that grows with each part that is taken.
    pub(super) fn mark(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether the member has taken all of it.
    pub(super) fn is_complete(&self) -> bool {
        self.mark() & COMPLETE != 0
    }

    /// Whether the client broke off, or sent what is no body.
    pub(super) fn is_broken(&self) -> bool {
        self.mark() & BROKEN != 0
    }
}

impl ClientBody {
    pub(super) fn new(body: Incoming) -> Self {
        let is_empty = body.is_end_stream();
        Self((!is_empty).then(|| (body, Progress(Arc::default()))))
    }

    /// Nothing, once more: what a request without a body is repeated with.
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    /// How far it will be from now on; none if there is no body.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.0.as_ref().map(|(_, progress)| progress.clone())
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some((body, progress)) = &mut self.0 else { return Poll::Ready(None) };
        let frame = Pin::new(&mut *body).poll_frame(cx);
        if frame.is_ready() {
            progress.0.fetch_add(1, Ordering::Relaxed);
            if matches!(frame, Poll::Ready(Some(Err(_)))) {
                progress.0.fetch_or(BROKEN, Ordering::Relaxed);
            } else if body.is_end_stream() || matches!(frame, Poll::Ready(None)) {
                progress.0.fetch_or(COMPLETE, Ordering::Relaxed);
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), |(body, _)| body.size_hint())
    }
}

/// The body of an answer, on its way to a client.
pub(super) enum Reply {
    /// The balancer's own sentence; none once it is taken.
    Own(Option<Bytes>),
    /// A member's, with the request that is in flight as long as this lives.
    Member(MemberBody),
}

/// What a member answers with.
pub(super) struct MemberBody {
    body: Incoming,
    limit: Duration,
    /// Ends when the member has been silent for too long; none while it is not silent.
    silence: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _ticket: Ticket,
}

/// Why an answer broke off.
#[derive(Debug, thiserror::Error)]
pub(super) enum BrokenOff {
    #[error(transparent)]
    Member(#[from] hyper::Error),
    #[error("the member fell silent in its answer")]
    Silent,
}

impl MemberBody {
    pub(super) fn new(body: Incoming, limit: Duration, ticket: Ticket) -> Self {
        Self { body, limit, silence: None, _ticket: ticket }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            self.silence = None;
            return frame.map(|some| some.map(|result| result.map_err(BrokenOff::Member)));
        }
        let silence = self.silence.get_or_insert_with(|| Box::pin(clock::pause(self.limit)));
        silence.as_mut().poll(cx).map(|()| Some(Err(BrokenOff::Silent)))
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut *self {
            Self::Own(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Member(member) => member.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(text) => text.is_none(),
            Self::Member(member) => member.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(text) => SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len().try_into().unwrap_or(0))),
            Self::Member(member) => member.body.size_hint(),
        }
    }
}
