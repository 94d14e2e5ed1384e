//! Reads the verb, the flags and the words of a plain line.

use super::flags::{Flag, Value};
use super::misread::Because;
use super::nearest::nearest;
use super::said::Said;
use super::table::{self, Verb};
use super::words::{Piece, Word, Words};

/// A line, taken apart.
pub(super) struct Heard {
    pub(super) verb: &'static Verb,
    pub(super) words: Vec<Word>,
    pub(super) said: Said,
    /// The first thing that was wrong behind the verb.
    pub(super) trouble: Option<Because>,
}

/// Takes a line apart. An error is a line whose verb was not understood.
pub(super) fn hear(line: &str) -> Result<Heard, Because> {
    let mut rest = Words::new(line);
    let mut first = first_word(&mut rest)?;
    if first.text.eq_ignore_ascii_case("changeover") {
        let mut ahead = rest.clone();
        if ahead.next() == Ok(None) {
            "help".clone_into(&mut first.text);
        } else {
            first = first_word(&mut rest)?;
        }
    }
    let (name, has_colon) = without_colon(&first);
    let verb = table::verb(name).ok_or_else(|| match table::nearest_verb(name) {
        Some(nearest) => Because::UnknownVerb { nearest },
        None => Because::NotACommand,
    })?;
    let mut listener = Listener { verb, words: Vec::new(), said: Said::default(), flags: Vec::new(), trouble: None };
    listener.listen(&mut rest, has_colon);
    let Listener { words, said, trouble, .. } = listener;
    Ok(Heard { verb, words, said, trouble })
}

/// The first word, without the slash of a slash command.
fn first_word(rest: &mut Words<'_>) -> Result<Word, Because> {
    match rest.next() {
        Ok(Some(Piece::Word(mut word))) => {
            if let Some(name) = word.text.strip_prefix('/') {
                word.text = name.to_owned();
            }
            Ok(word)
        }
        Ok(Some(Piece::Flag { .. }) | None) | Err(_) => Err(Because::NotACommand),
    }
}

struct Listener {
    verb: &'static Verb,
    words: Vec<Word>,
    said: Said,
    /// What was said of flags so far.
    flags: Vec<&'static str>,
    trouble: Option<Because>,
}

impl Listener {
    fn listen(&mut self, rest: &mut Words<'_>, has_colon: bool) {
        if has_colon {
            let heard = self.reason(rest);
            self.note(heard);
        }
        loop {
            let heard = match rest.next() {
                Ok(Some(Piece::Word(word))) => self.word(&word, rest),
                Ok(Some(Piece::Flag { name, value })) => self.flag(&name, value, rest),
                Ok(None) => return,
                // Nothing can be told behind a quote that does not close.
                Err(because) => return self.note(Err(because)),
            };
            self.note(heard);
        }
    }

    fn note(&mut self, heard: Result<(), Because>) {
        if let Err(because) = heard {
            self.trouble.get_or_insert(because);
        }
    }

    fn word(&mut self, word: &Word, rest: &mut Words<'_>) -> Result<(), Because> {
        let (text, has_colon) = without_colon(word);
        if !text.is_empty() {
            self.words.push(Word { text: text.to_owned(), ..*word });
        }
        if has_colon { self.reason(rest) } else { Ok(()) }
    }

    /// What stands behind a colon.
    fn reason(&mut self, rest: &mut Words<'_>) -> Result<(), Because> {
        let text = rest.text();
        let flag = self.known("reason")?;
        (flag.put)(&mut self.said, &text)
    }

    fn flag(&mut self, name: &str, value: Option<String>, rest: &mut Words<'_>) -> Result<(), Because> {
        let (name, has_colon) = match name.strip_suffix(':') {
            Some(name) if value.is_none() => (name, true),
            Some(_) | None => (name, false),
        };
        let flag = self.known(name)?;
        match (flag.value, value) {
            (Value::Nothing, Some(_)) => return Err(Because::ValueTooMany { flag: flag.name }),
            (Value::Nothing, None) => {
                (flag.put)(&mut self.said, "")?;
                return if has_colon { self.reason(rest) } else { Ok(()) };
            }
            (Value::Word(_) | Value::Text, Some(value)) => (flag.put)(&mut self.said, &value)?,
            (Value::Text, None) => (flag.put)(&mut self.said, &rest.text_value()?)?,
            (Value::Word(placeholder), None) => {
                let word = rest.value()?.ok_or(Because::NoValue { flag: flag.name, value: placeholder })?;
                let (text, has_colon) = without_colon(&word);
                let put = (flag.put)(&mut self.said, text);
                let reason = if has_colon { self.reason(rest) } else { Ok(()) };
                return put.and(reason);
            }
        }
        Ok(())
    }

    /// The flag of this name, said for the first time.
    fn known(&mut self, name: &str) -> Result<&'static Flag, Because> {
        let verb = self.verb;
        let Some(flag) = verb.flag(name) else {
            return Err(foreign_flag(verb, name));
        };
        if self.flags.contains(&flag.name) {
            return Err(Because::FlagTwice { flag: flag.name });
        }
        self.flags.push(flag.name);
        Ok(flag)
    }
}

fn foreign_flag(verb: &'static Verb, name: &str) -> Because {
    let owners: Vec<&Verb> = table::verbs().iter().filter(|verb| verb.flag(name).is_some()).collect();
    if let Some(flag) = owners.iter().find_map(|owner| owner.flag(name)) {
        let owners = owners.iter().map(|owner| owner.name).collect();
        return Because::FlagOfAnother { verb: verb.name, flag: flag.name, owners };
    }
    let nearest = nearest(name, verb.flags.iter().map(|flag| (flag.name, format!("--{}", flag.name))));
    Because::UnknownFlag { verb: verb.name, nearest }
}

/// A colon at the end of a word begins the reason; one inside a word, as in `18:00`, does not.
fn without_colon(word: &Word) -> (&str, bool) {
    match word.text.strip_suffix(':') {
        Some(text) if !word.is_quoted => (text, true),
        Some(_) | None => (&word.text, false),
    }
}
