//! The life of a run.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chain::Hash;
use crate::color::Color;
use crate::number::{RunNumber, StepIndex};
use crate::plan::Plan;
use crate::release::Release;
use crate::terms::Terms;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum RunEvent {
    /// A run was decided upon. It is open from here until [`RunEvent::Finished`].
    Requested {
        run: RunNumber,
        kind: RunKind,
        /// The environment that is worked on: deployed onto, crossed to, or emptied.
        color: Color,
        /// What it will run, or ran; none where an adopted environment did not tell.
        release: Option<Release>,
        plan: Plan,
        plan_hash: Hash,
        terms: Box<Terms>,
        reason: Option<String>,
    },
    /// From here the run goes backwards: what was begun is undone, last first. What was asked for, or may have been by a
    /// bot that died before it could say so, shows until `settles_by`: before that nothing unanswered is undone.
    Aborted { run: RunNumber, cause: Cause, settles_by: Timestamp },
    /// The run can't go on by itself; a person decides.
    Stuck { run: RunNumber, step: StepIndex, trouble: Trouble, why: String },
    /// A person let it try again: the step that it stands at has until `deadline`.
    Resumed { run: RunNumber, deadline: Timestamp },
    /// People were called outside chat, and somebody's system took the call.
    PeopleCalled { run: RunNumber },
    /// The run is over.
    Finished { run: RunNumber, outcome: RunOutcome },
}

/// What kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    Deploy,
    Cutover,
    Rollback,
    Decommission,
}

impl RunKind {
    /// `deploy`, as a noun.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Cutover => "cutover",
            Self::Rollback => "rollback",
            Self::Decommission => "decommission",
        }
    }
}

impl fmt::Display for RunKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a run was turned around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cause {
    /// Somebody said so.
    Person { reason: Option<String> },
    /// A step did not work out; its answer says why.
    Step { step: StepIndex },
}

/// Why a person has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The world is neither what was nor what was asked: somebody else changed it.
    Drift,
    /// Nobody can tell whether the step happened, and it must not happen twice.
    OutcomeUnknown,
    /// The way back did not work.
    NoWayBack,
    /// The step failed behind the point of no return.
    PastNoReturn,
    /// Both databases took writes, or each has what the other lacks: nobody may choose but a person.
    Split,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    Succeeded,
    /// Everything that was begun was undone.
    TurnedBack,
    /// A person ended it as it stood; the environment must be deployed again.
    LeftAsIs,
}
