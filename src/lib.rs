//! changeover: zero-downtime blue/green releases on plain machines, decided in chat, recorded for ever.
//!
//! The rooms, top down; imports point one way (`tests/house/arrows.rs` holds the whole table):
//! `cli` → `app` → `console`, `rooms`, `platforms`, `alert`, `keeper` → `desk`, `questions` → `engine` → `log`, providers (`traffic`,
//! `fleet`, `delivery`, `check`, `database`, `workers`) → `ports` → crate `commands` → crate `events`. `edge` and `supervisor` are processes of
//! their own, and `demo` looks at all of it from outside.

pub mod alert;
pub mod app;
pub mod caretaker;
pub mod certificate;
pub mod chance;
pub mod chat;
pub mod check;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod console;
pub mod control;
#[cfg(feature = "mutants")]
pub mod crash;
pub mod database;
pub mod delivery;
pub mod demo;
pub mod desk;
pub mod edge;
pub mod engine;
pub mod errand;
pub mod files;
pub mod fleet;
pub mod keeper;
pub mod log;
#[cfg(feature = "mutants")]
pub mod mutants;
pub mod output;
pub mod platforms;
pub mod ports;
pub mod prober;
pub mod process;
pub mod program;
pub mod questions;
pub mod redact;
pub mod rooms;
pub mod sample;
pub mod strays;
pub mod supervisor;
pub mod traffic;
pub mod workers;
