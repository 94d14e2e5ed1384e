//! One step of the open run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Illegal;
use crate::color::Color;
use crate::fact::{Answer, Heading, Outcome, StepEvent};
use crate::fault::Fault;
use crate::intent::{Image, WayBack};

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Waiting,
    /// Begun, and not answered yet.
    Open {
        begun: Begun,
        asking: Asking,
    },
    Done {
        begun: Begun,
        outcome: Outcome,
    },
    /// It did not work out; never begun, where what is there could not even be read.
    Failed {
        begun: Option<Begun>,
        asking: Asking,
        fault: Fault,
    },
    Skipped {
        begun: Option<Begun>,
    },
    /// The way back was begun, and not answered yet.
    Undoing {
        begun: Begun,
        deadline: Timestamp,
        asking: Asking,
    },
    UndoFailed {
        begun: Begun,
        fault: Fault,
    },
    Undone,
}

/// What was written down before the first ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    pub before: Option<Image>,
    pub way_back: WayBack,
    pub deadline: Timestamp,
}

/// What the world said so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// How often it was asked, and answered that it accepts or would not.
    pub attempts: u32,
    pub last: Ask,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    #[default]
    Never,
    Accepted {
        settles_by: Timestamp,
    },
    Faulted {
        fault: Fault,
        again_at: Timestamp,
    },
}

impl Asking {
    /// Asked anew although `fault` is known: a person said so.
    fn anew(fault: &Fault) -> Self {
        Self { attempts: 0, last: Ask::Faulted { fault: fault.clone(), again_at: Timestamp::MIN } }
    }

    /// The same, without the pause.
    fn at_once(&self) -> Self {
        match &self.last {
            Ask::Faulted { fault, .. } => Self::anew(fault),
            Ask::Never | Ask::Accepted { .. } => self.clone(),
        }
    }
}

