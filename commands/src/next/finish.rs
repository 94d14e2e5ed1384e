//! What a run leaves behind when it is over.

use events::fact::{ClosedBecause, Event, LockEvent, RunEvent, RunKind, RunOutcome, WindowEvent};
use events::fold::{Run, Site, WindowEnd};
use jiff::Timestamp;

use crate::slot;

/// The facts that end a run, one way or another.
#[must_use]
pub(crate) fn ended(site: &Site, run: &Run, outcome: RunOutcome, now: Timestamp) -> Vec<Event> {
    let mut facts: Vec<Event> = vec![RunEvent::Finished { run: run.number, outcome }.into()];
    // Where the databases have crossed, users are there, whatever else did not work out.
    let is_success = outcome == RunOutcome::Succeeded || run.has_crossed();
    match run.kind {
        RunKind::Cutover if is_success => facts.extend(opened(site, run, now)),
        RunKind::Rollback if is_success => {
            facts.push(WindowEvent::Closed { because: ClosedBecause::RolledBack }.into());
            facts.push(LockEvent::Taken { reason: lock_reason(run), until: None }.into());
        }
        RunKind::Decommission if is_success => {
            facts.push(WindowEvent::Closed { because: ClosedBecause::Decommissioned }.into());
        }
        RunKind::Decommission => {
            let why = match outcome {
                RunOutcome::Succeeded | RunOutcome::TurnedBack => "the decommission turned back",
                RunOutcome::LeftAsIs => "the decommission was ended as it stood",
            };
            facts.extend(postponed(site, why, now));
        }
        // Somebody wanted to go back, and it did not work out: people get their notice anew.
        RunKind::Rollback if is_announced(site) => facts.extend(postponed(site, "a rollback was tried", now)),
        RunKind::Deploy | RunKind::Cutover | RunKind::Rollback => {}
    }
    facts
}

fn is_announced(site: &Site) -> bool {
    site.window.as_ref().is_some_and(|it| it.announced.is_some())
}

fn opened(site: &Site, run: &Run, now: Timestamp) -> Option<Event> {
    let way_back = site.live.filter(|it| *it != run.color)?;
    let terms = &run.terms.window;
    let closes_at = now.saturating_add(terms.lasts).unwrap_or(Timestamp::MAX);
    let opened = WindowEvent::Opened {
        run: run.number,
        way_back,
        release: site.environments.get(way_back).release.clone(),
        closes_at,
        decommission_at: slot::after(terms, closes_at, now),
        terms: terms.clone(),
    };
    Some(opened.into())
}

/// A rollback closes the site until somebody has looked.
fn lock_reason(run: &Run) -> String {
    let back_to = run.release.as_ref().map_or_else(|| run.color.to_string(), |it| format!("{it} on {}", run.color));
    let reason = run.reason.as_deref().unwrap_or("no reason was given");
    format!("rolled back to {back_to} by {}: {reason}", run.requested_by)
}

/// The window goes on, to the next slot; nothing to postpone when it is held or closed.
#[must_use]
pub(super) fn postponed(site: &Site, why: &str, now: Timestamp) -> Option<Event> {
    let window = site.window.as_ref()?;
    let WindowEnd::At { closes_at, .. } = window.end else { return None };
    let decommission_at = slot::after(&window.terms, closes_at, now);
    Some(WindowEvent::Postponed { decommission_at, why: why.to_owned() }.into())
}
