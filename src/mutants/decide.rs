//! The seam to `decide`: the site that it looks at, and the facts that it answers with.

use commands::order::{Approve, Lock, Order};
use commands::permit::Permit;
use commands::pinned::Pinned;
use commands::policy::Policy;
use commands::refusal::Refusal;
use commands::speaker::Speaker;
use events::actor::Actor;
use events::chat::Shown;
use events::fact::{Cause, Event, RunEvent, StepEvent};
use events::fold::{Phase, Site, StepState, WindowEnd};
use events::number::StepIndex;
use jiff::Timestamp;

use super::{Mistake, plan, planted};

/// Decides, as `decide` does but for the mistake.
pub fn decide(
    site: &Site,
    order: &Order,
    permit: &Permit,
    pinned: &Pinned,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let Some(mistake) = planted() else { return commands::decide::decide(site, order, permit, pinned, now) };
    if let (Mistake::LockBlocksRollback, Order::Rollback { .. }, Some(lock)) = (mistake, order, &site.lock) {
        let (owner, since, reason) = (lock.owner.clone(), lock.since, lock.reason.clone());
        return Err(Refusal::Locked { owner, since, reason });
    }
    let mut pinned = pinned.clone();
    pinned.shown = pinned.shown.filter(|_| mistake != Mistake::StalePressAccepted);
    if mistake == Mistake::UnconfirmedBegun {
        pinned.shown = Some(pressed());
    }
    let mut seen = seen(mistake, site, order);
    confirmed(mistake, &mut seen, permit, &pinned, now);
    let now = moment(mistake, site, permit, now);
    let order = &said(mistake, order);
    let pinned = awake(mistake, pinned);
    match commands::decide::decide(&seen, order, permit, &pinned, now) {
        Ok(facts) => Ok(plan::mistaken(mistake, facts)),
        Err(refusal) => overruled(mistake, refusal, now),
    }
}

/// The site as a decision sees it that forgets one of its guards.
fn seen(mistake: Mistake, site: &Site, order: &Order) -> Site {
    let mut seen = site.clone();
    approved(mistake, &mut seen);
    match (mistake, order) {
        (Mistake::LockIgnored, Order::Deploy(_) | Order::Cutover(_))
        | (Mistake::LockedDecommissioned, Order::Decommission { .. }) => seen.lock = None,
        (Mistake::BusyTakesSecond, Order::Deploy(_) | Order::Cutover(_)) => seen.run = None,
        (Mistake::DeployOntoLive, Order::Deploy(_)) => seen.live = site.live.map(events::color::Color::other),
        (Mistake::DeployOntoWayBack, Order::Deploy(_)) => seen.window = None,
        (Mistake::CutoverOntoUnready, Order::Cutover(_)) => {
            seen.environments.get_mut(site.idle()).phase = Phase::Ready;
        }
        (Mistake::AnnouncementSkipped, Order::Decommission { .. }) => announced(&mut seen),
        (Mistake::ParkedGoesOn, _) => seen.parked = None,
        _ => {}
    }
    seen
}

/// A press that takes nothing for granted.
fn pressed() -> Shown {
    Shown { run: None, standing: None }
}

/// The site as if its confirmation were anybody's, or never lapsed, or were of whatever plan there is by then.
fn confirmed(mistake: Mistake, site: &mut Site, permit: &Permit, pinned: &Pinned, now: Timestamp) {
    let order = commands::decide::confirmed(site, permit.site());
    let pressed = Pinned { shown: Some(pressed()), ..pinned.clone() };
    let facts = order.and_then(|order| {
        let anybody = Speaker::alone(Actor::console(0));
        let permit = super::permit(&Policy::default(), &anybody, permit.site(), &order).ok()?;
        commands::decide::decide(site, &order, &permit, &pressed, now).ok()
    });
    let hash = facts
        .into_iter()
        .flatten()
        .find_map(|it| if let Event::Run(RunEvent::Requested { plan_hash, .. }) = it { Some(plan_hash) } else { None });
    match (mistake, &mut site.confirmation, hash) {
        (Mistake::ConfirmedByAnother, Some(asked), _) => asked.by = permit.actor().clone(),
        (Mistake::LateConfirmationCounts, Some(asked), _) => asked.expires_at = Timestamp::MAX,
        (Mistake::ChangedPlanConfirmed, Some(asked), Some(hash)) => asked.plan_hash = hash,
        _ => {}
    }
}

/// What was pinned, without quiet hours.
fn awake(mistake: Mistake, mut pinned: Pinned) -> Pinned {
    if mistake == Mistake::QuietIgnored {
        pinned.terms.window.quiet.clear();
    }
    pinned
}

/// The order as a decision takes it that compares no plans.
fn said(mistake: Mistake, order: &Order) -> Order {
    match (mistake, order) {
        (Mistake::StolenByAnybody, Order::Lock(it)) => Order::Lock(Lock { steals: true, ..it.clone() }),
        (Mistake::OtherPlanApproved, Order::Approve(it)) => {
            Order::Approve(Approve { run: None, plan: None, ..it.clone() })
        }
        _ => order.clone(),
    }
}

/// The site as if somebody else had asked for the open run, or as if its approval never came too late.
pub(super) fn approved(mistake: Mistake, site: &mut Site) {
    let Some(run) = &mut site.run else { return };
    match (mistake, run.awaited().is_some()) {
        (Mistake::OwnApproval, true) => run.requested_by = Actor::system("nobody"),
        (Mistake::LateApprovalCounts, true) => {
            for state in &mut run.steps {
                if let StepState::Open { begun, .. } = state {
                    begun.deadline = Timestamp::MAX;
                }
            }
        }
        _ => {}
    }
}

/// The site as if its decommission had been announced.
pub(super) fn announced(site: &mut Site) {
    if let Some(window) = &mut site.window
        && let WindowEnd::At { decommission_at, .. } = window.end
    {
        window.announced = decommission_at;
    }
}

/// The time as a decision takes it that does not wait for the slot.
fn moment(mistake: Mistake, site: &Site, permit: &Permit, now: Timestamp) -> Timestamp {
    match site.window.as_ref().map(|it| it.end) {
        Some(WindowEnd::At { decommission_at: Some(at), .. })
            if mistake == Mistake::SlotNotWaited && permit.actor().is_system() =>
        {
            now.max(at)
        }
        Some(WindowEnd::At { .. } | WindowEnd::Held) | None => now,
    }
}

/// What follows although it was refused.
fn overruled(mistake: Mistake, refusal: Refusal, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    match (mistake, refusal) {
        (Mistake::GuardSkipped, Refusal::StepIsGuard { run, step }) => {
            let step = StepIndex(step.saturating_sub(1));
            Ok(vec![StepEvent::Skipped { run, step, reason: "a planted mistake".to_owned() }.into()])
        }
        (Mistake::AbortPastReturn, Refusal::PastNoReturn { run }) => {
            Ok(vec![RunEvent::Aborted { run, cause: Cause::Person { reason: None }, settles_by: now }.into()])
        }
        (_, refusal) => Err(refusal),
    }
}
