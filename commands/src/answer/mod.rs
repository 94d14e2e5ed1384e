//! Answers to questions: one file per question, each a value that can be shown as text or as JSON.

mod database;
mod history;
mod plan;
mod replay;
mod status;
mod whoami;
mod why;

pub use database::{PreflightReport, ServerReport, StandingReport};
pub use history::{History, HistoryReport, RunLine};
pub use plan::{PlanReport, plan};
pub use replay::{Replay, ReplayReport, Told};
pub use status::{StatusReport, status};
pub use whoami::whoami;
pub use why::{Why, WhyReport};
