//! The table that drives parsing, help and completion: what a verb is, what it takes, and how it becomes a command.

use super::flags::Flag;
use super::misread::Because;
use super::nearest::nearest;
use super::rows::VERBS;
use super::said::Said;
use crate::order::{Command, Order, Question};

/// Something that can be said.
#[derive(Debug)]
pub struct Verb {
    pub name: &'static str,
    /// Other words for it; never shown as the verb's name.
    pub aliases: &'static [&'static str],
    pub group: Group,
    /// One sentence.
    pub summary: &'static str,
    /// What it takes beside flags, in the order of the usage line; they may be said in any order.
    pub slots: &'static [Slot],
    pub flags: &'static [Flag],
    pub examples: &'static [&'static str],
    pub(super) make: Make,
}

/// What a verb takes beside flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// A site. May be left out only where there is no choice.
    Site,
    /// A site, or all of them.
    AnySite,
    Release,
    /// A run of the site, or its newest.
    Run,
    /// The plan of a run, by the beginning of its hash.
    Plan,
    /// The digits that confirm an order.
    Code,
    /// The number of an order in the queue.
    Ticket,
    /// A length of time.
    Length,
    /// A verb.
    Topic,
}

/// Where a verb stands in the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Releases,
    Underway,
    Approvals,
    Sites,
    Questions,
}

/// How what was said becomes a command.
#[derive(Debug, Clone, Copy)]
pub(super) enum Make {
    Order(fn(Said) -> Result<Order, Because>),
    Question(fn(Said) -> Result<Question, Because>),
}

/// Every verb, in the order of the overview.
#[must_use]
pub fn verbs() -> &'static [Verb] {
    VERBS
}

/// The verb of this name or alias, in any case.
#[must_use]
pub fn verb(word: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.words().any(|it| it.eq_ignore_ascii_case(word)))
}

/// The verb that was probably meant; for offering, never for executing.
pub(super) fn nearest_verb(word: &str) -> Option<&'static str> {
    let words = VERBS.iter().flat_map(|verb| verb.words().map(move |word| (word, verb.name)));
    nearest(word, words)
}

impl Verb {
    /// Whether it asks for something to be done, so that somebody must be allowed to.
    #[must_use]
    pub fn is_order(&self) -> bool {
        match self.make {
            Make::Order(_) => true,
            Make::Question(_) => false,
        }
    }

    /// Its name and aliases.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    #[must_use]
    pub fn takes(&self, slot: Slot) -> bool {
        self.slots.contains(&slot)
    }

    /// The flag of this name, in lower case and without its dashes.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}

impl Group {
    pub const ALL: [Group; 5] = [Group::Releases, Group::Underway, Group::Approvals, Group::Sites, Group::Questions];

    /// The heading in the overview.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Releases => "Releases",
            Self::Underway => "While a run is open",
            Self::Approvals => "Approvals",
            Self::Sites => "Sites",
            Self::Questions => "Questions",
        }
    }

    /// How a configuration names all of its orders at once.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Releases => "releases",
            Self::Underway => "underway",
            Self::Approvals => "approvals",
            Self::Sites => "sites",
            Self::Questions => "questions",
        }
    }
}

impl Order {
    /// The verb that gives this order, as the table spells it.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Deploy(_) => "deploy",
            Self::Cutover(_) => "cutover",
            Self::Rollback { .. } => "rollback",
            Self::Decommission { .. } => "decommission",
            Self::Keep(_) => "keep",
            Self::Abort { .. } => "abort",
            Self::Approve(_) => "approve",
            Self::Reject { .. } => "reject",
            Self::Withdraw => "withdraw",
            Self::Confirm { .. } => "confirm",
            Self::Unqueue { .. } => "unqueue",
            Self::Retry => "retry",
            Self::Skip { .. } => "skip",
            Self::Lock(_) => "lock",
            Self::Unlock => "unlock",
            Self::Adopt => "adopt",
        }
    }
}

impl Question {
    /// The verb that asks this, as the table spells it.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::History { .. } => "history",
            Self::Why { .. } => "why",
            Self::Replay { .. } => "replay",
            Self::Plan { .. } => "plan",
            Self::Help { .. } => "help",
            Self::Preflight => "preflight",
            Self::Standing => "standing",
            Self::WhoAmI => "whoami",
        }
    }
}

impl Command {
    /// The verb that says this, as the table spells it.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Order { order, .. } => order.verb(),
            Self::Question { question, .. } => question.verb(),
        }
    }
}
