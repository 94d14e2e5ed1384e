//! The configuration file: how its values are spelled.

pub mod duration;
pub mod size;
