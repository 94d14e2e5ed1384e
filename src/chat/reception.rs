//! Where what people say on a platform comes in: verified by the platform's own room, kept here, then acknowledged.

use std::sync::Arc;

use commands::card::Press;
use commands::speaker::Speaker;

use super::Place;
use crate::desk::{Desk, Line};

/// One thing that somebody said or pressed, verified, with an id that names the delivery for ever.
#[derive(Debug, Clone)]
pub struct Inbound {
    pub speaker: Speaker,
    pub id: String,
    pub said: Said,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum Said {
    Line(String),
    /// A button, with the reason where it asks for one.
    Press(Press, Option<String>),
}

/// What is known before the platform is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// All there is to say: an answer that needed nothing but the log, or a sentence on what was not understood.
    Answered(String),
    /// It is kept, and will be decided whatever happens to this process; the answer comes to its place.
    Kept,
    /// The same delivery came before.
    Again,
    /// It could not be kept, and nothing follows from it: say it again.
    Lost(String),
}

/// Takes what comes in.
pub struct Reception {
    pub desk: Arc<Desk>,
}

impl Reception {
    /// Keeps it; durable on return where the answer says so. Never waits for anything but the log.
    pub async fn take(&self, inbound: Inbound) -> Taken {
        let text = match inbound.said {
            Said::Line(text) => text,
            Said::Press(press, _) => format!("{} {} {}", press.verb, press.site, press.words),
        };
        let line = Line { speaker: inbound.speaker, id: inbound.id, text };
        match self.desk.hear(&line).await {
            Ok(heard) => Taken::Answered(heard.reply.to_string()),
            Err(error) => Taken::Lost(error.to_string()),
        }
    }
}
