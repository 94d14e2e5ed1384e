//! The life of one step.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::Reading;
use crate::color::{ByColor, Color};
use crate::fault::Fault;
use crate::intent::{Image, WayBack};
use crate::machine::Machine;
use crate::number::{Attempt, RunNumber, StepIndex};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum StepEvent {
    /// We know what is there and the way back to it, and are about to ask for the first time.
    Begun {
        run: RunNumber,
        step: StepIndex,
        /// What was there; none for a gate or a wait.
        before: Option<Image>,
        way_back: WayBack,
        deadline: Timestamp,
    },
    /// The world accepted; it may show later, until `settles_by`.
    Asked { run: RunNumber, step: StepIndex, heading: Heading, attempt: Attempt, settles_by: Timestamp },
    /// The world would not; it is asked again at `again_at`.
    Faulted { run: RunNumber, step: StepIndex, heading: Heading, attempt: Attempt, fault: Fault, again_at: Timestamp },
    /// The databases are frozen and equal, and we are about to open the one of `to`: from here there is only forward.
    Promoting {
        run: RunNumber,
        step: StepIndex,
        to: Color,
        /// What each had executed, as the servers spell it, shortened.
        positions: ByColor<String>,
        /// How many transactions stay behind, written to a file; none where both were equal.
        leaves: Option<u64>,
    },
    /// What was asked is so, or will not be.
    Answered { run: RunNumber, step: StepIndex, answer: Answer },
    /// A person let the run go on without it.
    Skipped { run: RunNumber, step: StepIndex, reason: String },
    /// We are about to ask for the way back.
    UndoBegun { run: RunNumber, step: StepIndex, deadline: Timestamp },
    /// What was is so again, or will not be.
    UndoAnswered { run: RunNumber, step: StepIndex, answer: Answer },
}

/// Which way a step is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heading {
    Forward,
    Back,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Reached(Outcome),
    Failed(Fault),
}

/// What is worth remembering of what was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    Plain,
    /// The machines that an environment has now.
    Machines(Vec<Machine>),
    /// What a gate read last.
    Readings(Vec<Reading>),
    /// How many requests were still in flight when the drain ended.
    Drained {
        left: u32,
    },
    /// Users and their writes are over; the color that they left could not be pointed to the server that takes writes.
    NotPointed {
        color: Color,
        why: String,
    },
}

impl StepEvent {
    /// Which way the run goes to which this happens.
    #[must_use]
    pub fn heading(&self) -> Heading {
        match self {
            Self::Asked { heading, .. } | Self::Faulted { heading, .. } => *heading,
            Self::Begun { .. } | Self::Promoting { .. } | Self::Answered { .. } | Self::Skipped { .. } => {
                Heading::Forward
            }
            Self::UndoBegun { .. } | Self::UndoAnswered { .. } => Heading::Back,
        }
    }

    /// The run and the step that this is about.
    #[must_use]
    pub fn place(&self) -> (RunNumber, StepIndex) {
        match self {
            Self::Begun { run, step, .. }
            | Self::Asked { run, step, .. }
            | Self::Faulted { run, step, .. }
            | Self::Promoting { run, step, .. }
            | Self::Answered { run, step, .. }
            | Self::Skipped { run, step, .. }
            | Self::UndoBegun { run, step, .. }
            | Self::UndoAnswered { run, step, .. } => (*run, *step),
        }
    }
}
