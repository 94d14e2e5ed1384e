//! The only way to new facts, for people and for the schedule alike: guards, then facts. One file per order.

mod abort;
mod adopt;
mod approval;
mod confirm;
mod cutover;
mod decommission;
mod deploy;
mod guard;
mod keep;
mod lock;
mod queue;
mod retry;
mod rollback;
mod skip;
mod stale;

pub use confirm::confirmed;
pub use queue::{queued, turn};

use events::fact::Event;
use events::fold::Site;
use jiff::Timestamp;

use crate::order::Order;
use crate::permit::Permit;
use crate::pinned::Pinned;
use crate::refusal::Refusal;

/// What a decision may look at.
#[derive(Debug, Clone, Copy)]
struct Case<'a> {
    site: &'a Site,
    permit: &'a Permit,
    pinned: &'a Pinned,
    now: Timestamp,
}

/// Decides an order: the facts that follow from it, or why it changes nothing.
pub fn decide(
    site: &Site,
    order: &Order,
    permit: &Permit,
    pinned: &Pinned,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    if !permit.covers(order) {
        return Err(Refusal::NotAllowed { verb: order.verb(), roles: Vec::new() });
    }
    guard::not_parked(site)?;
    let case = Case { site, permit, pinned, now };
    stale::not_stale(case, order)?;
    let facts = by_order(case, order)?;
    Ok(confirm::first(case, order, facts))
}

fn by_order(case: Case<'_>, order: &Order) -> Result<Vec<Event>, Refusal> {
    if queue::waits(case.site, order) {
        return queue::join(case, order);
    }
    match order {
        Order::Deploy(deploy) => deploy::decide(case, deploy),
        Order::Cutover(cutover) => cutover::decide(case, cutover),
        Order::Rollback { reason, accepts_loss } => rollback::decide(case, reason.as_deref(), *accepts_loss),
        Order::Decommission { reason } => decommission::decide(case, reason.as_deref()),
        Order::Keep(keep) => keep::decide(case, *keep),
        Order::Abort { reason } => abort::decide(case, reason.as_deref()),
        Order::Approve(approve) => approval::approve(case, approve),
        Order::Reject { reason } => approval::reject(case, reason),
        Order::Confirm { code } => confirm::decide(case, code),
        Order::Unqueue { ticket } => queue::leave(case, *ticket),
        Order::Withdraw => approval::withdraw(case),
        Order::Retry => retry::decide(case),
        Order::Skip { reason } => skip::decide(case, reason),
        Order::Lock(lock) => lock::take(case, lock),
        Order::Unlock => lock::release(case),
        Order::Adopt => adopt::decide(case),
    }
}
