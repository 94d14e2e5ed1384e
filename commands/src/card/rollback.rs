//! A rollback: what users get back, and why.

use events::name::SiteName;

use super::Card;
use super::run::{self, Words};
use super::tale::RunTale;

pub(super) fn card(name: &SiteName, tale: &RunTale) -> Card {
    let color = tale.run.color;
    let whereto = format!("{} ({color})", run::release(tale.run.release.as_ref()));
    let words = Words {
        doing: format!("ROLLING BACK {name} to {whereto}"),
        noun: format!("The rollback of {name} to {whereto}"),
        done: format!("Users of {name} are back on {whereto}"),
    };
    run::card(name, tale, &words, super::cutover::parts(tale))
}
