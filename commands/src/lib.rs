//! What may be asked of changeover, and what follows.
//!
//! Pure: no I/O, no clock, no randomness.

pub mod calendar;
pub mod grammar;
pub mod order;
