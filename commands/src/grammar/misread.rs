//! A line that was not understood: why, in a sentence that never repeats what was typed, and says what to do next.

use std::fmt;

use events::name::SiteName;
use events::release::BadRelease;

use super::table::{Slot, verb};

/// How many choices a sentence lists before it only counts the rest.
const LISTED_LIMIT: usize = 8;

/// Why a line was not understood. Its text is for the person; `code` and `site` are for counting and the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{because}")]
pub struct Misread {
    pub because: Because,
    /// The verb, as the table spells it, when it was understood.
    pub verb: Option<&'static str>,
    /// The site that the line is about, when that was understood.
    pub site: Option<SiteName>,
}

/// What was wrong. The fields hold words of the table and names of the directory, never text that was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Because {
    #[error("That line is empty; say `help` to see what can be said.")]
    Empty,
    #[error("That line is too long; say it in at most 2,000 bytes.")]
    TooLong,
    #[error("That line holds control characters; type it again on one line.")]
    Control,
    #[error("That is no command; say `help` to see what can be said.")]
    NotACommand,
    #[error("There is no such verb. Did you mean `{nearest}`? Say `help` to see all of them.")]
    UnknownVerb { nearest: &'static str },
    #[error("There is no such verb to explain.{} Say `help` to see all of them.", did_you_mean(nearest.as_ref()))]
    UnknownTopic { nearest: Option<&'static str> },
    #[error("A quote is opened and never closed; close it, or put \\ before a quote that is meant as such.")]
    OpenQuote,
    #[error("`{verb}` has no such flag.{} Say `help {verb}` to see its flags, or put quotes around the reason.", did_you_mean(nearest.as_ref()))]
    UnknownFlag { verb: &'static str, nearest: Option<String> },
    #[error("`--{flag}` is no flag of `{verb}`, but of {}; leave it out, or see `help {verb}`.", verbs(owners))]
    FlagOfAnother { verb: &'static str, flag: &'static str, owners: Vec<&'static str> },
    #[error("`--{flag}` is said twice; say it once.")]
    FlagTwice { flag: &'static str },
    #[error("`--{flag}` needs a value: `--{flag} {value}`.")]
    NoValue { flag: &'static str, value: &'static str },
    #[error("`--{flag}` takes no value; say just `--{flag}`.")]
    ValueTooMany { flag: &'static str },
    #[error("`--{one}` and `--{other}` exclude each other; say one of them.")]
    Both { one: &'static str, other: &'static str },
    #[error("{subject} must be {rule}.")]
    BadValue { subject: &'static str, rule: &'static str },
    #[error("That is no release: {0}.")]
    BadRelease(BadRelease),
    #[error("`{verb}` cannot tell what word {place} is.{} {}", did_you_mean(nearest.as_ref()), advice(verb))]
    UnknownWord { verb: &'static str, place: usize, nearest: Option<String> },
    #[error("That names more than one {what}; say one.")]
    TooMany { what: &'static str },
    #[error("`{verb}` takes no {what}; leave it out, or see `help {verb}`.")]
    NotTaken { verb: &'static str, what: &'static str },
    #[error("Say which release: `{verb} SERVICE@RELEASE to STAGE`.")]
    NoRelease { verb: &'static str },
    #[error("`{verb}` needs a reason: add `--reason \"…\"`.")]
    NoReason { verb: &'static str },
    #[error("Say the six digits too: `confirm SERVICE/STAGE CODE`.")]
    NoCode,
    #[error("No site is configured, so there is nothing to act on; add one to the configuration.")]
    NoSites,
    #[error("Say which {what}: {}.", list(choices))]
    Which { what: &'static str, choices: Vec<SiteName> },
    #[error("There is no such site; say one of {}.", list(choices))]
    NoSuchSite { choices: Vec<SiteName> },
}

impl Misread {
    /// A stable word for logs and counters.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.because {
            Because::Empty => "empty",
            Because::TooLong => "too_long",
            Because::Control => "control_characters",
            Because::NotACommand => "not_a_command",
            Because::UnknownVerb { .. } => "unknown_verb",
            Because::UnknownTopic { .. } => "unknown_topic",
            Because::OpenQuote => "open_quote",
            Because::UnknownFlag { .. } => "unknown_flag",
            Because::FlagOfAnother { .. } => "flag_of_another_verb",
            Because::FlagTwice { .. } => "flag_twice",
            Because::NoValue { .. } => "no_value",
            Because::ValueTooMany { .. } => "value_too_many",
            Because::Both { .. } => "flags_exclude_each_other",
            Because::BadValue { .. } => "bad_value",
            Because::BadRelease(_) => "bad_release",
            Because::UnknownWord { .. } => "unknown_word",
            Because::TooMany { .. } => "too_many",
            Because::NotTaken { .. } => "not_taken",
            Because::NoRelease { .. } => "no_release",
            Because::NoReason { .. } => "no_reason",
            Because::NoCode => "no_code",
            Because::NoSites => "no_sites",
            Because::Which { .. } => "which_site",
            Because::NoSuchSite { .. } => "no_such_site",
        }
    }

    #[must_use]
    pub fn site(&self) -> Option<&SiteName> {
        self.site.as_ref()
    }

    /// Whether the line was no attempt at a command: answered and counted, and not stored in any form.
    #[must_use]
    pub fn is_nonsense(&self) -> bool {
        matches!(self.because, Because::Empty | Because::TooLong | Because::Control | Because::NotACommand)
    }
}

impl From<Because> for Misread {
    fn from(because: Because) -> Self {
        Self { because, verb: None, site: None }
    }
}

fn did_you_mean<T: fmt::Display>(nearest: Option<&T>) -> String {
    nearest.map(|nearest| format!(" Did you mean `{nearest}`?")).unwrap_or_default()
}

fn advice(name: &str) -> String {
    if verb(name).is_some_and(|verb| verb.takes(Slot::Release)) {
        format!("Say a release as `{name} SERVICE@RELEASE to STAGE`.")
    } else {
        format!("Say `help {name}` to see what it takes.")
    }
}

fn verbs(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn list(choices: &[SiteName]) -> String {
    let named = choices.iter().take(LISTED_LIMIT).map(|site| format!("`{site}`")).collect::<Vec<_>>().join(", ");
    match choices.len().checked_sub(LISTED_LIMIT) {
        None | Some(0) => named,
        Some(more) => format!("{named} and {more} more"),
    }
}
