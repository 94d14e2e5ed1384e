//! What Slack is answered: at once, with a text that only one person sees, or with nothing.

use serde_json::{Value, json};

use super::blocks::{cut, escape};

/// The longest text that is shown as an answer, in characters.
const LIMIT: usize = 8_000;

/// What a delivery is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is in the log; what comes of it is told when it is decided.
    Kept,
    /// It was taken before, or asks for nothing that could be told.
    Taken,
    /// It was taken, or needed no taking; this is all there is to say.
    Told(String),
    /// It was not taken; where Slack brings a delivery again, it should.
    Refused(String),
}

impl Answer {
    /// The body of the answer to a command; nothing, where there is nothing to say.
    #[must_use]
    pub(super) fn to_command(&self) -> Option<Value> {
        match self {
            Self::Taken => None,
            Self::Kept => Some(for_one("It is in the log, and is being decided: the answer comes here.")),
            Self::Told(text) | Self::Refused(text) => Some(for_one(text)),
        }
    }
}

/// A text that only whoever asked sees. What has several lines is a table or a list: its columns stay below one another.
fn for_one(text: &str) -> Value {
    let kept = cut(text, LIMIT);
    let element = json!({ "type": "text", "text": kept });
    let kind = if kept.contains('\n') { "rich_text_preformatted" } else { "rich_text_section" };
    json!({
        "response_type": "ephemeral",
        "text": escape(&kept),
        "blocks": [{ "type": "rich_text", "elements": [{ "type": kind, "elements": [element] }] }],
    })
}
