//! The log on SQLite: what it promises, what it refuses, and what it says when the disk lies.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod appending;
mod attacks;
mod books;
mod damage;
mod kit;
mod lines;
mod opening;
mod processes;
mod reading;
mod space;
