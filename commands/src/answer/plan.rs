//! A plan, as a list of what will be done.

use std::fmt;

use events::plan::Plan;
use serde::Serialize;

use crate::sentence;

/// A plan with its hash: what an approval would be for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanReport {
    pub headline: String,
    pub hash: String,
    pub steps: Vec<String>,
}

/// Shows `plan` under its headline.
#[must_use]
pub fn plan(headline: String, plan: &Plan) -> PlanReport {
    PlanReport { headline, hash: plan.hash().short(), steps: plan.steps().iter().map(sentence::step).collect() }
}

impl fmt::Display for PlanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (plan {})", self.headline, self.hash)?;
        for (index, step) in self.steps.iter().enumerate() {
            write!(f, "\n  {:>2}. {step}", index + 1)?;
        }
        Ok(())
    }
}
