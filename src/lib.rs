//! changeover: zero-downtime blue/green releases on plain machines, decided in chat, recorded for ever.
//!
//! The rooms, top down; imports point one way (`tests/house` holds it):
//! `cli` → `app` → `console` → `projection`, `engine` → `log`, providers (`traffic`, `fleet`, `delivery`, `check`) →
//! `ports` → crate `commands` → crate `events`. `edge` and `supervisor` are processes of their own.

pub mod certificate;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod engine;
pub mod edge;
pub mod ports;
pub mod prober;
pub mod process;
pub mod traffic;
pub mod fleet;
pub mod ports;
pub mod process;
pub mod supervisor;
pub mod sample;
