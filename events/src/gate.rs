//! What must be so before a run goes on: a gate only reads.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::color::Color;
use crate::machine::Machine;
use crate::name::{CheckName, RoleName};
use crate::release::Release;
use crate::weights::Weights;

/// A condition and how long it must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    pub criterion: Criterion,
    pub rule: Rule,
    /// Guards hold the promises of this product; nobody can skip one.
    pub is_guard: bool,
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Criterion {
    /// The balancer gives the color nothing, so that work on it reaches no user.
    Idle { color: Color },
    /// The balancer shares requests as the log says: nobody moved traffic behind our back.
    Shared { weights: Weights },
    /// The site's checks pass on every machine of the color, asked directly, with the release that it must answer.
    Checks { color: Color, release: Option<Release>, checks: Vec<CheckName> },
    /// The site's checks pass through the balancer, the way that users take, with the release that must answer.
    Entrance { release: Option<Release>, checks: Vec<CheckName> },
    /// The balancer itself calls at least so many machines of the color healthy, and none of them unhealthy.
    Healthy { color: Color, count: u16 },
    /// So many people of the role are for the plan; read from the log, not from the world.
    Approved { role: RoleName, count: u16, requester_counts: bool },
    /// The database of the color takes writes, and no other does.
    Primary { color: Color },
    /// Everything that the database asks for before users of `primary` may cross to the other color.
    Preflight { primary: Color },
    /// The color uses the server of `primary`, as whoever looks there says.
    Pointed { color: Color, primary: Color },
    /// No worker of the color works, as whoever looks there says.
    Paused { color: Color },
    /// Everything that must be proven before an environment is destroyed: the balancer does not give it anything, its
    /// machines are the recorded ones, nobody used it for `quiet_for`, the log is whole and the clock did not jump.
    Proof { color: Color, machines: Vec<Machine>, quiet_for: SignedDuration },
}

impl Criterion {
    /// Whether the world is read for it; what people said is in the log, and stays so.
    #[must_use]
    pub fn is_of_world(&self) -> bool {
        match self {
            Self::Approved { .. } => false,
            Self::Idle { .. }
            | Self::Shared { .. }
            | Self::Checks { .. }
            | Self::Entrance { .. }
            | Self::Healthy { .. }
            | Self::Primary { .. }
            | Self::Preflight { .. }
            | Self::Pointed { .. }
            | Self::Paused { .. }
            | Self::Proof { .. } => true,
        }
    }
}

/// How readings decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Passes after so many good rounds in a row; fails when `within` has run out.
    InARow { count: u16, within: SignedDuration },
    /// Passes when `lasts` is over and the last round was good; fails after so many bad rounds in a row.
    Throughout { lasts: SignedDuration, failures: u16 },
}

impl Rule {
    /// How long after its beginning the gate is decided at the latest.
    #[must_use]
    pub fn limit(self) -> SignedDuration {
        match self {
            Self::InARow { within, .. } => within,
            Self::Throughout { lasts, .. } => lasts,
        }
    }
}
