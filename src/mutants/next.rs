//! The seam to `next`: the site that it looks at, and what it answers.

use commands::next::{Look, Next, Waiting};
use commands::order::Order;
use events::fact::{Event, RunEvent, StepEvent};
use events::fold::{Run, Site};
use events::intent::Image;
use events::number::StepIndex;
use jiff::{SignedDuration, Timestamp};

use super::decide::{announced, approved};
use super::{Mistake, is, planted};

/// What follows now, as `next` says but for the mistake.
pub fn next(site: &Site, now: Timestamp) -> Next {
    let Some(mistake) = planted() else { return commands::next::next(site, now) };
    if let (Mistake::StuckGoesOn, Some(run)) = (mistake, &site.run)
        && run.stuck.is_some()
    {
        let deadline = now.saturating_add(SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX);
        return Next::Record(vec![RunEvent::Resumed { run: run.number, deadline }.into()]);
    }
    let seen = seen(mistake, site);
    let answer = commands::next::next(&seen, moment(mistake, &seen, now));
    match (mistake, answer) {
        (Mistake::SettlingNotWaited, Next::Wait { until, why: Waiting::Settling { .. } }) => {
            commands::next::next(&seen, until)
        }
        (Mistake::SlotNotWaited, Next::Wait { why: Waiting::Decommission, .. }) => {
            Next::Order(Order::Decommission { reason: None })
        }
        (Mistake::DeadlineIgnored, Next::Look(look)) if look.is_late => {
            let again_at = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
            Next::Look(Look { is_late: false, again_at, ..look })
        }
        (Mistake::QueueHeldByLock, Next::Turn) if site.lock.is_some() => Next::Nothing,
        (Mistake::UnsettledAskedAgain, Next::Look(look)) => Next::Look(Look { may_ask: !look.is_late, ..look }),
        (Mistake::UndoForwards, Next::Record(facts)) => {
            Next::Record(facts.into_iter().map(|fact| first_first(site, fact)).collect())
        }
        (_, answer) => answer,
    }
}

/// What must be there when `step` begins, as `known_before` says but for the mistake.
#[must_use]
pub fn known_before(run: &Run, step: StepIndex) -> Option<Image> {
    commands::next::known_before(run, step).filter(|_| !is(Mistake::DriftBetweenStepsMissed))
}

fn seen(mistake: Mistake, site: &Site) -> Site {
    let mut seen = site.clone();
    approved(mistake, &mut seen);
    match (mistake, &mut seen.run) {
        (Mistake::RetriesForEver, Some(run)) => run.terms.retries.attempts = u32::MAX,
        (Mistake::AnnouncementSkipped, _) => announced(&mut seen),
        (Mistake::LockedDecommissioned, _) => seen.lock = None,
        (Mistake::ParkedGoesOn, _) => seen.parked = None,
        (_, _) => {}
    }
    seen
}

/// The time as somebody takes it who was down in the slot, and does not care.
fn moment(mistake: Mistake, site: &Site, now: Timestamp) -> Timestamp {
    match &site.window {
        Some(window) if mistake == Mistake::LateSlotTaken => window.announced.map_or(now, |at| now.min(at)),
        Some(_) | None => now,
    }
}

/// The first step that needs it is undone, instead of the last.
fn first_first(site: &Site, fact: Event) -> Event {
    let first = site.run.as_ref().and_then(|run| run.indexed().find(|(_, state)| state.needs_undo()));
    match (fact, first) {
        (Event::Step(StepEvent::UndoBegun { run, deadline, .. }), Some((step, _))) => {
            StepEvent::UndoBegun { run, step, deadline }.into()
        }
        (fact, _) => fact,
    }
}
