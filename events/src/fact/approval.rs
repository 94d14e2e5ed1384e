//! What people say to a run that waits for them: each to one plan, named by its hash.

use serde::{Deserialize, Serialize};

use crate::chain::Hash;
use crate::name::RoleName;
use crate::number::RunNumber;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ApprovalEvent {
    /// Somebody of the role that the run waits for is for it.
    Given { run: RunNumber, plan_hash: Hash, role: RoleName },
    /// They took it back before the run went on.
    Withdrawn { run: RunNumber },
    /// Somebody of that role is against it; it turns back.
    Rejected { run: RunNumber, plan_hash: Hash, role: RoleName, reason: String },
    /// Somebody of an emergency role lets it go on without what it should have waited for.
    Bypassed { run: RunNumber, plan_hash: Hash, role: RoleName, reason: String },
}

impl ApprovalEvent {
    #[must_use]
    pub fn run(&self) -> RunNumber {
        match self {
            Self::Given { run, .. }
            | Self::Withdrawn { run }
            | Self::Rejected { run, .. }
            | Self::Bypassed { run, .. } => *run,
        }
    }
}
