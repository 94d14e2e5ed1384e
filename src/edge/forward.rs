//! One request, from the client to a member and back.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue, UPGRADE};
use hyper::http::Extensions;
use hyper::{Method, Request, Response, StatusCode};

use crate::clock::Clock as _;
use crate::edge::Edge;
use crate::edge::admit::Admission;
use crate::edge::body::{ClientBody, MemberBody, Progress, Reply};
use crate::edge::headers::{self, Client};
use crate::edge::member::Slot;
use crate::edge::pool::{Connection, Unanswered};
use crate::edge::refused::Refused;
use crate::edge::upgrade::{self, Upgrade};

/// What one member made of a request.
enum Attempt {
    Answered(Response<Incoming>, Connection),
    /// It was not reached, and not a byte was sent: another may have the request.
    NotReached(Request<ClientBody>),
    Failed(Refused),
}

impl Edge {
    /// Answers one request; never an error.
    pub(super) async fn answer(self: Arc<Self>, client: Client, request: Request<Incoming>) -> Response<Reply> {
        self.pass(client, request).await.unwrap_or_else(|refused| {
            self.count_refused();
            tracing::debug!(status = refused.status().as_u16(), "a request got no member's answer: {refused}");
            refused.response()
        })
    }

    async fn pass(&self, client: Client, mut request: Request<Incoming>) -> Result<Response<Reply>, Refused> {
        let upgrade = Upgrade::wished(&mut request);
        let (mut head, body) = request.into_parts();
        headers::normalise(&mut head)?;
        let admission = match self.preview.take(&mut head.headers)? {
            Some(color) => self.admit_preview(color)?,
            None => self.admit().await?,
        };
        headers::strip(&mut head.headers);
        headers::write_down_client(&mut head.headers, client, &self.settings.trusted_proxies);
        if let Some(upgrade) = &upgrade {
            upgrade.announce(&mut head.headers);
        }
        head.extensions = Extensions::new();
        let mut request = Request::from_parts(head, ClientBody::new(body));
        let mut tried = Vec::new();
        while let Some(slot) = admission.roster.next_member(admission.color, &tried).cloned() {
            match self.attempt(&slot, request, upgrade.is_some()).await {
                Attempt::Answered(response, connection) => {
                    return self.reply(&slot, response, connection, upgrade, admission);
                }
                Attempt::NotReached(unsent) => request = unsent,
                Attempt::Failed(refused) => return Err(refused),
            }
            tried.push(slot);
        }
        Err(Refused::Unreachable)
    }

    /// Sends `request` to one member, over a kept connection if that is safe and over a new one otherwise.
    async fn attempt(&self, slot: &Slot, mut request: Request<ClientBody>, is_upgrade: bool) -> Attempt {
        if !request.headers().contains_key(HOST)
            && let Ok(host) = HeaderValue::from_str(&slot.member.address)
        {
            // HTTP/1.0 may leave it out, HTTP/1.1 may not.
            request.headers_mut().insert(HOST, host);
        }
        let progress = request.body().progress();
        let is_idempotent = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let is_repeatable = is_idempotent && progress.is_none() && !is_upgrade;
        if let Some(mut connection) = slot.pool.take(is_repeatable, self.clock.elapsed()) {
            let copy = is_repeatable.then(|| copy_of(&request));
            match self.send(&mut connection, request, progress.as_ref()).await {
                Ok(Ok(response)) => return Attempt::Answered(response, connection),
                Ok(Err(Unanswered::Unsent(unsent))) => request = *unsent,
                // The member had closed the connection while the request was on its way.
                Ok(Err(Unanswered::Lost { has_read: false, .. })) if let Some(copy) = copy => request = copy,
                Ok(Err(Unanswered::Lost { error, .. })) => return lost(slot, progress.as_ref(), &error),
                Err(refused) => return Attempt::Failed(refused),
            }
        }
        let opening = Connection::open(&slot.member.address, self.settings.connect_timeout, &self.chores);
        let mut connection = match opening.await {
            Ok(connection) => connection,
            Err(error) => {
                tracing::debug!(machine = %slot.member.machine, %error, "a member was not reached");
                return Attempt::NotReached(request);
            }
        };
        match self.send(&mut connection, request, progress.as_ref()).await {
            Ok(Ok(response)) => Attempt::Answered(response, connection),
            Ok(Err(Unanswered::Unsent(unsent))) => Attempt::NotReached(*unsent),
            Ok(Err(Unanswered::Lost { error, .. })) => lost(slot, progress.as_ref(), &error),
            Err(refused) => Attempt::Failed(refused),
        }
    }

    /// Waits for the head of the answer as long as something moves.
    async fn send(
        &self,
        connection: &mut Connection,
        request: Request<ClientBody>,
        progress: Option<&Progress>,
    ) -> Result<Result<Response<Incoming>, Unanswered>, Refused> {
        let limit = self.settings.answer_timeout;
        let answer = connection.send(request);
        tokio::pin!(answer);
        loop {
            let before = progress.map(Progress::mark);
            if let Ok(answered) = tokio::time::timeout(limit, &mut answer).await {
                return Ok(answered);
            }
            if progress.map(Progress::mark) == before {
                let is_complete = progress.is_none_or(Progress::is_complete);
                return Err(if is_complete { Refused::Silent } else { Refused::Stalled });
            }
        }
    }

    /// Passes a member's answer on, and sees to its connection.
    fn reply(
        &self,
        slot: &Arc<Slot>,
        mut response: Response<Incoming>,
        connection: Connection,
        upgrade: Option<Upgrade>,
        admission: Admission,
    ) -> Result<Response<Reply>, Refused> {
        let protocol = response.headers().get(UPGRADE).cloned();
        let said_idle_limit = headers::said_idle_limit(response.headers());
        headers::strip(response.headers_mut());
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            // A member that switches without being asked is not understood any more.
            let (Some(upgrade), Some(protocol)) = (upgrade, protocol) else { return Err(Refused::BrokenOff) };
            upgrade.join(hyper::upgrade::on(&mut response), admission.ticket, &self.clients);
            upgrade::announce(response.headers_mut(), protocol);
            return Ok(response.map(|_| Reply::Own(None)));
        }
        let (slot, clock) = (Arc::clone(slot), self.clock);
        self.chores.spawn(async move {
            if let Some(rested) = connection.rest(said_idle_limit, || clock.elapsed()).await {
                slot.pool.put(rested);
            }
        });
        let limit: Duration = self.settings.answer_timeout;
        Ok(response.map(|body| Reply::Member(MemberBody::new(body, limit, admission.ticket))))
    }
}

/// The same request once more; it has no body.
fn copy_of(request: &Request<ClientBody>) -> Request<ClientBody> {
    let mut copy = Request::new(ClientBody::nothing());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    copy
}

fn lost(slot: &Slot, progress: Option<&Progress>, error: &hyper::Error) -> Attempt {
    if progress.is_some_and(Progress::is_broken) {
        return Attempt::Failed(Refused::NoBody);
    }
    tracing::debug!(machine = %slot.member.machine, %error, "a member broke off");
    Attempt::Failed(Refused::BrokenOff)
}
