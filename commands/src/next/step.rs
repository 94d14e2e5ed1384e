//! One step that was begun and is not answered.

use events::fact::{Answer, Event, Heading, StepEvent};
use events::fold::{Ask, Asking, Run};
use events::number::StepIndex;
use jiff::Timestamp;

use super::{Look, Next};

/// Look; ask when it was never asked, when the pause after a fault is over, or when an accepted ask has not shown.
pub(super) fn look(
    run: &Run,
    step: StepIndex,
    heading: Heading,
    deadline: Timestamp,
    asking: &Asking,
    now: Timestamp,
) -> Next {
    let is_exhausted = asking.attempts >= run.terms.retries.attempts;
    let is_late = now >= deadline;
    let (may_ask, again_at) = match &asking.last {
        Ask::Never => (true, deadline),
        Ask::Accepted { settles_by } if now < *settles_by => (false, *settles_by),
        Ask::Accepted { .. } => (!is_exhausted, deadline),
        Ask::Faulted { fault, .. } if is_exhausted => {
            let answer = Answer::Failed(fault.clone());
            return Next::Record(vec![answered(run, step, heading, answer)]);
        }
        Ask::Faulted { again_at, .. } => (now >= *again_at, *again_at),
    };
    Next::Look(Look {
        run: run.number,
        step,
        heading,
        may_ask: may_ask && !is_late,
        is_late,
        again_at: again_at.min(deadline),
    })
}

/// The fact that ends a step, whichever way it was asked.
#[must_use]
pub(super) fn answered(run: &Run, step: StepIndex, heading: Heading, answer: Answer) -> Event {
    let run = run.number;
    match heading {
        Heading::Forward => StepEvent::Answered { run, step, answer }.into(),
        Heading::Back => StepEvent::UndoAnswered { run, step, answer }.into(),
    }
}
