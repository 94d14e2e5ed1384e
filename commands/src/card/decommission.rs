//! A decommission that is underway: the proof, and the end of the old environment.

use events::name::SiteName;

use super::Card;
use super::run::{self, Words};
use super::tale::RunTale;

pub(super) fn card(name: &SiteName, tale: &RunTale) -> Card {
    let color = tale.run.color;
    let what = format!("{color} of {name} ({})", run::release(tale.run.release.as_ref()));
    let words = Words {
        doing: format!("Decommissioning {what}"),
        noun: format!("The decommission of {what}"),
        done: format!("{what} is gone"),
    };
    run::card(name, tale, &words, Vec::new())
}
