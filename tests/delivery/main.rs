//! Delivery by command: real git repositories, real jobs of the real program, killed and stopped at will.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

mod hooks;
mod kills;
mod names;
mod releases;
mod world;
