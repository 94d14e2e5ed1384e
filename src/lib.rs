//! changeover: zero-downtime blue/green releases on plain machines, decided in chat, recorded for ever.
//!
//! The rooms, top down; imports point one way (`tests/house` holds it):
//! `cli` → `app` → `console` → `projection`, `engine` → `log`, providers (`traffic`, `fleet`, `delivery`, `check`) →
//! `ports` → crate `commands` → crate `events`. `edge` and `supervisor` are processes of their own.

pub mod cli;
pub mod clock;
pub mod control;
pub mod log;
pub mod ports;
pub mod process;
