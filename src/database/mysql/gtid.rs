//! Sets of transactions, as both kinds of servers name them, compared here.

use std::collections::BTreeMap;
use std::fmt;

/// Which transactions a server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gtids {
    /// By the server (and tag) that committed them first: ranges, both ends included.
    Mysql(BTreeMap<String, Vec<(u64, u64)>>),
    /// By domain: the server that committed the newest, and its number; every smaller number of the domain is before it.
    Mariadb(BTreeMap<u32, (u32, u64)>),
}

/// A text that is no set of transactions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a set of transactions could not be read: {0:?}")]
pub(super) struct BadGtids(String);

impl Gtids {
    /// `uuid:1-5:7,uuid:tag:1-3`, as `@@gtid_executed` says it.
    pub(super) fn mysql(text: &str) -> Result<Self, BadGtids> {
        let bad = || BadGtids(text.chars().take(100).collect());
        let mut sets: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let mut words = part.split(':').map(str::trim);
            let source = words.next().filter(|it| is_uuid(it)).ok_or_else(bad)?.to_ascii_lowercase();
            let mut of = source.clone();
            for word in words {
                match range(word) {
                    Some(range) => sets.entry(of.clone()).or_default().push(range),
                    None if is_tag(word) => of = format!("{source}:{word}"),
                    None => return Err(bad()),
                }
            }
        }
        for ranges in sets.values_mut() {
            ranges.sort_unstable();
            *ranges = joined(ranges);
        }
        Ok(Self::Mysql(sets))
    }

    /// `domain-server-number,…`, as `@@gtid_binlog_pos` says it.
    pub(super) fn mariadb(text: &str) -> Result<Self, BadGtids> {
        let bad = || BadGtids(text.chars().take(100).collect());
        let mut sets = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let words: Vec<&str> = part.split('-').collect();
            let [domain, server, number] = words[..] else { return Err(bad()) };
            let (Ok(domain), Ok(server), Ok(number)) = (domain.parse(), server.parse(), number.parse()) else {
                return Err(bad());
            };
            sets.insert(domain, (server, number));
        }
        Ok(Self::Mariadb(sets))
    }

    /// What is in here and not in `other`, and how many transactions those are.
    pub(super) fn without(&self, other: &Self) -> (Self, u64) {
        match (self, other) {
            (Self::Mysql(own), Self::Mysql(other)) => {
                let nothing = Vec::new();
                let left =
                    own.iter().map(|(of, ranges)| (of.clone(), subtract(ranges, other.get(of).unwrap_or(&nothing))));
                let left: BTreeMap<_, _> = left.filter(|(_, ranges)| !ranges.is_empty()).collect();
                let count = left.values().flatten().map(|(first, last)| last - first + 1).sum();
                (Self::Mysql(left), count)
            }
            (Self::Mariadb(own), Self::Mariadb(other)) => {
                let missing = |domain: &u32, (server, number): (u32, u64)| match other.get(domain) {
                    Some((_, theirs)) if *theirs < number => number - theirs,
                    // The same number from another server is another transaction.
                    Some((from, theirs)) if *theirs == number && *from != server => 1,
                    Some(_) => 0,
                    None => number,
                };
                let count = own.iter().map(|(domain, newest)| missing(domain, *newest)).sum();
                let left = own.iter().filter(|(domain, newest)| missing(domain, **newest) > 0);
                (Self::Mariadb(left.map(|(domain, newest)| (*domain, *newest)).collect()), count)
            }
            // Two kinds of servers have nothing in common.
            (Self::Mysql(_), Self::Mariadb(_)) | (Self::Mariadb(_), Self::Mysql(_)) => (self.clone(), u64::MAX),
        }
    }
}

