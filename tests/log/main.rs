//! The log on SQLite: what it promises, what it refuses, and what it says when the disk lies.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod appending;
mod attacks;
mod books;
mod damage;
mod disk;
mod faults;
mod files;
mod kit;
mod lines;
mod opening;
mod power;
mod processes;
mod reading;
#[path = "../shim/mod.rs"]
mod shim;
mod space;
mod taken;
mod torn;
