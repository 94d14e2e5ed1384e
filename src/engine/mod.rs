//! The engine: does what `next` says, for every site, until it is told to stop. It has no memory of its own.

pub mod book;
mod crossing;
pub mod databases;
pub mod orders;
mod proof;
pub mod readiness;
pub mod room;
mod seams;
mod site;
mod steps;
mod turn;

pub use book::Book;
pub use room::Room;
pub use site::{SiteLoop, Whole};
