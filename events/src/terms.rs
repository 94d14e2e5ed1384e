//! What the configuration said when a run was requested: frozen in the log, so that nothing else is needed to go on.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::fact::RunKind;
use crate::name::{CheckName, RoleName};

/// The terms of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How many machines an environment needs to serve everybody.
    pub machine_count: u16,
    /// The checks that must pass before traffic may cross.
    pub checks: Vec<CheckName>,
    /// How many good rounds of checks in a row count as healthy.
    pub in_a_row: u16,
    /// The pause between two rounds of a gate.
    pub check_every: SignedDuration,
    /// How long each canary share is watched.
    pub bake: SignedDuration,
    pub patience: Patience,
    pub retries: Retries,
    pub window: WindowTerms,
    /// What needs whose approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalTerms>,
    /// None where the configuration names no database: then the bot does nothing about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseTerms>,
    /// None where the configuration names no workers: then the bot pauses and starts nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<WorkersTerms>,
}

/// Which runs wait for people, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalTerms {
    pub kinds: Vec<RunKind>,
    /// Whether it is also for a rollback that leaves writes behind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub losses: bool,
    pub role: RoleName,
    /// How many people, at least 1.
    pub count: u16,
    /// Whether who asked for the run may be one of them.
    pub requester_counts: bool,
    /// How long they are waited for, and what they said counts.
    pub lasts: SignedDuration,
}

/// What a site's database is to a cutover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DatabaseTerms {
    /// Both colors use the same one: nothing crosses.
    Shared,
    /// Each color has a server of its own: the database crosses with the traffic.
    Replicated(Crossing),
}

/// How long each part of a crossing may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crossing {
    /// Until the load lets three probes in a row through; nothing is held up meanwhile.
    pub gate: SignedDuration,
    /// How long requests may wait in all; then they go on, or are refused once the database is frozen.
    pub pause: SignedDuration,
    /// Until no application has an unfinished write.
    pub settle: SignedDuration,
    /// Until the freeze is given up.
    pub freeze: SignedDuration,
    /// Until both servers are equal.
    pub catch_up: SignedDuration,
    /// The furthest that the way back may be behind while the window is open.
    pub lag: SignedDuration,
    /// How long writes may fail where nobody waits; none where requests wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_errors: Option<SignedDuration>,
    /// How long pointing a color to another server may take, where both use the one that takes writes; none where each color
    /// uses its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repoint: Option<SignedDuration>,
}

/// How what works behind a site's requests is paused and started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkersTerms {
    /// How long it may take each time that it is asked.
    pub takes: SignedDuration,
    /// Whether somebody can look what they do.
    pub are_seen: bool,
}

/// How long each kind of step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    pub grow: SignedDuration,
    pub deliver: SignedDuration,
    pub healthy: SignedDuration,
    pub checks: SignedDuration,
    pub share: SignedDuration,
    pub drain: SignedDuration,
    pub reduce: SignedDuration,
    /// How long an accepted ask may take to show before it is asked again or undone.
    pub settle: SignedDuration,
}

/// How often the world is asked again after a passing fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// Attempts in all, at least 1.
    pub attempts: u32,
    pub first_pause: SignedDuration,
    pub longest_pause: SignedDuration,
}

/// The stability window and what comes after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowTerms {
    /// How long the old environment stays as the way back.
    pub lasts: SignedDuration,
    /// When it may be decommissioned after that: a five-field crontab expression and its time zone.
    pub decommission: Slots,
    /// How long before a decommission it is announced.
    pub announce: SignedDuration,
    /// How long nobody may have used the old environment before it is destroyed: longer than stickiness plus drain.
    pub quiet_for: SignedDuration,
    /// How often the way back is proven while the window is open.
    pub prove_every: SignedDuration,
    /// When nothing is begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<QuietTerms>,
}

/// Quiet hours, and for what they don't count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietTerms {
    pub begins: Slots,
    pub lasts: SignedDuration,
    pub except_roles: Vec<RoleName>,
    pub except_kinds: Vec<RunKind>,
}

/// A crontab expression and its zone, as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slots {
    pub cron: String,
    pub zone: String,
}

impl Retries {
    /// The pause after the `attempt`-th faulty ask: doubling from the first to the longest.
    #[must_use]
    pub fn pause_after(self, attempt: u32) -> SignedDuration {
        let doublings = attempt.saturating_sub(1).min(16);
        let pause = self.first_pause.checked_mul(1_i32 << doublings).unwrap_or(self.longest_pause);
        pause.min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retries = Retries {
            attempts: 5,
            first_pause: SignedDuration::from_secs(1),
            longest_pause: SignedDuration::from_secs(10),
        };
        let seconds: Vec<i64> = (1..=6).map(|attempt| retries.pause_after(attempt).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
        assert_eq!(retries.pause_after(u32::MAX).as_secs(), 10);
    }
}
