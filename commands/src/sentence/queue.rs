//! Orders that wait for their turn.

use events::fact::{LeftBecause, QueueEvent};
use events::fold::{Site, Untold};
use events::name::SiteName;

use super::time;

pub(super) fn told(event: &QueueEvent, before: &Site) -> String {
    match event {
        QueueEvent::Joined { ticket, line, expires_at, .. } => {
            let queue = &before.queue;
            let place = queue.place_of(*ticket).unwrap_or(queue.waiting.len() + 1);
            let ahead = match (place, &before.run) {
                (1, Some(run)) => format!("next after run #{}", run.number),
                (place, _) => format!("at place {place} of the queue"),
            };
            format!(
                "Queued as number {ticket}, {ahead}: `{line}`. It is decided when its turn comes, as if it were said then, and not after {}; `unqueue` takes it out.",
                time(*expires_at)
            )
        }
        QueueEvent::Left { ticket, because } => match because {
            LeftBecause::Begun => format!("Number {ticket} of the queue has its turn."),
            LeftBecause::Refused { why, .. } => format!("Number {ticket} of the queue was not begun: {why}."),
            LeftBecause::Cancelled => format!("Number {ticket} was taken out of the queue."),
            LeftBecause::Expired => {
                format!("Number {ticket} of the queue did not have its turn in time, and waits no more.")
            }
        },
        QueueEvent::Told { ticket } => format!("Whoever had queued number {ticket} was told."),
    }
}

/// What somebody is told of an order that was queued and not begun.
#[must_use]
pub fn untold(site: &SiteName, it: &Untold) -> String {
    let why = match &it.because {
        LeftBecause::Begun => "its turn has come".to_owned(),
        LeftBecause::Refused { why, .. } => format!("when its turn came it was not begun: {why}"),
        LeftBecause::Cancelled => "somebody took it out of the queue".to_owned(),
        LeftBecause::Expired => "its turn did not come in time, and it waits no more".to_owned(),
    };
    format!("{site}: number {} of the queue, `{}`: {why}", it.ticket, it.line)
}
