//! What may come next, told from the table.

use events::name::SiteName;
use events::number::RunNumber;
use events::release::ReleaseName;

use super::directory::{Directory, Named};
use super::flags::{Flag, Value};
use super::misread::Because;
use super::table::{Slot, Verb, verb, verbs};
use super::words::{Piece, Words};

/// What the front end knows beside the directory.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// Releases worth offering, best first.
    pub releases: Vec<ReleaseName>,
    /// Runs worth offering, best first.
    pub runs: Vec<(SiteName, RunNumber)>,
}

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Where the word begins that this replaces, up to the cursor; in bytes.
    pub start: usize,
    pub text: String,
    /// A few words for people.
    pub note: &'static str,
}

/// A text that may stand at the cursor, and what it is.
type Offer = (String, &'static str);

/// Every way to complete the word that ends at `cursor` (in bytes), best first; each begins with what is there. Front
/// ends cut the list to what they can show.
#[must_use]
pub fn complete(line: &str, cursor: usize, directory: &Directory, candidates: &Candidates) -> Vec<Completion> {
    let before = line.get(..line.floor_char_boundary(cursor)).unwrap_or_default();
    let typed = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let start = before.len() - typed.len();
    let offers = match Standing::read(before.get(..start).unwrap_or_default(), directory) {
        Ok(standing) => standing.offers(typed, directory, candidates),
        // A quote is open: what is typed is text.
        Err(_) => Vec::new(),
    };
    let begins = |text: &str| {
        let head = text.get(..typed.len());
        text.len() > typed.len() && head.is_some_and(|head| head.eq_ignore_ascii_case(typed))
    };
    let fitting = offers.into_iter().filter(|(text, _)| begins(text));
    fitting.map(|(text, note)| Completion { start, text, note }).collect()
}

/// Where in a command the cursor stands.
#[derive(Default)]
struct Standing {
    verb: Option<&'static Verb>,
    /// Something stands where the verb belongs, and is none.
    is_lost: bool,
    names: Vec<Named>,
    filled: Vec<Slot>,
    flags: Vec<&'static str>,
    /// The flag whose value comes next.
    awaited: Option<&'static Flag>,
    /// Inside a reason without quotes.
    is_text: bool,
}

impl Standing {
    fn read(said: &str, directory: &Directory) -> Result<Self, Because> {
        let mut standing = Self::default();
        let mut words = Words::new(said);
        while let Some(piece) = words.next()? {
            match (piece, standing.verb) {
                (Piece::Word(word), None) => {
                    let name = word.text.strip_prefix('/').unwrap_or(&word.text);
                    standing.verb = verb(name);
                    standing.is_lost = standing.verb.is_none() && !name.eq_ignore_ascii_case("changeover");
                }
                (Piece::Flag { .. }, None) => standing.is_lost = true,
                (Piece::Word(word), Some(verb)) => {
                    standing.word(verb, &word.text, directory);
                    if !word.is_quoted && word.text.ends_with(':') {
                        standing.is_text = true;
                        standing.flags.push("reason");
                        words.text();
                    }
                }
                (Piece::Flag { name, value }, Some(verb)) => standing.flag(verb, &name, value.is_some(), &mut words)?,
            }
        }
        Ok(standing)
    }

    fn word(&mut self, verb: &Verb, text: &str, directory: &Directory) {
        let text = text.trim_end_matches(':');
        let (name, slot) = if let Some((service, _)) = text.split_once('@') {
            (directory.service(service), Some(Slot::Release))
        } else if let Some((service, _)) = text.split_once('#') {
            (directory.service(service), Some(Slot::Run))
        } else {
            let name = directory.name(text);
            // Whatever is no name fills what else the verb takes.
            let other = verb.slots.iter().copied().find(|slot| !matches!(slot, Slot::Site | Slot::AnySite));
            let slot = if name.is_none() { other } else { None };
            (name, slot)
        };
        self.names.extend(name);
        self.filled.extend(slot);
    }

    fn flag(&mut self, verb: &Verb, name: &str, has_value: bool, words: &mut Words<'_>) -> Result<(), Because> {
        self.is_text = false;
        let Some(flag) = verb.flag(name) else { return Ok(()) };
        self.flags.push(flag.name);
        if has_value {
            return Ok(());
        }
        match flag.value {
            Value::Nothing => {}
            Value::Word(_) => self.awaited = if words.value()?.is_none() { Some(flag) } else { None },
            Value::Text => {
                let is_quoted = words.clone().next()?.is_some_and(|piece| match piece {
                    Piece::Word(word) => word.is_quoted,
                    Piece::Flag { .. } => false,
                });
                words.text_value()?;
                self.is_text = !is_quoted;
            }
        }
        Ok(())
    }

    fn offers(&self, typed: &str, directory: &Directory, candidates: &Candidates) -> Vec<Offer> {
        let Some(verb) = self.verb else {
            return if self.is_lost { Vec::new() } else { offer_verbs(typed) };
        };
        if let Some(flag) = self.awaited {
            return flag.example.map(|example| (example.to_owned(), flag.summary)).into_iter().collect();
        }
        let flags = verb.flags.iter().filter(|flag| !self.flags.contains(&flag.name));
        let flags = flags.map(|flag| (format!("--{}", flag.name), flag.summary));
        if typed.starts_with('-') {
            return flags.collect();
        }
        if self.is_text {
            return Vec::new();
        }
        let mut offers: Vec<Offer> =
            verb.slots.iter().flat_map(|slot| self.offer_slot(*slot, verb, typed, directory, candidates)).collect();
        // Flags are worth showing where anything may come, not as an answer to a word.
        if typed.is_empty() {
            offers.extend(flags);
        }
        offers
    }

    fn offer_slot(
        &self,
        slot: Slot,
        verb: &Verb,
        typed: &str,
        directory: &Directory,
        candidates: &Candidates,
    ) -> Vec<Offer> {
        if self.filled.contains(&slot) {
            return Vec::new();
        }
        match slot {
            Slot::Site | Slot::AnySite => self.offer_sites(verb, directory),
            Slot::Release => self.offer_releases(typed, directory, candidates),
            Slot::Run => self.offer_runs(typed, directory, candidates),
            // Nobody remembers one; the card and `status` show it.
            Slot::Plan | Slot::Code | Slot::Ticket => Vec::new(),
            Slot::Length => vec![("24h".to_owned(), "so much longer")],
            Slot::Topic => verbs().iter().map(|verb| (verb.name.to_owned(), verb.summary)).collect(),
        }
    }

    /// Whole sites at first; behind a service its stages, and the other way round.
    fn offer_sites(&self, verb: &Verb, directory: &Directory) -> Vec<Offer> {
        let fitting = directory.sites().filter(|site| directory.fits(site, &self.names));
        match self.names.as_slice() {
            // `shop@` comes first where a release is due.
            [] if verb.takes(Slot::Release) && !self.filled.contains(&Slot::Release) => Vec::new(),
            [] => fitting.map(|site| (site.to_string(), "a site")).collect(),
            [Named::Service(word) | Named::Either(word)] => fitting
                .map(|site| {
                    let is_service = site.service.as_str() == word;
                    if is_service {
                        (site.stage.to_string(), "a stage")
                    } else {
                        (site.service.to_string(), "a service")
                    }
                })
                .collect(),
            [Named::Site(..)] | [_, _, ..] => Vec::new(),
        }
    }

    fn offer_releases(&self, typed: &str, directory: &Directory, candidates: &Candidates) -> Vec<Offer> {
        if let Some((service, _)) = typed.split_once('@') {
            return candidates.releases.iter().map(|it| (format!("{service}@{it}"), "a release")).collect();
        }
        if self.names.is_empty() {
            return directory.services().map(|service| (format!("{service}@"), "a service")).collect();
        }
        candidates.releases.iter().map(|it| (it.to_string(), "a release")).collect()
    }

    fn offer_runs(&self, typed: &str, directory: &Directory, candidates: &Candidates) -> Vec<Offer> {
        let service = typed.split_once('#').map(|(service, _)| service).unwrap_or_default();
        let mut names = self.names.clone();
        names.extend(directory.service(service));
        let fitting = candidates.runs.iter().filter(|(site, _)| directory.fits(site, &names));
        fitting.map(|(_, run)| (format!("{service}#{run}"), "a run")).collect()
    }
}

fn offer_verbs(typed: &str) -> Vec<Offer> {
    let slash = if typed.starts_with('/') { "/" } else { "" };
    verbs().iter().map(|verb| (format!("{slash}{}", verb.name), verb.summary)).collect()
}
