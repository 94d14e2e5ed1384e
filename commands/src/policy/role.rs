//! One role: who is in it, what they may say, and where.

use std::collections::BTreeSet;

use events::name::{RoleName, SiteName};

use super::member::Member;
use super::site::Sites;
use crate::grammar::{self, Group};
use crate::speaker::Speaker;

/// What some people may do at some sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: RoleName,
    pub members: BTreeSet<Member>,
    pub may: Verbs,
    pub on: Vec<Sites>,
    /// Whether they may do without what others must wait for, loudly and with a reason.
    pub is_emergency: bool,
}

/// Verbs that are orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verbs(BTreeSet<&'static str>);

/// A word that stands for no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no order: write everything, a group of orders ({groups}), or one of {orders}")]
pub struct BadVerb {
    word: String,
    groups: String,
    orders: String,
}

impl Role {
    #[must_use]
    pub fn has(&self, speaker: &Speaker) -> bool {
        self.members.iter().any(|it| it.is(speaker))
    }

    #[must_use]
    pub fn is_on(&self, site: &SiteName) -> bool {
        self.on.iter().any(|it| it.include(site))
    }

    #[must_use]
    pub fn has_console(&self) -> bool {
        self.members.iter().any(Member::is_console)
    }
}

impl Verbs {
    /// Every order of the table.
    #[must_use]
    pub fn all() -> Self {
        Self(orders().map(|(_, name)| name).collect())
    }

    /// Reads `everything`, the word of a group, and verbs by their names, each on top of the others.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, BadVerb> {
        let mut verbs = BTreeSet::new();
        for word in words {
            let meant = orders().filter(|(group, name)| word == "everything" || word == group.word() || word == *name);
            let meant: Vec<&str> = meant.map(|(_, name)| name).collect();
            if meant.is_empty() {
                return Err(bad(word));
            }
            verbs.extend(meant);
        }
        Ok(Self(verbs))
    }

    /// These, and those.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend(&others.0);
    }

    #[must_use]
    pub fn contains(&self, verb: &str) -> bool {
        self.0.contains(verb)
    }

    pub fn iter(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().copied()
    }
}

fn orders() -> impl Iterator<Item = (Group, &'static str)> {
    grammar::verbs().iter().filter(|it| it.is_order()).map(|it| (it.group, it.name))
}

fn bad(word: &str) -> BadVerb {
    let groups: Vec<&str> =
        Group::ALL.into_iter().filter(|it| orders().any(|(group, _)| group == *it)).map(Group::word).collect();
    let orders: Vec<&str> = orders().map(|(_, name)| name).collect();
    BadVerb { word: word.to_owned(), groups: groups.join(", "), orders: orders.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> String {
        match Verbs::parse(words.iter().copied()) {
            Ok(verbs) => verbs.iter().collect::<Vec<_>>().join(" "),
            Err(bad) => bad.to_string(),
        }
    }

    #[test]
    fn verbs_are_named_one_by_one_by_their_group_or_all_together() {
        assert_eq!(read(&[]), "");
        assert_eq!(read(&["deploy", "abort", "deploy"]), "abort deploy");
        assert_eq!(read(&["sites"]), "adopt lock unlock");
        assert_eq!(read(&["everything"]), Verbs::all().iter().collect::<Vec<_>>().join(" "));
        assert!(read(&["depoly"]).starts_with("`depoly` is no order: write everything, a group of orders (releases, "));
    }

    #[test]
    fn a_question_is_nothing_to_be_given() {
        for question in ["status", "questions", "whoami", ""] {
            assert!(Verbs::parse([question]).is_err(), "{question}");
        }
    }
}
