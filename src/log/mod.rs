//! The log of all events: one file per store.

pub mod sqlite;
