//! The supervisor and its fleet, with the real program and real processes.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod application;
mod bed;
mod census;
mod ending;
#[path = "../guard/mod.rs"]
mod guard;
mod kept;
mod killed;
mod logs;
mod refused;
mod started;
