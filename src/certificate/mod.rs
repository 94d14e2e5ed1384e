//! What the prober saw and what the bot's log says, as figures that say how they were come by.

mod figures;
mod log;
mod orders;
mod render;
mod switches;
#[cfg(test)]
mod tests;

pub use figures::{Certificate, Failure, certify};
pub use log::{BadLine, Happening, Logged};
pub use orders::Orders;
pub use render::render;
