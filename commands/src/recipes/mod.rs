//! What a run consists of, in the order that works. One file each.

mod cutover;
mod decommission;
mod deploy;

use events::gate::Rule;
use jiff::SignedDuration;

pub use cutover::{cutover, lossy_rollback};
pub use decommission::decommission;
pub use deploy::deploy;

/// How long the balancer and the log may differ: drift does not pass by itself, a balancer that restarts does.
const AGREE: Rule = Rule::InARow { count: 1, within: SignedDuration::from_secs(5) };
