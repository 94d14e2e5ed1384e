//! A deploy: live progress.

use events::name::SiteName;

use super::Card;
use super::run::{self, Words};
use super::tale::RunTale;

pub(super) fn card(name: &SiteName, tale: &RunTale) -> Card {
    let color = tale.run.color;
    let what = format!("{} {}", name.service, run::release(tale.run.release.as_ref()));
    let whereto = format!("{} ({color})", name.stage);
    let words = Words {
        doing: format!("Deploying {what} to {whereto}"),
        noun: format!("The deploy of {what} to {whereto}"),
        done: format!("{what} is ready on {whereto}"),
    };
    run::card(name, tale, &words, Vec::new())
}
