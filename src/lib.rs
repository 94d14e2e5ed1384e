//! changeover: zero-downtime blue/green releases on plain machines, decided in chat, recorded for ever.
//!
//! The rooms, top down; imports point one way (`tests/house` holds it):
//! `cli` → `app` → `console` → `projection`, `engine` → `log`, providers (`traffic`, `fleet`, `delivery`, `check`) →
//! `ports` → crate `commands` → crate `events`. `edge` and `supervisor` are processes of their own.

pub mod certificate;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod control;
pub mod demo;
pub mod ports;
pub mod prober;
pub mod process;
pub mod sample;
