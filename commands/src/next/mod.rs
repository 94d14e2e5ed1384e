//! What follows from the log alone: the whole workflow, people and schedule alike, as one pure function.
//!
//! There are no timers and there is no memory: whoever asks again after a crash, or a day later, gets the same answer.

mod approval;
mod finish;
mod forward;
mod known;
mod step;
mod turn_back;
mod window;

pub(crate) use approval::is_approved;
pub(crate) use finish::ended;
pub use known::known_before;
pub(crate) use turn_back::aborted;
pub use window::refused;

use events::fact::{Event, Heading, LeftBecause, LockEvent, QueueEvent};
use events::fold::{Course, Site};
use events::number::{RunNumber, StepIndex};
use jiff::Timestamp;

use crate::order::Order;

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// These facts follow; they are recorded before anything else is done.
    Record(Vec<Event>),
    /// The step is to be begun: read what is there, and write down the way back to it.
    Begin { run: RunNumber, step: StepIndex },
    /// The step was begun and is not answered: look whether it is reached.
    Look(Look),
    /// The schedule gives this order.
    Order(Order),
    /// The order at the head of the queue has its turn.
    Turn,
    /// Nothing before this moment.
    Wait { until: Timestamp, why: Waiting },
    /// Nothing until somebody says something.
    Nothing,
}

/// How to look at a step that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub run: RunNumber,
    pub step: StepIndex,
    pub heading: Heading,
    /// Whether the world may be asked (again), should it not be there.
    pub may_ask: bool,
    /// Whether the deadline has passed: this look decides.
    pub is_late: bool,
    /// When the answer may be another one although nothing happens in the world: a pause ends, or the deadline comes.
    pub again_at: Timestamp,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// An ask that was accepted may still show.
    Settling {
        run: RunNumber,
        step: StepIndex,
    },
    /// People of a role.
    Approval,
    /// The end of quiet hours.
    Quiet,
    /// The end of a lock.
    Lock,
    /// The end of an order's patience.
    Queue,
    Announcement,
    Decommission,
}

/// What follows now, for one site.
pub fn next(site: &Site, now: Timestamp) -> Next {
    if site.parked.is_some() {
        return Next::Nothing;
    }
    if site.lock.as_ref().is_some_and(|it| it.is_over(now)) {
        return Next::Record(vec![LockEvent::Expired {}.into()]);
    }
    if let Some(late) = site.queue.waiting.iter().find(|it| it.expires_at <= now) {
        return Next::Record(vec![QueueEvent::Left { ticket: late.ticket, because: LeftBecause::Expired }.into()]);
    }
    if site.due().is_some() {
        return Next::Turn;
    }
    let lock = site.lock.as_ref().and_then(|it| it.until).map(|until| (until, Waiting::Lock));
    let queue = site.queue.waiting.iter().map(|it| (it.expires_at, Waiting::Queue)).min_by_key(|(until, _)| *until);
    [lock, queue].into_iter().flatten().fold(next_of_runs(site, now), sooner)
}

/// What is to be done, or this wait if it ends before.
fn sooner(next: Next, (until, why): (Timestamp, Waiting)) -> Next {
    match next {
        Next::Nothing => Next::Wait { until, why },
        Next::Wait { until: later, .. } if until < later => Next::Wait { until, why },
        Next::Record(_) | Next::Begin { .. } | Next::Look(_) | Next::Order(_) | Next::Turn | Next::Wait { .. } => next,
    }
}

fn next_of_runs(site: &Site, now: Timestamp) -> Next {
    match &site.run {
        Some(run) if run.stuck.is_some() => Next::Nothing,
        Some(run) => match &run.course {
            Course::Forward => forward::next(site, run, now),
            Course::Back { settles_by, .. } => turn_back::next(site, run, *settles_by, now),
        },
        None => window::next(site, now),
    }
}
