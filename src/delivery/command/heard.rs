//! What git's answers say; whoever writes into the repository chose what stands in them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use events::fault::Fault;
use events::release::{Pin, ReleaseName};

/// How many candidates and nearest names are told.
pub(super) const TOLD: usize = 3;

/// How like another a name must be to be offered, from 0 to 1.
const LIKENESS: f64 = 0.5;

/// The commit that git names.
pub fn pin(answer: &str) -> Result<Pin, Fault> {
    let answer = answer.trim();
    answer.parse().map_err(|error| Fault::lasting(format!("git answered {answer:?} for a commit: {error}")))
}

/// The paths of the submodules among the entries of a commit, each `MODE KIND OBJECT<tab>PATH` and a zero byte.
#[must_use]
pub fn submodules(listed: &str) -> Vec<&str> {
    let entries = listed.split('\0').filter_map(|entry| entry.split_once('\t'));
    entries.filter(|(what, _)| what.split(' ').nth(1) == Some("commit")).map(|(_, path)| path).collect()
}

/// Why nothing is called `name`, with what is called nearly so among `refs`.
#[must_use]
pub fn unknown(name: &ReleaseName, refs: &BTreeSet<&str>) -> Fault {
    let names = refs.iter().filter_map(|it| it.strip_prefix("refs/tags/").or(it.strip_prefix("refs/heads/")));
    // Twice as long is no more like it than half; a name of any length would cost its length in memory many times.
    let comparable = names.filter(|known| known.len() <= name.as_str().len() * 8);
    let mut near: Vec<(Reverse<u64>, &str)> = comparable
        .map(|known| (strsim::normalized_damerau_levenshtein(name.as_str(), known), known))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        // Floats from 0.0 up sort like their bits.
        .map(|(likeness, known)| (Reverse(likeness.to_bits()), known))
        .collect();
    near.sort_unstable();
    near.dedup_by_key(|(_, known)| *known);
    let near: Vec<&str> = near.into_iter().map(|(_, known)| known).take(TOLD).collect();
    let nearest = if near.is_empty() { String::new() } else { format!("; the nearest are {}", near.join(", ")) };
    Fault::lasting(format!("the repository has no tag, branch or commit {name}{nearest}"))
}
