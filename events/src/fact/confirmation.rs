//! What can't be taken back is begun in two steps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunKind;
use crate::chain::Hash;
use crate::color::Color;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ConfirmationEvent {
    /// Somebody gave an order that loses something for good: they were told what, and nothing was begun.
    Asked {
        kind: RunKind,
        /// The environment that the run is about.
        color: Color,
        /// How many transactions would stay behind, where some would.
        leaves: Option<u64>,
        /// The order as the grammar spells it.
        line: String,
        /// What they say to mean it, spelled like that too.
        confirm: String,
        /// What was shown: only exactly this plan can be confirmed, until then.
        plan_hash: Hash,
        expires_at: Timestamp,
    },
    /// They confirmed it; the run was requested in the same breath.
    Given {},
}
