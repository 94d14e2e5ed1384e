//! The configuration file: how its values are spelled, and what is said when they are not.

pub mod duration;
pub mod environment;
pub mod secret;
