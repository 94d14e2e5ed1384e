//! What a check read: a value with its unit and limit, and the verdict. No data is never a pass.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::CheckName;

/// One reading of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    pub check: CheckName,
    /// What was read of: a machine's id, or `balancer`.
    pub subject: String,
    /// What was measured, with its unit: `200 in 12 ms`.
    pub value: String,
    /// What it was held against: `200 within 500 ms`.
    pub limit: String,
    pub verdict: Verdict,
}

/// What a reading means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// There was nothing to judge by: no answer, no samples. Not a pass.
    NoEvidence,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, subject, value, limit, verdict } = self;
        let verdict = match verdict {
            Verdict::Pass => "ok",
            Verdict::Fail => "failed",
            Verdict::NoEvidence => "no evidence",
        };
        write!(f, "{check} of {subject}: {verdict}, {value} (wanted {limit})")
    }
}
