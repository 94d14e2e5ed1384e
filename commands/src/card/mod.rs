//! A card: what a chat platform shows of one thing, edited in place while it goes on. Neutral: each platform renders it in
//! its own way, and all of them show the same.

mod answer;
mod approval;
mod board;
mod cutover;
mod decommission;
mod deploy;
mod detail;
mod lock;
mod press;
mod rollback;
mod run;
mod steps;
mod tale;
#[cfg(test)]
mod tests;
mod text;
mod window;

use events::actor::Actor;
use jiff::Timestamp;

pub use answer::answer;
pub use board::{Board, Message, Posting};
pub use press::{BadPress, PRESS_LIMIT, Press};
pub use tale::{ApprovalTale, LockTale, RunTale, Tale, Verdict, WindowTale};

use answer::cut;

/// One message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What stands in bold above everything; at most 150 characters.
    pub headline: String,
    /// The same as a full sentence, for notifications and for whoever hears instead of seeing.
    pub sentence: String,
    pub tone: Tone,
    pub parts: Vec<Part>,
    /// What can be pressed; a finished card has none.
    pub buttons: Vec<Button>,
    /// Small print: run, plan, position in the log.
    pub footnote: Vec<Span>,
}

/// How it stands, beside what the words say; never by color alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Underway,
    Good,
    /// Somebody must decide or should know.
    Attention,
    Bad,
    /// Nothing is going on.
    Quiet,
}

/// A part of a card, below the headline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(Vec<Span>),
    /// Names and values side by side; at most 10.
    Facts(Vec<(String, Vec<Span>)>),
    /// Lines below one another, each with a mark; at most 64.
    Steps(Vec<(Mark, Vec<Span>)>),
}

/// What is shown before a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Waiting,
    Underway,
    Done,
    Failed,
    Skipped,
    Undone,
}

/// A piece of text. A platform escapes it: nothing in it is ever markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    Plain(String),
    Strong(String),
    Code(String),
    /// A moment, shown in the zone of whoever reads it, with what is left until then where the platform can.
    Time(Timestamp),
    /// A person, by the platform's own mention where it is theirs; nobody is notified by it.
    Person(Actor),
}

/// Something that can be pressed instead of typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// At most 30 characters.
    pub label: String,
    pub press: Press,
    pub style: Style,
    /// What is asked before it counts; none where a press can be taken back.
    pub confirm: Option<String>,
    /// Whether the platform asks for a reason first.
    pub asks_reason: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    /// What most people will want.
    Primary,
    /// What can't be taken back.
    Danger,
}
