//! What people and programs read: text or JSON, colours only on a terminal.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use serde::Serialize;

/// How an answer is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

/// Prints a line; somebody who stopped reading is no error.
pub(super) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Prints one JSON line.
pub(super) fn json(value: &impl Serialize) {
    line(&serde_json::to_string(value).unwrap_or_default());
}

/// A sentence in the colour that it deserves, on a terminal.
pub(super) fn coloured(sentence: &str) -> String {
    if !io::stdout().is_terminal() {
        return sentence.to_owned();
    }
    let is_bad = ["failed", "STUCK", "stuck", "LOST", "turns back", "refused"].iter().any(|it| sentence.contains(it));
    let is_good = ["is done", "works again", "is open"].iter().any(|it| sentence.contains(it));
    match (is_bad, is_good) {
        (true, _) => format!("\u{1b}[31m{sentence}\u{1b}[0m"),
        (false, true) => format!("\u{1b}[32m{sentence}\u{1b}[0m"),
        (false, false) => sentence.to_owned(),
    }
}
