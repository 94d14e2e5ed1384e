//! What can't be taken back is begun in two steps: whoever gives the order is told what would be lost, and confirms it.
//! A button was confirmed where it was pressed, and the schedule has announced what it does.

use events::chain::Hash;
use events::fact::{ConfirmationEvent, Event, RunEvent, WindowEvent};
use events::fold::Site;
use events::intent::{DatabaseIntent, Intent};
use events::name::SiteName;
use events::plan::{Plan, Step};
use jiff::SignedDuration;

use super::{Case, by_order};
use crate::grammar::{self, Directory};
use crate::order::{Command, Order};
use crate::pinned::{Lossless, Pinned};
use crate::refusal::Refusal;

/// How long a confirmation is waited for.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// These facts, or the question whether they are meant.
pub(super) fn first(case: Case<'_>, order: &Order, facts: Vec<Event>) -> Vec<Event> {
    let is_sure = case.pinned.shown.is_some() || case.permit.actor().is_system() || order.is_dry();
    let requested = facts.iter().find_map(|it| {
        let Event::Run(RunEvent::Requested { kind, color, plan, plan_hash, .. }) = it else { return None };
        Some((*kind, *color, plan, *plan_hash))
    });
    let Some((kind, color, plan, plan_hash)) = requested.filter(|it| !is_sure && loses(order, &facts, it.2)) else {
        return facts;
    };
    let spelled = |order| grammar::spell(&Command::Order { site: case.permit.site().clone(), order });
    let asked = ConfirmationEvent::Asked {
        kind,
        color,
        leaves: leaves(plan.steps()),
        line: spelled(order.clone()),
        confirm: spelled(Order::Confirm { code: code(case, &plan_hash) }),
        plan_hash,
        expires_at: case.now.saturating_add(PATIENCE).unwrap_or(case.now),
    };
    vec![asked.into()]
}

/// Whether something would be gone for good.
fn loses(order: &Order, facts: &[Event], plan: &Plan) -> bool {
    match order {
        Order::Decommission { .. } => true,
        Order::Deploy(_) => facts.iter().any(|it| matches!(it, Event::Window(WindowEvent::Closed { .. }))),
        Order::Rollback { .. } => leaves(plan.steps()).is_some(),
        Order::Cutover(_)
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
        | Order::Adopt => false,
    }
}

/// How many transactions these steps leave behind.
pub(super) fn leaves(steps: &[Step]) -> Option<u64> {
    steps.iter().find_map(|step| match step {
        Step::Change { intent: Intent::Database(DatabaseIntent::Cross { accepts_loss, .. }), .. } => *accepts_loss,
        Step::Change { .. } | Step::Gate(_) | Step::Wait(_) => None,
    })
}

/// Six digits that follow from where the log stands, so that no two answers give the same. They are no secret: they show
/// that the answer was read.
fn code(case: Case<'_>, plan_hash: &Hash) -> String {
    let seed = format!("{} {} {plan_hash}", case.permit.site(), case.site.version.next());
    let number = Hash::of(seed.as_bytes()).0.iter().take(4).fold(0_u32, |sum, it| sum << 8 | u32::from(*it));
    format!("{:06}", number % 1_000_000)
}

pub(super) fn decide(case: Case<'_>, code: &str) -> Result<Vec<Event>, Refusal> {
    let asked = case.site.confirmation.as_ref().filter(|it| case.now < it.expires_at);
    let asked = asked.ok_or(Refusal::NothingToConfirm)?;
    let site = case.permit.site();
    if asked.by != *case.permit.actor() {
        return Err(Refusal::NotYourOrder { by: asked.by.clone() });
    }
    let said = Command::Order { site: site.clone(), order: Order::Confirm { code: code.to_owned() } };
    if grammar::spell(&said) != asked.confirm {
        return Err(Refusal::WrongCode);
    }
    let order = confirmed(case.site, site).ok_or(Refusal::NothingToConfirm)?;
    case.permit.allows(order.verb())?;
    let pinned = as_told(case.pinned, asked.leaves);
    let mut facts = by_order(Case { pinned: &pinned, ..case }, &order)?;
    let is_same =
        |it: &Event| matches!(it, Event::Run(RunEvent::Requested { plan_hash, .. }) if *plan_hash == asked.plan_hash);
    if !facts.iter().any(is_same) {
        return Err(Refusal::PlanChanged);
    }
    facts.push(ConfirmationEvent::Given {}.into());
    Ok(facts)
}

/// Who goes on writing meanwhile does not change what was agreed to: what only one side has is counted once more when
/// writes end. That less would be lost than people were told is worth another look.
fn as_told(pinned: &Pinned, told: Option<u64>) -> Pinned {
    let mut pinned = pinned.clone();
    if let (Some(Lossless::No { missing: Some(missing), .. }), Some(told)) = (&mut pinned.lossless, told) {
        *missing = told.min(*missing);
    }
    pinned
}

/// The order that waits to be confirmed at a site: whoever decides it pins what it needs.
#[must_use]
pub fn confirmed(site: &Site, name: &SiteName) -> Option<Order> {
    let line = &site.confirmation.as_ref()?.line;
    match grammar::parse(line, &Directory::new([name.clone()])).ok()? {
        Command::Order { order, .. } => Some(order),
        Command::Question { .. } => None,
    }
}
