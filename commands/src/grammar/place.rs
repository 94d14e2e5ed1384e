//! Puts the words of a line where they belong: the site, the release, the run. The order does not matter.

use events::name::SiteName;
use events::release::ReleaseName;

use super::directory::{Directory, Named};
use super::misread::Because;
use super::said::Said;
use super::table::{self, Slot, Verb};
use super::value;
use super::words::Word;

/// Words that only join others.
const JOINTS: [&str; 3] = ["to", "in", "on"];

/// Everything found on the way.
#[derive(Default)]
struct Found<'a> {
    names: Vec<Named>,
    /// Said as such, with an `@`.
    release: Option<&'a str>,
    /// Words that can only be a release, if this verb takes one.
    releases: Vec<&'a Word>,
}

impl Found<'_> {
    /// Notes what stands before an `@` or a `#`; nothing need.
    fn service(&mut self, name: &str, verb: &'static Verb, word: &Word, directory: &Directory) -> Result<(), Because> {
        if name.is_empty() {
            return Ok(());
        }
        let named = directory.service(name).ok_or_else(|| unknown(verb, word, directory.nearest(name)))?;
        if !self.names.contains(&named) {
            self.names.push(named);
        }
        Ok(())
    }
}

/// Fills the slots of `verb` from `words`. `said.site` is filled as soon as it is known, also when the rest is wrong.
pub(super) fn place(
    verb: &'static Verb,
    words: &[Word],
    directory: &Directory,
    said: &mut Said,
) -> Result<(), Because> {
    let mut found = Found::default();
    let mut trouble = None;
    for word in without_joints(words) {
        if let Err(because) = sort(verb, word, directory, said, &mut found) {
            trouble.get_or_insert(because);
        }
    }
    if let Some(slip) = slip(verb, &found, directory) {
        trouble.get_or_insert(slip);
    }
    // A line that names nothing we know is about no site, even where there is only one.
    let site =
        if trouble.is_none() || !found.names.is_empty() { site(verb, &found.names, directory) } else { Ok(None) };
    said.site = site.clone().unwrap_or_default();
    // What is wrong with a word explains more than the site that is missing for it.
    if let Some(because) = trouble {
        return Err(because);
    }
    site?;
    said.release = release(verb, &found)?;
    Ok(())
}

/// `to`, `in` and `on` join words: one that ends the line, or stands behind another, is a name.
fn without_joints(words: &[Word]) -> impl Iterator<Item = &Word> {
    let mut follows_joint = false;
    words.iter().enumerate().filter_map(move |(index, word)| {
        let is_joint = !follows_joint
            && index + 1 < words.len()
            && !word.is_quoted
            && JOINTS.iter().any(|joint| joint.eq_ignore_ascii_case(&word.text));
        follows_joint = is_joint;
        (!is_joint).then_some(word)
    })
}

fn sort<'a>(
    verb: &'static Verb,
    word: &'a Word,
    directory: &Directory,
    said: &mut Said,
    found: &mut Found<'a>,
) -> Result<(), Because> {
    let text = word.text.as_str();
    if verb.takes(Slot::Topic) {
        return topic(text, said);
    }
    if let Some((service, release)) = text.split_once('@') {
        found.service(service, verb, word, directory)?;
        if !verb.takes(Slot::Release) {
            return Err(Because::NotTaken { verb: verb.name, what: "release" });
        }
        return once(&mut found.release, release, "release");
    }
    if let Some((service, number)) = text.split_once('#') {
        found.service(service, verb, word, directory)?;
        return run(verb, number, said);
    }
    if verb.takes(Slot::Plan)
        && let Some(plan) = value::plan(text).filter(|_| directory.name(text).is_none())
    {
        return once(&mut said.plan, plan, "plan");
    }
    if verb.takes(Slot::Code) && text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
        return once(&mut said.code, text.to_owned(), "code");
    }
    let is_counted = text.starts_with(|c: char| c.is_ascii_digit());
    if is_counted && verb.takes(Slot::Run) {
        return run(verb, text, said);
    }
    if is_counted && verb.takes(Slot::Ticket) {
        let ticket = value::ticket(text)?;
        return once(&mut said.ticket, ticket, "number");
    }
    if is_counted && verb.takes(Slot::Length) {
        let length = value::length(text)?;
        return once(&mut said.length, length, "length of time");
    }
    match directory.name(text) {
        Some(named) if takes_site(verb) => found.names.push(named),
        Some(_) => return Err(Because::NotTaken { verb: verb.name, what: "site" }),
        None if verb.takes(Slot::Release) => found.releases.push(word),
        None => return Err(unknown(verb, word, directory.nearest(text))),
    }
    Ok(())
}

fn topic(text: &str, said: &mut Said) -> Result<(), Because> {
    let word = text.trim_start_matches('/');
    let verb = table::verb(word).ok_or_else(|| Because::UnknownTopic { nearest: table::nearest_verb(word) })?;
    once(&mut said.topic, verb.name, "verb")
}

fn run(verb: &'static Verb, number: &str, said: &mut Said) -> Result<(), Because> {
    if !verb.takes(Slot::Run) {
        return Err(Because::NotTaken { verb: verb.name, what: "run number" });
    }
    let number = value::run(number)?;
    once(&mut said.run, number, "run")
}

fn site(verb: &Verb, names: &[Named], directory: &Directory) -> Result<Option<SiteName>, Because> {
    let may_be_all = verb.takes(Slot::AnySite) && names.is_empty();
    if takes_site(verb) && !may_be_all { directory.resolve(names).map(Some) } else { Ok(None) }
}

/// A word that could be a release, but is nearly a name of ours, is a slip of the finger.
fn slip(verb: &'static Verb, found: &Found<'_>, directory: &Directory) -> Option<Because> {
    let (word, nearest) = found.releases.iter().find_map(|word| Some((word, directory.nearest(&word.text)?)))?;
    Some(unknown(verb, word, Some(nearest)))
}

fn release(verb: &'static Verb, found: &Found<'_>) -> Result<Option<ReleaseName>, Because> {
    let name = match (found.release, found.releases.as_slice()) {
        (Some(release), []) => release,
        (None, [word]) => &word.text,
        (None, []) => return Ok(None),
        (Some(_), [word, ..]) => return Err(unknown(verb, word, None)),
        (None, [_, _, ..]) => return Err(Because::TooMany { what: "release" }),
    };
    name.parse().map(Some).map_err(Because::BadRelease)
}

fn takes_site(verb: &Verb) -> bool {
    verb.takes(Slot::Site) || verb.takes(Slot::AnySite)
}

fn unknown(verb: &'static Verb, word: &Word, nearest: Option<String>) -> Because {
    Because::UnknownWord { verb: verb.name, place: word.place, nearest }
}

fn once<T>(slot: &mut Option<T>, value: T, what: &'static str) -> Result<(), Because> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Because::TooMany { what }),
    }
}
