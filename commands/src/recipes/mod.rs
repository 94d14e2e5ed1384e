//! What a run consists of, in the order that works. One file each.

mod cutover;
mod decommission;
mod deploy;

pub use cutover::cutover;
pub use decommission::decommission;
pub use deploy::deploy;
