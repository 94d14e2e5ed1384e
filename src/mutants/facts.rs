//! The seams of the book: the facts that are about to be recorded, and what the fold of the log says.

use std::borrow::Cow;

use events::fact::{
    Answer, ClosedBecause, Event, Heading, LeftBecause, LockEvent, OrderEvent, Outcome, QueueEvent, StepEvent,
    WindowEvent,
};
use events::fault::Fault;
use events::fold::Site;
use events::intent::WayBack;

use super::{Mistake, is, planted};

/// The facts that are recorded instead of these.
#[must_use]
pub fn about_to_be_recorded(facts: &[Event]) -> Cow<'_, [Event]> {
    let Some(mistake) = planted() else { return facts.into() };
    let is_rollback = facts.contains(&WindowEvent::Closed { because: ClosedBecause::RolledBack }.into());
    let recorded = facts.iter().filter(|fact| !is_forgotten(mistake, fact, is_rollback));
    recorded.map(|fact| instead(mistake, fact.clone())).collect::<Vec<_>>().into()
}

fn is_forgotten(mistake: Mistake, fact: &Event, is_rollback: bool) -> bool {
    match fact {
        Event::Window(WindowEvent::Held {}) => mistake == Mistake::HoldForgotten,
        Event::Window(WindowEvent::WayBackLost { .. }) => mistake == Mistake::LossNotTold,
        Event::Order(OrderEvent::Refused { .. }) => mistake == Mistake::RefusalNotRecorded,
        Event::Lock(LockEvent::Taken { .. }) => mistake == Mistake::RollbackDoesNotLock && is_rollback,
        Event::Queue(QueueEvent::Left { because: LeftBecause::Begun, .. }) => mistake == Mistake::QueuedTwice,
        Event::Window(_)
        | Event::Lock(_)
        | Event::Site(_)
        | Event::Run(_)
        | Event::Step(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => false,
    }
}

fn instead(mistake: Mistake, fact: Event) -> Event {
    match fact {
        Event::Step(fact) => step(mistake, fact).into(),
        Event::Window(fact) => window(mistake, fact).into(),
        Event::Lock(LockEvent::Taken { reason, .. }) if mistake == Mistake::LockForEver => {
            LockEvent::Taken { reason, until: None }.into()
        }
        Event::Site(_)
        | Event::Run(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => fact,
    }
}

fn step(mistake: Mistake, fact: StepEvent) -> StepEvent {
    let done = || Answer::Reached(Outcome::Plain);
    match (mistake, fact) {
        (Mistake::WayBackNotRecorded, StepEvent::Begun { run, step, before, way_back: WayBack::By(_), deadline }) => {
            StepEvent::Begun { run, step, before, way_back: WayBack::Nothing, deadline }
        }
        (Mistake::AnswerBelieved, StepEvent::Asked { run, step, heading: Heading::Forward, .. }) => {
            StepEvent::Answered { run, step, answer: done() }
        }
        (Mistake::UndoBelieved, StepEvent::Asked { run, step, heading: Heading::Back, .. }) => {
            StepEvent::UndoAnswered { run, step, answer: done() }
        }
        (Mistake::PassingFaultLasts, StepEvent::Faulted { run, step, heading, fault, .. }) => {
            let answer = Answer::Failed(Fault::lasting(fault.text));
            match heading {
                Heading::Forward => StepEvent::Answered { run, step, answer },
                Heading::Back => StepEvent::UndoAnswered { run, step, answer },
            }
        }
        (_, fact) => fact,
    }
}

fn window(mistake: Mistake, fact: WindowEvent) -> WindowEvent {
    match (mistake, fact) {
        (Mistake::WindowClosesAtOnce, WindowEvent::Opened { run, way_back, release, closes_at, terms, .. }) => {
            let closes_at = closes_at.saturating_sub(terms.lasts).unwrap_or(closes_at);
            let decommission_at = closes_at.saturating_add(terms.announce).ok();
            WindowEvent::Opened { run, way_back, release, closes_at, decommission_at, terms }
        }
        (Mistake::SlotIgnored, WindowEvent::Opened { run, way_back, release, closes_at, terms, .. }) => {
            WindowEvent::Opened { run, way_back, release, closes_at, decommission_at: Some(closes_at), terms }
        }
        (_, fact) => fact,
    }
}

/// What the fold says of a site.
#[must_use]
pub fn folded(mut site: Site) -> Site {
    if is(Mistake::PeopleNotCalled)
        && let Some(stuck) = site.run.as_mut().and_then(|run| run.stuck.as_mut())
    {
        stuck.is_called = true;
    }
    site
}
