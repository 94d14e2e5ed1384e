//! Mistakes that can be planted, to see that the tests notice them. Compiled in only with the feature `mutants`.
//!
//! One build holds all of them, and the environment variable `CHANGEOVER_MUTANT` chooses one for a whole process. They
//! are planted at seams and nowhere inside: each changes what crosses from one room into another, as if the room behind
//! the seam had been written wrong. [`Mistake`] is the list; there is a file per seam.

mod chat;
mod databases;
mod decide;
mod facts;
mod log;
mod next;
mod permit;
mod plan;
mod ports;
mod steps;
mod table;

use std::sync::OnceLock;

use clap::ValueEnum as _;

pub use chat::{
    acknowledges_unkept, counts_old, found, is_end_kept_back, is_posted_unasked, meant_for, of_guild, of_now,
    reads_unsigned, signed,
};
pub use databases::{
    database, is_applied, is_still_frozen, kills_holders, lets_settle, locks_anew, looks_for_strangers,
    roles_are_given, same, watches,
};
pub use decide::decide;
pub use facts::{about_to_be_recorded, folded};
pub use log::{flock, link, log, rows, tables};
pub use next::{known_before, next};
pub use permit::{permit, permit_again};
pub use ports::{checks, delivery, fleet, redactor, traffic, workers};
pub use steps::{counted, gate, guards, readings, somebody_is_there, standing, survey};
pub use table::Mistake;

/// The mistake that this process makes; none without the variable.
#[expect(clippy::disallowed_methods, reason = "a mistake is chosen for a whole process, by the test that starts it")]
fn planted() -> Option<Mistake> {
    static PLANTED: OnceLock<Option<Mistake>> = OnceLock::new();
    *PLANTED.get_or_init(|| {
        let name = std::env::var("CHANGEOVER_MUTANT").ok()?;
        // A name that is none would be a mistake that nobody notices.
        Some(
            Mistake::from_str(&name, false).unwrap_or_else(|_| panic!("CHANGEOVER_MUTANT: there is no mistake {name}")),
        )
    })
}

/// Whether this process makes that mistake.
fn is(mistake: Mistake) -> bool {
    planted() == Some(mistake)
}
