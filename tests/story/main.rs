//! Whole releases against a simulated world: told as stories, killed at every write, and left to chance.
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "pages are put together from a few short texts, and read better so"
)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "panicking is how tests fail")]

mod explore;
#[path = "../../commands/src/testing/invariants.rs"]
mod invariants;
mod matrix;
mod messages;
mod rules;
mod scene;
mod stories;
mod toy;
