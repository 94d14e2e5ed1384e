//! A card as plain text: for tests and documents, and for whoever reads a log of what was shown.

use std::fmt;

use super::{Button, Card, Mark, Part, Span, Tone};
use crate::sentence::time;

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} [{}]", self.headline, tone(self.tone))?;
        if self.sentence != format!("{}.", self.headline) {
            writeln!(f, "  {}", self.sentence)?;
        }
        for part in &self.parts {
            write!(f, "{part}")?;
        }
        for button in &self.buttons {
            write!(f, "{button}")?;
        }
        if !self.footnote.is_empty() {
            writeln!(f, "  {}", text(&self.footnote))?;
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(spans) => writeln!(f, "  {}", text(spans)),
            Self::Facts(facts) => facts.iter().try_for_each(|(name, value)| writeln!(f, "  {name}: {}", text(value))),
            Self::Steps(steps) => {
                steps.iter().try_for_each(|(mark, what)| writeln!(f, "    {} {}", self::mark(*mark), text(what)))
            }
        }
    }
}

impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = if self.asks_reason { ", asks for a reason" } else { "" };
        let confirm = self.confirm.as_ref().map_or_else(String::new, |it| format!(", \"{it}\""));
        writeln!(f, "  ( {} ) {}{reason}{confirm}", self.label, self.press)
    }
}

fn text(spans: &[Span]) -> String {
    let plain = |span: &Span| match span {
        Span::Plain(text) | Span::Strong(text) | Span::Code(text) => text.clone(),
        Span::Time(at) => time(*at),
        Span::Person(actor) => format!("@{actor}"),
    };
    spans.iter().map(plain).collect()
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Underway => "underway",
        Tone::Good => "good",
        Tone::Attention => "attention",
        Tone::Bad => "bad",
        Tone::Quiet => "quiet",
    }
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Waiting => "[ ]",
        Mark::Underway => "[>]",
        Mark::Done => "[x]",
        Mark::Failed => "[!]",
        Mark::Skipped => "[-]",
        Mark::Undone => "[<]",
    }
}