/// As the servers read it.
impl fmt::Display for Gtids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = match self {
            Self::Mysql(sets) => {
                sets.iter()
                    .map(|(of, ranges)| {
                        let ranges = ranges.iter().map(|(first, last)| {
                            if first == last { format!(":{first}") } else { format!(":{first}-{last}") }
                        });
                        format!("{of}{}", ranges.collect::<String>())
                    })
                    .collect()
            }
            Self::Mariadb(sets) => {
                sets.iter().map(|(domain, (server, number))| format!("{domain}-{server}-{number}")).collect()
            }
        };
        f.write_str(&parts.join(","))
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

fn is_tag(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (0 < first && first <= last).then_some((first, last))
}

/// Sorted ranges, without what they have twice.
fn joined(ranges: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some((_, end)) if *first <= end.saturating_add(1) => *end = (*end).max(*last),
            Some(_) | None => joined.push((*first, *last)),
        }
    }
    joined
}

fn subtract(own: &[(u64, u64)], other: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut left = Vec::new();
    for (first, last) in own {
        let mut next = *first;
        for (from, to) in other.iter().filter(|(from, to)| to >= first && from <= last) {
            if *from > next {
                left.push((next, from - 1));
            }
            next = next.max(to.saturating_add(1));
        }
        if next <= *last {
            left.push((next, *last));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    const B: &str = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

    fn mysql(text: &str) -> Gtids {
        Gtids::mysql(&text.replace('A', A).replace('B', B)).unwrap()
    }

    #[test]
    fn a_set_reads_back_as_it_was_written() {
        for text in ["", "A:1-5", "A:1-5:7:9-11,B:3", "A:1-5,A:heartbeat:1-2"] {
            assert_eq!(mysql(text).to_string(), text.replace('A', A).replace('B', B));
        }
        assert_eq!(mysql("A:1-3:4-5,\nB:1:1").to_string(), format!("{A}:1-5,{B}:1"));
        for text in ["", "0-1-100", "0-1-100,7-2-5"] {
            assert_eq!(Gtids::mariadb(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_missing_is_named_and_counted() {
        for (own, other, left, count) in [
            ("A:1-10", "A:1-10", "", 0),
            ("A:1-10", "A:1-4:6-8", "A:5:9-10", 3),
            ("A:1-10,B:1-2", "A:1-12", "B:1-2", 2),
            ("A:5", "A:1-3", "A:5", 1),
            ("A:1-3", "A:x:1-3", "A:1-3", 3),
        ] {
            assert_eq!(mysql(own).without(&mysql(other)), (mysql(left), count), "{own} without {other}");
        }
        let mariadb = |text| Gtids::mariadb(text).unwrap();
        for (own, other, left, count) in [
            ("1-1-100,2-2-5", "1-1-100,2-2-5", "", 0),
            ("1-1-100", "1-1-90", "1-1-100", 10),
            ("1-1-100,2-2-5", "1-1-100", "2-2-5", 5),
            ("1-1-100", "1-2-100", "1-1-100", 1),
            ("1-1-90", "1-1-100", "", 0),
        ] {
            assert_eq!(mariadb(own).without(&mariadb(other)), (mariadb(left), count), "{own} without {other}");
        }
    }

    #[test]
    fn two_kinds_of_servers_have_nothing_in_common() {
        assert_ne!(mysql("A:1").without(&Gtids::mariadb("1-1-1").unwrap()).1, 0);
        assert_ne!(Gtids::mariadb("1-1-1").unwrap().without(&mysql("A:1")).1, 0);
    }

    #[test]
    fn what_is_no_set_is_not_taken_for_an_empty_one() {
        for text in ["x", "3e11fa47", "A:0", "A:5-1", "A:1-", "A:1;drop", "A:1-99999999999999999999"] {
            assert!(Gtids::mysql(&text.replace('A', A)).is_err(), "{text}");
        }
        for text in ["x", "1-1", "1-1-1-1", "1-1--1", "1-1-x", "-1-1-1"] {
            assert!(Gtids::mariadb(text).is_err(), "{text}");
        }
    }
}
