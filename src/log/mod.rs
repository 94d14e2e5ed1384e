//! The log of all events: one append-only chain, kept by SQLite, carried out and in as lines.

pub mod batch;
pub mod chain;
pub mod lines;
pub mod sqlite;
pub mod store_id;
