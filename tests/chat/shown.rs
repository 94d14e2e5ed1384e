//! A message as a reader sees it, whatever platform shows it.

use changeover::clock::{Clock as _, SystemClock};
use jiff::Timestamp;

/// How wide a transcript is.
const WIDTH: usize = 100;

/// A message, or an answer to one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) headline: String,
    pub(crate) tone: Option<Tone>,
    /// Texts and steps.
    pub(crate) lines: Vec<String>,
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) buttons: Vec<Pressable>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Underway,
    Good,
    Attention,
    Bad,
}

/// A button, with what its platform sends when it is pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pressable {
    pub(crate) label: String,
    pub(crate) action: String,
    pub(crate) value: String,
}

impl Shown {
    pub(crate) fn button(&self, label: &str) -> &Pressable {
        let found = self.buttons.iter().find(|it| it.label == label);
        found.unwrap_or_else(|| panic!("no button \"{label}\" in {self:#?}"))
    }

    /// As it is told in a transcript.
    pub(super) fn told(&self) -> String {
        let tone = match self.tone {
            Some(Tone::Underway) => "⏳ ",
            Some(Tone::Good) => "✅ ",
            Some(Tone::Attention) => "⚠️ ",
            Some(Tone::Bad) => "❌ ",
            None => "",
        };
        let lines: Vec<String> = shortened(&self.lines).iter().map(|it| evened(it)).collect();
        let facts: Vec<String> = self.facts.iter().map(|(name, value)| evened(&format!("{name}: {value}"))).collect();
        let buttons: Vec<String> = self.buttons.iter().map(|it| format!("[ {} ]", it.label)).collect();
        let mut told = vec![format!("{tone}{}", self.headline)];
        told.extend(lines.iter().flat_map(|it| filled(it.split(' '), " ")));
        told.extend(filled(facts.iter().map(String::as_str), "   "));
        told.extend(filled(buttons.iter().map(String::as_str), "  "));
        told.join("\n   ")
    }

    /// The same for an answer to one person.
    pub(super) fn answer(&self) -> String {
        let lines = self.lines.iter().flat_map(|it| it.lines()).map(str::trim).filter(|it| !it.is_empty());
        let text = evened(&format!("{}: {}", self.headline, lines.collect::<Vec<_>>().join(" ")));
        filled(text.split(' '), " ").join("\n   ")
    }
}

/// Steps that are all over, or all to come, are counted from the second on.
fn shortened(lines: &[String]) -> Vec<String> {
    let mark = |line: &String| line.chars().next().filter(|it| "✓○".contains(*it));
    let mut told = Vec::new();
    for run in lines.chunk_by(|a, b| mark(a).is_some() && mark(a) == mark(b)) {
        match run {
            [first, _, rest @ ..] if !rest.is_empty() => {
                told.push(first.clone());
                told.push(format!("{} … and {} more", mark(first).unwrap_or_default(), rest.len() + 1));
            }
            run => told.extend_from_slice(run),
        }
    }
    told
}

/// The sign that stands before a step.
pub(crate) fn marked(sign: &str) -> Option<&'static str> {
    match sign {
        "white_circle" | "⚪" => Some("○"),
        "arrow_forward" | "▶️" => Some("▸"),
        "white_check_mark" | "✅" => Some("✓"),
        "x" | "❌" => Some("✗"),
        "fast_forward" | "⏭️" => Some("»"),
        "leftwards_arrow_with_hook" | "↩️" => Some("↩"),
        _ => None,
    }
}

/// A moment, on a clock that stands at nine and knows full hours only: the same day reads the same again.
pub(crate) fn in_words(moment: Timestamp) -> String {
    let left = moment.duration_since(SystemClock::new().now());
    let hours = (left.as_secs() + 1_800).div_euclid(3_600).max(0) + 9;
    if hours < 24 { format!("{hours:02}:00") } else { format!("{:02}:00 tomorrow", hours - 24) }
}

/// What differs from day to day, as on that clock.
pub(super) fn evened(text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for at in 0..words.len() {
        let [rest @ .., _] = words.get(at..(at + 3).min(words.len())).unwrap_or_default() else { continue };
        let moment = rest.join("T").parse::<Timestamp>().or_else(|_| format!("{}Z", rest.join("T")).parse());
        let zone = words.get(at + 2).filter(|it| it.starts_with("UTC")).map(|it| it.replacen("UTC", "", 1));
        if let (Ok(moment), Some(after)) = (moment, zone) {
            words.splice(at..at + 3, [in_words(moment) + &after]);
        }
    }
    for at in 1..words.len() {
        if words[at].starts_with("ms") && words[at - 1].parse::<u32>().is_ok() {
            "2".clone_into(&mut words[at - 1]);
        }
    }
    words.join(" ")
}

/// As many pieces as fit stand on one line.
fn filled<'a>(pieces: impl Iterator<Item = &'a str>, between: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if line.chars().count() + between.len() + piece.chars().count() <= WIDTH => {
                line.push_str(between);
                line.push_str(piece);
            }
            Some(_) | None => lines.push(piece.to_owned()),
        }
    }
    lines
}
