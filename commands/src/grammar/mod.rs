//! The grammar: one table drives parsing, help and completion, the same for every front end.

mod complete;
mod directory;
mod flags;
mod help;
mod line;
mod misread;
mod nearest;
mod place;
mod reader;
mod rows;
mod said;
mod spell;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod words;

pub use complete::{Candidates, Completion, complete};
pub use directory::Directory;
pub use flags::{Flag, Value};
pub use help::help;
pub use line::LINE_LIMIT;
pub use misread::{Because, Misread};
pub use spell::{pressed, spell};
pub use table::{Group, Slot, Verb, verb, verbs};
pub use words::in_quotes;

use crate::order::Command;
use table::Make;

/// Understands one line, as it arrived from a front end. Nothing is guessed: what could mean two things is asked back.
pub fn parse(line: &str, directory: &Directory) -> Result<Command, Misread> {
    let line = line::plain(line)?;
    let reader::Heard { verb, words, mut said, trouble } = reader::hear(&line)?;
    let placed = place::place(verb, &words, directory, &mut said);
    let site = said.site.clone();
    let misread = |because| Misread { because, verb: Some(verb.name), site: site.clone() };
    if let Some(because) = trouble {
        return Err(misread(because));
    }
    placed.map_err(misread)?;
    match verb.make {
        Make::Order(make) => {
            let order = make(said).map_err(misread)?;
            let site = site.clone().ok_or_else(|| misread(Because::NoSites))?;
            Ok(Command::Order { site, order })
        }
        Make::Question(make) => {
            let question = make(said).map_err(misread)?;
            Ok(Command::Question { site, question })
        }
    }
}
