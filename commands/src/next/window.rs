//! An open window, and nothing else going on: announce the decommission, then order it in its slot.

use events::fact::WindowEvent;
use events::fold::{Site, WindowEnd};
use jiff::{SignedDuration, Timestamp};

use super::{Next, Waiting, finish};
use crate::order::Order;

/// How late an announcement or a decommission may be (the bot was down, the site busy) before the next slot is taken.
const LATE: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn next(site: &Site, now: Timestamp) -> Next {
    let Some(window) = &site.window else { return Next::Nothing };
    let WindowEnd::At { decommission_at: Some(at), .. } = window.end else { return Next::Nothing };
    let announce_at = at.saturating_sub(window.terms.announce).unwrap_or(now);
    let is_announced = window.announced == Some(at);
    let latest = at.saturating_add(LATE).unwrap_or(Timestamp::MAX);

    if now >= latest {
        return postpone(site, "its slot passed while nothing could be done", now);
    }
    match (is_announced, now >= announce_at, now >= at) {
        (false, false, _) => Next::Wait { until: announce_at, why: Waiting::Announcement },
        // People get half of the promised notice at the very least, or the next slot.
        (false, true, _) if at.saturating_sub(window.terms.announce / 2).is_ok_and(|it| now > it) => {
            postpone(site, "its end could not be announced in time", now)
        }
        (false, true, _) => Next::Record(vec![WindowEvent::Announced { decommission_at: at }.into()]),
        (true, _, false) => Next::Wait { until: at, why: Waiting::Decommission },
        (true, _, true) if site.lock_at(now).is_some() => Next::Wait { until: latest, why: Waiting::Decommission },
        (true, _, true) => Next::Order(Order::Decommission { reason: None }),
    }
}

fn postpone(site: &Site, why: &str, now: Timestamp) -> Next {
    finish::postponed(site, why, now).map_or(Next::Nothing, |fact| Next::Record(vec![fact]))
}

/// The facts that take the next slot, after the schedule's order was refused.
#[must_use]
pub fn refused(site: &Site, why: &str, now: Timestamp) -> Option<events::fact::Event> {
    finish::postponed(site, why, now)
}