impl StepState {
    /// Whether a run on its way forward is through with it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self {
            Self::Done { .. } | Self::Skipped { .. } => true,
            Self::Waiting
            | Self::Open { .. }
            | Self::Failed { .. }
            | Self::Undoing { .. }
            | Self::UndoFailed { .. }
            | Self::Undone => false,
        }
    }

    /// Whether something may have been changed that would have to be undone.
    #[must_use]
    pub fn needs_undo(&self) -> bool {
        self.begun().is_some_and(|it| matches!(it.way_back, WayBack::By(_)))
    }

    /// Whether there is no way back behind this step any more.
    #[must_use]
    pub fn is_past_return(&self) -> bool {
        self.begun().is_some_and(|it| matches!(it.way_back, WayBack::Never { .. }))
    }

    fn begun(&self) -> Option<&Begun> {
        match self {
            Self::Waiting | Self::Undone => None,
            Self::Skipped { begun } | Self::Failed { begun, .. } => begun.as_ref(),
            Self::Open { begun, .. }
            | Self::Done { begun, .. }
            | Self::Undoing { begun, .. }
            | Self::UndoFailed { begun, .. } => Some(begun),
        }
    }

    /// Lets a step that failed, or that waits to be asked again, try anew until `deadline`.
    pub(super) fn resume(&mut self, deadline: Timestamp) -> Result<(), Illegal> {
        *self = match self {
            Self::Failed { begun: Some(begun), fault, .. } => {
                Self::Open { begun: Begun { deadline, ..begun.clone() }, asking: Asking::anew(fault) }
            }
            Self::Failed { begun: None, .. } => Self::Waiting,
            Self::UndoFailed { begun, fault } => {
                Self::Undoing { begun: begun.clone(), deadline, asking: Asking::anew(fault) }
            }
            Self::Open { begun, asking } => {
                Self::Open { begun: Begun { deadline, ..begun.clone() }, asking: asking.at_once() }
            }
            Self::Undoing { begun, asking, .. } => {
                Self::Undoing { begun: begun.clone(), deadline, asking: asking.at_once() }
            }
            Self::Waiting | Self::Done { .. } | Self::Skipped { .. } | Self::Undone => {
                return Err(Illegal("the step is not one to try again"));
            }
        };
        Ok(())
    }

    pub(super) fn apply(&mut self, event: &StepEvent) -> Result<(), Illegal> {
        let next = match event {
            StepEvent::Begun { before, way_back, deadline, .. } => {
                let Self::Waiting = self else { return Err(Illegal("the step was begun already")) };
                let begun = Begun { before: before.clone(), way_back: way_back.clone(), deadline: *deadline };
                Self::Open { begun, asking: Asking::default() }
            }
            StepEvent::Asked { heading, attempt, settles_by, .. } => {
                self.asked(*heading, attempt.0, Ask::Accepted { settles_by: *settles_by })?
            }
            StepEvent::Faulted { heading, attempt, fault, again_at, .. } => {
                self.asked(*heading, attempt.0, Ask::Faulted { fault: fault.clone(), again_at: *again_at })?
            }
            StepEvent::Promoting { to, .. } => self.promoting(*to)?,
            StepEvent::Answered { answer, .. } => self.answered(answer)?,
            StepEvent::Skipped { .. } => match self {
                Self::Waiting => Self::Skipped { begun: None },
                Self::Open { begun, .. } => Self::Skipped { begun: Some(begun.clone()) },
                Self::Failed { begun, .. } => Self::Skipped { begun: begun.clone() },
                Self::Done { .. }
                | Self::Skipped { .. }
                | Self::Undoing { .. }
                | Self::UndoFailed { .. }
                | Self::Undone => return Err(Illegal("the step can't be skipped any more")),
            },
            StepEvent::UndoBegun { deadline, .. } => {
                if let Self::Undoing { .. } | Self::UndoFailed { .. } = self {
                    return Err(Illegal("the way back was begun already"));
                }
                let begun = self.begun().ok_or(Illegal("there is nothing to undo"))?.clone();
                Self::Undoing { begun, deadline: *deadline, asking: Asking::default() }
            }
            StepEvent::UndoAnswered { answer, .. } => {
                let Self::Undoing { begun, .. } = self else {
                    return Err(Illegal("nobody had asked for the way back"));
                };
                match answer.clone() {
                    Answer::Reached(_) => Self::Undone,
                    Answer::Failed(fault) => Self::UndoFailed { begun: begun.clone(), fault },
                }
            }
        };
        *self = next;
        Ok(())
    }

    /// From here the new primary may have taken writes that the old one lacks.
    fn promoting(&self, to: Color) -> Result<Self, Illegal> {
        let Self::Open { begun, asking } = self else { return Err(Illegal("nobody was crossing")) };
        let way_back = WayBack::Never { why: format!("the database of {to} may have taken writes") };
        Ok(Self::Open { begun: Begun { way_back, ..begun.clone() }, asking: asking.clone() })
    }

    fn answered(&self, answer: &Answer) -> Result<Self, Illegal> {
        match (self, answer.clone()) {
            (Self::Open { begun, .. }, Answer::Reached(outcome)) => Ok(Self::Done { begun: begun.clone(), outcome }),
            (Self::Open { begun, asking }, Answer::Failed(fault)) => {
                Ok(Self::Failed { begun: Some(begun.clone()), asking: asking.clone(), fault })
            }
            // What is there could not be read, so it was never begun.
            (Self::Waiting, Answer::Failed(fault)) => {
                Ok(Self::Failed { begun: None, asking: Asking::default(), fault })
            }
            (_, Answer::Reached(_) | Answer::Failed(_)) => Err(Illegal("nobody had asked")),
        }
    }

    fn asked(&self, heading: Heading, attempts: u32, last: Ask) -> Result<Self, Illegal> {
        let asking = Asking { attempts, last };
        match (heading, self) {
            (Heading::Forward, Self::Open { begun, .. }) => Ok(Self::Open { begun: begun.clone(), asking }),
            (Heading::Back, Self::Undoing { begun, deadline, .. }) => {
                Ok(Self::Undoing { begun: begun.clone(), deadline: *deadline, asking })
            }
            (Heading::Forward | Heading::Back, _) => Err(Illegal("the step is not being asked for that way")),
        }
    }
}
