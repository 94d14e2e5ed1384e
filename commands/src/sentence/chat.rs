//! What was said and shown on chat platforms.

use events::fact::{ChatEvent, InboxEvent};

pub(super) fn inbox(event: &InboxEvent) -> String {
    match event {
        InboxEvent::Received { place, line, shown, .. } => {
            let how = if shown.is_some() { "pressed" } else { "said" };
            format!("This was {how} on {}: `{line}`.", place.platform)
        }
        InboxEvent::Answered {} => "It was decided and answered.".to_owned(),
        InboxEvent::Unanswered { why } => format!("It was decided, and could not be answered: {why}."),
    }
}

pub(super) fn shown(event: &ChatEvent) -> String {
    match event {
        ChatEvent::Followed { channel, site } => format!("From here on, {channel} is shown what happens at {site}."),
        ChatEvent::Begun { subject } => format!("The message on {subject} is about to be posted."),
        ChatEvent::Posted { subject, .. } => format!("The message on {subject} was posted."),
        ChatEvent::Doubted { subject } => {
            format!("A message on {subject} may have been posted before, and was not found: it may stand there twice.")
        }
        ChatEvent::Ended { subject } => format!("The message on {subject} shows how it ended."),
        ChatEvent::Lost { subject } => format!("The message on {subject} was deleted by somebody."),
        ChatEvent::DetailBegun { subject, upto, .. } => {
            format!("Details of {subject} up to event {upto} are about to be told.")
        }
        ChatEvent::DetailPosted { subject, upto } => format!("Details of {subject} up to event {upto} were told."),
    }
}
