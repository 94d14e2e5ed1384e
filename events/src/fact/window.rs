//! The stability window: while it is open, the old environment is the way back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::color::Color;
use crate::number::RunNumber;
use crate::release::Release;
use crate::terms::WindowTerms;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum WindowEvent {
    /// A cutover ended; the environment that was live is kept as the way back.
    Opened {
        run: RunNumber,
        way_back: Color,
        release: Option<Release>,
        closes_at: Timestamp,
        /// The slot of the decommission; none if the schedule has no slot to come.
        decommission_at: Option<Timestamp>,
        terms: WindowTerms,
    },
    /// Somebody asked for more time (or ended a hold).
    Extended { closes_at: Timestamp, decommission_at: Option<Timestamp> },
    /// Somebody asked to keep the way back until further notice.
    Held {},
    /// People were told when the way back will be decommissioned.
    Announced { decommission_at: Timestamp },
    /// The slot passed unused, or the proof failed; this is the next.
    Postponed { decommission_at: Option<Timestamp>, why: String },
    /// The way back would not work right now.
    WayBackLost { why: String },
    /// It would work again.
    WayBackProven {},
    /// The window is over.
    Closed { because: ClosedBecause },
}

/// Why a window is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBecause {
    Decommissioned,
    RolledBack,
    /// Somebody deployed onto the way back, knowingly.
    GivenUp,
    /// The site was adopted anew.
    Adopted,
}
