//! What the balancer itself says to a client, when no member can.

use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

use crate::edge::body::Reply;

/// How long a client that got 503 is asked to wait.
const RETRY_AFTER_SECONDS: u16 = 5;

/// Why a request got no member's answer; the sentence is what the client reads, so it names no machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("The request does not say which host it is for.")]
    NoHost,
    #[error("The request's body is not one.")]
    NoBody,
    #[error("CONNECT is not offered here.")]
    Tunnel,
    #[error("The preview header must name a color: blue or green.")]
    UnknownPreview,
    #[error("A preview needs its token.")]
    PreviewToken,
    #[error("There is nothing to preview: this color has no member.")]
    NothingToPreview,
    #[error("No server is set up to answer. Please try again in a moment.")]
    Nobody,
    #[error("Maintenance is under way. Please try again in a moment.")]
    Rejecting,
    #[error("Too many requests are waiting. Please try again in a moment.")]
    LineFull,
    #[error("No server could be reached.")]
    Unreachable,
    #[error("The server broke off before it answered.")]
    BrokenOff,
    #[error("The request did not arrive completely.")]
    Stalled,
    #[error("The server did not answer in time.")]
    Silent,
}

impl Refused {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NoHost | Self::NoBody | Self::UnknownPreview => StatusCode::BAD_REQUEST,
            Self::PreviewToken => StatusCode::FORBIDDEN,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
            Self::Tunnel => StatusCode::NOT_IMPLEMENTED,
            Self::Unreachable | Self::BrokenOff => StatusCode::BAD_GATEWAY,
            Self::NothingToPreview | Self::Nobody | Self::Rejecting | Self::LineFull => StatusCode::SERVICE_UNAVAILABLE,
            Self::Silent => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    pub(super) fn response(self) -> Response<Reply> {
        let mut response = Response::new(Reply::Own(Some(Bytes::from(format!("{self}\n")))));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status().is_client_error() {
            // What follows on this connection may not be what it seems.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        response
    }
}
