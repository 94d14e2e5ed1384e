//! Orders that wait for their turn behind a busy site. They are kept as they were said, and decided when the site is free:
//! permission, release, plan and approval are made then, and not now.

use events::fact::{Event, LeftBecause, QueueEvent, RunKind};
use events::fold::{Course, Queued, Site};
use events::name::SiteName;
use events::number::Ticket;
use events::release::ReleaseName;
use jiff::SignedDuration;

use super::{Case, cutover};
use crate::grammar::{self, Directory};
use crate::order::{Command, Cutover, Deploy, Order};
use crate::refusal::Refusal;

/// How many may wait at one site.
const LIMIT: usize = 8;
/// How long one waits at most: nothing begins days later that was meant for a certain day.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Whether an order is to wait: the site is busy, or others were before it.
pub(super) fn waits(site: &Site, order: &Order) -> bool {
    order.is_queued() && (site.run.is_some() || !site.queue.waiting.is_empty())
}

pub(super) fn join(case: Case<'_>, order: &Order) -> Result<Vec<Event>, Refusal> {
    let queue = &case.site.queue;
    let (at_its_turn, brings) = match order {
        Order::Deploy(deploy) if deploy.gives_up_way_back => return Err(Refusal::NotQueued),
        Order::Deploy(deploy) => {
            let at_its_turn = Order::Deploy(Deploy { is_queued: false, ..deploy.clone() });
            (at_its_turn, Some(deploy.release.clone()))
        }
        Order::Cutover(order) => {
            cutover::shares_rise(order)?;
            (Order::Cutover(Cutover { is_queued: false, ..order.clone() }), expected(case.site))
        }
        Order::Rollback { .. }
        | Order::Decommission { .. }
        | Order::Keep(_)
        | Order::Abort { .. }
        | Order::Approve(_)
        | Order::Reject { .. }
        | Order::Withdraw
        | Order::Confirm { .. }
        | Order::Unqueue { .. }
        | Order::Retry
        | Order::Skip { .. }
        | Order::Lock(_)
        | Order::Unlock
        | Order::Adopt => return Err(Refusal::NotQueued),
    };
    let line = grammar::spell(&Command::Order { site: case.permit.site().clone(), order: at_its_turn });
    let owner = case.permit.actor();
    if let Some(same) = queue.waiting.iter().find(|it| it.owner == *owner && it.line == line) {
        return Err(Refusal::QueuedAlready { ticket: same.ticket });
    }
    if queue.waiting.len() >= LIMIT {
        return Err(Refusal::QueueFull { limit: LIMIT });
    }
    let joined = QueueEvent::Joined {
        ticket: queue.newest.next(),
        line,
        brings,
        groups: case.pinned.groups.clone(),
        place: case.pinned.place.clone(),
        expires_at: case.now.saturating_add(PATIENCE).unwrap_or(case.now),
    };
    Ok(vec![joined.into()])
}

/// The release that a cutover is meant for which is queued now: the last one that is on its way or waits before it, or the
/// one that is ready.
fn expected(site: &Site) -> Option<ReleaseName> {
    let deploy = |it: &&Queued| it.line.starts_with("deploy ");
    if let Some(queued) = site.queue.waiting.iter().rev().find(deploy) {
        return queued.brings.clone();
    }
    let run = site.run.as_ref().filter(|it| it.kind == RunKind::Deploy && it.course == Course::Forward);
    let release = run.map_or(site.environments.get(site.idle()).release.as_ref(), |run| run.release.as_ref());
    release.map(|it| it.name.clone())
}

/// Takes an order out: one's own newest, or the one that is named. Whoever may abort may take out anybody's.
pub(super) fn leave(case: Case<'_>, ticket: Option<Ticket>) -> Result<Vec<Event>, Refusal> {
    let owner = case.permit.actor();
    let is_meant = |it: &&Queued| ticket.map_or(it.owner == *owner, |ticket| it.ticket == ticket);
    let meant = case.site.queue.waiting.iter().rev().find(is_meant).ok_or(Refusal::NothingQueued)?;
    if meant.owner != *owner {
        case.permit.allows("abort")?;
    }
    Ok(vec![left(meant.ticket, LeftBecause::Cancelled)])
}

/// The order that somebody waits for, as it was said; none if no bot of this version would have kept it.
#[must_use]
pub fn queued(queued: &Queued, site: &SiteName) -> Option<Order> {
    match grammar::parse(&queued.line, &Directory::new([site.clone()])).ok()? {
        Command::Order { order, .. } => Some(order),
        Command::Question { .. } => None,
    }
}

/// The facts of a turn: what was decided, or why whoever waited for it is told that it was not begun.
#[must_use]
pub fn turn(ticket: Ticket, decided: Result<Vec<Event>, Refusal>) -> Vec<Event> {
    match decided {
        Ok(mut facts) => {
            facts.insert(0, left(ticket, LeftBecause::Begun));
            facts
        }
        Err(refusal) => {
            vec![left(ticket, LeftBecause::Refused { code: refusal.code().to_owned(), why: refusal.to_string() })]
        }
    }
}

fn left(ticket: Ticket, because: LeftBecause) -> Event {
    QueueEvent::Left { ticket, because }.into()
}
