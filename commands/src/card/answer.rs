//! The answer to one person: what came of what they said.

use super::{Card, Part, Span, Tone};

/// The longest answer that is shown, in bytes; `status`, `why` and `replay` have the rest.
const ANSWER_LIMIT: usize = 2_500;

/// What came of a line.
#[must_use]
pub fn answer(text: &str, is_refused: bool) -> Card {
    let (headline, tone) = if is_refused { ("Not done", Tone::Attention) } else { ("Done", Tone::Good) };
    let text = cut(text, ANSWER_LIMIT);
    Card {
        headline: headline.to_owned(),
        sentence: text.clone(),
        tone,
        parts: vec![Part::Text(vec![Span::Plain(text)])],
        buttons: Vec::new(),
        footnote: Vec::new(),
    }
}

/// The text, or its beginning with the size of the whole.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let begin = text.get(..text.floor_char_boundary(limit.saturating_sub(40))).unwrap_or_default();
    format!("{begin}… (cut, {} bytes in all)", text.len())
}
