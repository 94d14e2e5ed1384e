//! A button says what it took for granted when it was shown: if that is no longer so, it does nothing.

use events::chat::{Shown, Standing};
use events::fold::{Site, WindowEnd};
use events::number::RunNumber;
use jiff::Timestamp;

use super::Case;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::sentence::time;

/// Refuses what was pressed on a card that shows what has passed. What was typed is never stale.
pub(super) fn not_stale(case: Case<'_>, order: &Order) -> Result<(), Refusal> {
    let Some(Shown { run, standing }) = &case.pinned.shown else { return Ok(()) };
    let fresh = same_run(case.site, order, *run).and_then(|()| same_standing(case.site, order, standing.as_ref()));
    fresh.map_err(|now| Refusal::Stale { now })
}

fn same_run(site: &Site, order: &Order, shown: Option<RunNumber>) -> Result<(), String> {
    let Some(shown) = shown else { return Ok(()) };
    let open = site.run.as_ref().map(|it| it.number);
    let window = site.window.as_ref().filter(|_| is_about_window(order)).map(|it| it.run);
    if open == Some(shown) || window == Some(shown) {
        return Ok(());
    }
    Err(match (open, window) {
        (Some(open), _) => format!("it is about run #{shown}, and run #{open} is open now"),
        (None, Some(window)) => format!("it is about run #{shown}, and the window of run #{window} is open now"),
        (None, None) => format!("it is about run #{shown}, which is over"),
    })
}

fn same_standing(site: &Site, order: &Order, shown: Option<&Standing>) -> Result<(), String> {
    let run = site.run.as_ref();
    match shown {
        None => Ok(()),
        Some(Standing::Step(shown)) => match run.and_then(|it| it.stands_at()) {
            Some((at, _)) if at.0.saturating_add(1) == *shown => Ok(()),
            Some((at, _)) => Err(format!("it is about step {shown}, and the run stands at step {} now", at.0 + 1)),
            None => Err(format!("it is about step {shown}, and nothing is underway now")),
        },
        Some(Standing::Plan(shown)) => match run.map(|it| it.plan_hash.to_string()) {
            Some(hash) if !shown.is_empty() && hash.starts_with(shown.as_str()) => Ok(()),
            Some(_) => Err("it is about another plan than the one that is open now".to_owned()),
            None => Err("it is about a plan, and no run is open now".to_owned()),
        },
        Some(Standing::Moment(shown)) => same_moment(site, order, *shown),
    }
}

fn same_moment(site: &Site, order: &Order, shown: Timestamp) -> Result<(), String> {
    if is_about_window(order) {
        return match site.window.as_ref().map(|it| it.end) {
            Some(WindowEnd::At { closes_at, .. }) if closes_at.as_second() == shown.as_second() => Ok(()),
            Some(WindowEnd::At { closes_at, .. }) => Err(format!("the window ends at {} now", time(closes_at))),
            Some(WindowEnd::Held) => Err("the way back is kept until somebody says otherwise".to_owned()),
            None => Err("the window is closed".to_owned()),
        };
    }
    match &site.lock {
        Some(lock) if lock.since.as_second() == shown.as_second() => Ok(()),
        Some(lock) => Err(format!("the site was locked anew at {}", time(lock.since))),
        None => Err("the site is not locked any more".to_owned()),
    }
}

/// Whether it is about the window where no run is open: these are the buttons of its countdown.
fn is_about_window(order: &Order) -> bool {
    match order {
        Order::Keep(_) | Order::Decommission { .. } | Order::Rollback { .. } => true,
        Order::Deploy(_)
        | Order::Cutover(_)
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
