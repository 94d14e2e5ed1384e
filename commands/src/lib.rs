//! What may be asked of changeover, and what follows.
//!
//! Pure: no I/O, no clock, no randomness. The map, in the order a line travels:
//!
//! - [`order`]: what can be said, once it is understood;
//! - [`speaker`], [`policy`], [`permit`]: who may; [`pinned`]: what the outside said first;
//! - [`decide`]: orders become facts, or a [`refusal`]; [`recipes`] make the plans;
//! - [`next`]: what follows from the log alone, with [`slot`], [`quiet`] and [`calendar`] for the schedule;
//! - [`sentence`], [`answer`], [`card`]: how it is told.

pub mod answer;
pub mod calendar;
pub mod card;
pub mod decide;
pub mod grammar;
pub mod next;
pub mod order;
pub mod permit;
pub mod pinned;
pub mod policy;
pub mod quiet;
pub mod recipes;
pub mod refusal;
pub mod sentence;
pub mod slot;
pub mod speaker;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
