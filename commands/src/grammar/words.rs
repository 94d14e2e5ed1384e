//! A line in words and flags: quotes, backslashes, and the dashes that chat clients put in place of `--`.

use super::misread::Because;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Word(Word),
    /// `--name` or `--name=value`; the name in lower case, as it was typed otherwise.
    Flag {
        name: String,
        value: Option<String>,
    },
}

/// A word, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_quoted: bool,
    /// Which word of the line it is, counted from 1.
    pub(super) place: usize,
}

/// Reads a plain line piece by piece.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    line: &'a str,
    rest: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { line, rest: line }
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, Because> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let place = self.place();
        if let Some(name) = flag_start(self.rest) {
            return self.flag(name).map(Some);
        }
        if is_quote(self.rest) {
            let text = self.quoted()?;
            return Ok(Some(Piece::Word(Word { text, is_quoted: true, place })));
        }
        let text = self.bare();
        Ok(Some(Piece::Word(Word { text, is_quoted: false, place })))
    }

    /// The text up to the next flag, as it was typed. In quotes as a whole: without them.
    pub(super) fn text(&mut self) -> String {
        let mut quoted = self.clone();
        quoted.rest = quoted.rest.trim_start();
        if is_quote(quoted.rest)
            && let Ok(text) = quoted.quoted()
            && ends_text(quoted.rest)
        {
            self.rest = quoted.rest;
            return text;
        }
        let text = self.rest;
        let mut length = 0;
        for word in text.split_inclusive(' ') {
            if flag_start(word).is_some() {
                break;
            }
            length += word.len();
        }
        let (text, rest) = text.split_at(length);
        self.rest = rest;
        text.trim().to_owned()
    }

    /// The value of a flag that takes text: one quoted word, or everything up to the next flag.
    pub(super) fn text_value(&mut self) -> Result<String, Because> {
        self.rest = self.rest.trim_start();
        if is_quote(self.rest) { self.quoted() } else { Ok(self.text()) }
    }

    /// The value of a flag that takes one word; none if the line ends or a flag follows.
    pub(super) fn value(&mut self) -> Result<Option<Word>, Because> {
        let mut ahead = self.clone();
        match ahead.next()? {
            Some(Piece::Word(word)) => {
                *self = ahead;
                Ok(Some(word))
            }
            Some(Piece::Flag { .. }) | None => Ok(None),
        }
    }

    fn place(&self) -> usize {
        let read = self.line.len() - self.rest.len();
        self.line.get(..read).map_or(0, |read| read.split_whitespace().count()) + 1
    }

    /// `name` starts right after the dashes.
    fn flag(&mut self, name: &'a str) -> Result<Piece, Because> {
        let end = name.find([' ', '=']).unwrap_or(name.len());
        let (name, rest) = name.split_at(end);
        let name = name.chars().map(|c| if is_dash(c) { '-' } else { c.to_ascii_lowercase() }).collect();
        let Some(value) = rest.strip_prefix('=') else {
            self.rest = rest;
            return Ok(Piece::Flag { name, value: None });
        };
        self.rest = value;
        let value = if is_quote(value) { self.quoted()? } else { self.bare() };
        Ok(Piece::Flag { name, value: Some(value) })
    }

    /// Up to the next space.
    fn bare(&mut self) -> String {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        loop {
            let at = chars.as_str();
            match chars.next() {
                None | Some(' ') => {
                    self.rest = at;
                    return text;
                }
                Some('\\') => text.push(escaped(&mut chars)),
                Some(c) => text.push(c),
            }
        }
    }

    /// A quote closes before a space or the end only: the one in `'it's'` is an apostrophe.
    fn quoted(&mut self) -> Result<String, Because> {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        let Some(kind) = chars.next().and_then(quote_kind) else { return Err(Because::OpenQuote) };
        loop {
            match chars.next() {
                None => return Err(Because::OpenQuote),
                Some('\\') => text.push(escaped(&mut chars)),
                Some(c) if quote_kind(c) == Some(kind) && ends_word(chars.as_str()) => {
                    self.rest = chars.as_str();
                    return Ok(text);
                }
                Some(c) => text.push(c),
            }
        }
    }
}

/// What a backslash stands for, given what follows it: only quotes, spaces and backslashes need one.
fn escaped(chars: &mut std::str::Chars<'_>) -> char {
    let mut ahead = chars.clone();
    match ahead.next() {
        Some(c) if c == '\\' || c == ' ' || quote_kind(c).is_some() => {
            *chars = ahead;
            c
        }
        Some(_) | None => '\\',
    }
}

/// The name of a flag at the start of `text`, and what follows. A dash before anything but a letter is text.
fn flag_start(text: &str) -> Option<&str> {
    let name = text.trim_start_matches(is_dash);
    (name.len() < text.len() && name.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(name)
}

fn ends_word(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(' ')
}

fn ends_text(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || flag_start(rest).is_some()
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn is_quote(text: &str) -> bool {
    text.chars().next().and_then(quote_kind).is_some()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteKind {
    Single,
    Double,
}

fn quote_kind(c: char) -> Option<QuoteKind> {
    match c {
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '″' => Some(QuoteKind::Double),
        '\'' | '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' => Some(QuoteKind::Single),
        _ => None,
    }
}

/// `text` in quotes, such that reading it gives it back.
#[must_use]
pub fn in_quotes(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let would_close = quote_kind(c) == Some(QuoteKind::Double) && ends_word(chars.as_str());
        if matches!(c, '\\' | '"') || would_close {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}
