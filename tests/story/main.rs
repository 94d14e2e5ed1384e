//! Whole releases against a simulated world: told as stories, killed at every write, and left to chance.

mod explore;
#[path = "../../commands/src/testing/invariants.rs"]
mod invariants;
mod matrix;
mod toy;
