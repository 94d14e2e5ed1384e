//! What is told in the thread below a card: what a person would want to know besides how it stands.

use events::actor::Actor;
use events::check::Reading;
use events::envelope::Recorded;
use events::fact::{Answer, ConfirmationEvent, Event, Outcome, QueueEvent, RunEvent, StepEvent};
use events::fold::Site;
use events::number::Position;
use jiff::Timestamp;

use super::{Card, Part, Span, Tone, cut};
use crate::sentence;

/// How many lines one message of a thread has; of what is left out it says how much that is.
const LINES: usize = 20;
/// How many readings of a gate are told.
const READINGS: usize = 10;
/// The longest line, in bytes; longer ones are cut, and say so.
const LINE_LIMIT: usize = 600;

/// One line of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    pub position: Position,
    at: Timestamp,
    actor: Actor,
    text: String,
}

/// The lines that an event is worth.
pub(super) fn details(recorded: &Recorded, event: &Event, before: &Site) -> Vec<Detail> {
    if !is_told(event) {
        return Vec::new();
    }
    let line = |text: &str| Detail {
        position: recorded.position,
        at: recorded.recorded_at,
        actor: recorded.actor.clone(),
        text: cut(text, LINE_LIMIT),
    };
    let told = sentence::fact(event, before);
    let readings = readings(event);
    let left_out = readings.len().saturating_sub(READINGS);
    let mut lines = vec![line(&told)];
    lines.extend(readings.iter().take(READINGS).map(|it| line(&format!("· {it}"))));
    if left_out > 0 {
        lines.push(line(&format!("· and {left_out} more readings; `why` has them")));
    }
    lines
}

/// These lines as one message.
pub(super) fn card(subject: &str, lines: &[Detail], forgotten: usize) -> Card {
    let left_out = lines.len().saturating_sub(LINES) + forgotten;
    let shown: Vec<&Detail> = lines.iter().skip(lines.len().saturating_sub(LINES)).collect();
    let mut parts = Vec::new();
    if left_out > 0 {
        parts
            .push(Part::Text(vec![Span::Plain(format!("{left_out} lines before these are left out; `why` has them"))]));
    }
    parts.extend(shown.iter().map(|it| {
        let mut spans = vec![Span::Time(it.at), Span::Plain(format!(" {}", it.text))];
        if !it.actor.is_system() {
            spans.extend([Span::Plain(" By ".to_owned()), Span::Person(it.actor.clone())]);
        }
        Part::Text(spans)
    }));
    let sentence = lines.last().map_or_else(String::new, |it| it.text.clone());
    Card {
        headline: format!("{subject}, in detail"),
        sentence,
        tone: Tone::Quiet,
        parts,
        buttons: Vec::new(),
        footnote: Vec::new(),
    }
}

/// That things go as planned is what the card shows.
fn is_told(event: &Event) -> bool {
    match event {
        Event::Step(StepEvent::Answered { answer, .. }) => match answer {
            Answer::Failed(_)
            | Answer::Reached(Outcome::Machines(_) | Outcome::Drained { .. } | Outcome::NotPointed { .. }) => true,
            Answer::Reached(Outcome::Readings(readings)) => !readings.is_empty(),
            Answer::Reached(Outcome::Plain) => false,
        },
        Event::Step(StepEvent::UndoAnswered { answer, .. }) => matches!(answer, Answer::Failed(_)),
        Event::Step(StepEvent::Faulted { .. } | StepEvent::Skipped { .. } | StepEvent::Promoting { .. })
        | Event::Run(
            RunEvent::Aborted { .. }
            | RunEvent::Stuck { .. }
            | RunEvent::Resumed { .. }
            | RunEvent::PeopleCalled { .. }
            | RunEvent::Finished { .. },
        )
        | Event::Approval(_)
        | Event::Confirmation(ConfirmationEvent::Given {})
        | Event::Queue(QueueEvent::Joined { .. } | QueueEvent::Left { .. })
        | Event::Window(_)
        | Event::Lock(_) => true,
        Event::Step(StepEvent::Begun { .. } | StepEvent::Asked { .. } | StepEvent::UndoBegun { .. })
        | Event::Run(RunEvent::Requested { .. })
        | Event::Confirmation(ConfirmationEvent::Asked { .. })
        | Event::Queue(QueueEvent::Told { .. })
        | Event::Site(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => false,
    }
}

fn readings(event: &Event) -> &[Reading] {
    match event {
        Event::Step(StepEvent::Answered { answer: Answer::Reached(Outcome::Readings(readings)), .. }) => readings,
        Event::Step(_)
        | Event::Run(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Site(_)
        | Event::Window(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => &[],
    }
}
