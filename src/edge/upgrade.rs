//! Connections that stop speaking HTTP, most often for a web socket.

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Version};
use hyper_util::rt::TokioIo;
use tokio_util::task::TaskTracker;

use crate::edge::tally::Ticket;

/// A client's wish to go on in another protocol.
pub(super) struct Upgrade {
    protocol: HeaderValue,
    connection: OnUpgrade,
}

impl Upgrade {
    /// What `request` wishes; none if nothing, or if it wishes for HTTP/2 in the clear: a member that agreed would take
    /// requests past everything that is done here.
    pub(super) fn wished(request: &mut Request<Incoming>) -> Option<Self> {
        let headers = request.headers();
        let protocol = headers.get(UPGRADE)?.clone();
        let names_upgrade = headers
            .get_all(CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|name| name.trim().eq_ignore_ascii_case("upgrade"));
        let is_http = protocol.to_str().is_ok_and(|text| text.to_ascii_lowercase().contains("h2c"));
        if !names_upgrade || is_http || request.version() != Version::HTTP_11 {
            return None;
        }
        Some(Self { protocol, connection: hyper::upgrade::on(request) })
    }

    /// Passes the wish on.
    pub(super) fn announce(&self, headers: &mut HeaderMap) {
        announce(headers, self.protocol.clone());
    }

    /// Joins both sides, byte by byte, until either has enough; `ticket` is held until then. The task is among `tasks`.
    pub(super) fn join(self, member: OnUpgrade, ticket: Ticket, tasks: &TaskTracker) {
        tasks.spawn(async move {
            // Both sides' dead peers are noticed by the keep-alive of TCP; a tunnel itself may be silent for hours.
            if let (Ok(client), Ok(member)) = tokio::join!(self.connection, member) {
                let (mut client, mut member) = (TokioIo::new(client), TokioIo::new(member));
                // Either side may leave in any way it likes; there is nobody to tell.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut member).await;
            }
            drop(ticket);
        });
    }
}

/// Says in `headers` that this connection goes on in `protocol`.
pub(super) fn announce(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
}
