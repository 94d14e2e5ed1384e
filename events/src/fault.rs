//! The world would not: an error that is stored, without secrets.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest fault text that is stored, in bytes; a longer one is cut, and says so.
pub const FAULT_TEXT_LIMIT: usize = 2_000;

/// Why the world did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{text}")]
pub struct Fault {
    pub kind: FaultKind,
    /// One sentence, secrets removed, at most [`FAULT_TEXT_LIMIT`] bytes; no control characters but line breaks.
    pub text: String,
}

/// What kind of fault: what the engine does next depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// May pass by itself: refused connection, time-out, throttling, "busy". Asked again after a pause.
    Passing,
    /// Will not pass by itself: the run turns back.
    Lasting,
    /// The world is not what we left: somebody else changed it. Never overwritten.
    Drift,
    /// Nobody can tell whether it happened, and it must not happen twice. A person decides.
    Unknown,
    /// The deadline in the log ran out first.
    Late,
}

impl Fault {
    #[must_use]
    pub fn new(kind: FaultKind, text: impl Into<String>) -> Self {
        Self { kind, text: cut(plain(text.into())) }
    }

    #[must_use]
    pub fn passing(text: impl Into<String>) -> Self {
        Self::new(FaultKind::Passing, text)
    }

    #[must_use]
    pub fn lasting(text: impl Into<String>) -> Self {
        Self::new(FaultKind::Lasting, text)
    }

    #[must_use]
    pub fn drift(text: impl Into<String>) -> Self {
        Self::new(FaultKind::Drift, text)
    }

    #[must_use]
    pub fn unknown(text: impl Into<String>) -> Self {
        Self::new(FaultKind::Unknown, text)
    }

    #[must_use]
    pub fn late(text: impl Into<String>) -> Self {
        Self::new(FaultKind::Late, text)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passing => "passing",
            Self::Lasting => "lasting",
            Self::Drift => "drift",
            Self::Unknown => "outcome unknown",
            Self::Late => "late",
        })
    }
}

/// What programs and servers print may move a terminal's cursor, or hide what stands before it: line breaks stay, other
/// control characters become spaces.
fn plain(text: String) -> String {
    let is_control = |c: char| c.is_control() && c != '\n';
    if text.contains(is_control) { text.replace(is_control, " ") } else { text }
}

fn cut(mut text: String) -> String {
    if text.len() > FAULT_TEXT_LIMIT {
        let whole = text.len();
        let end = text.floor_char_boundary(FAULT_TEXT_LIMIT - 40);
        text.truncate(end);
        text = format!("{text}… (cut, {whole} bytes in all)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_not_kept() {
        let fault = Fault::lasting("it said last:\n\u{1b}[2Jno\u{9b}31m\u{7f}\r\tdone");
        assert_eq!(fault.text, "it said last:\n [2Jno 31m   done");
    }

    #[test]
    fn a_flood_is_cut_and_says_so() {
        let fault = Fault::lasting("ä".repeat(5_000));
        assert!(fault.text.len() <= FAULT_TEXT_LIMIT);
        assert!(fault.text.ends_with("(cut, 10000 bytes in all)"), "{}", fault.text);
    }
}
