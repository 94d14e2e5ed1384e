//! The bot whole: the real program with its balancer, supervisor, applications and hooks, told what to do as people do.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod aborting;
mod calendar;
mod configuration;
mod console;
mod drift;
mod failing;
mod full_disk;
#[path = "../guard/mod.rs"]
mod guard;
mod killed;
#[path = "../kit/mod.rs"]
#[expect(dead_code, reason = "not everything of the kit is needed here")]
mod kit;
mod refused;
#[path = "../shim/mod.rs"]
mod shim;
mod starting;
mod stuck;
mod two_bots;
mod way_back;
mod whole_life;
mod workers;
