//! The crossing: one step that brings a site's database and every request to the other color.
//!
//! Whoever begins it, goes on with it, or turns it back does the same first: fence whoever was at it before, and read
//! from the servers who takes writes. That alone says what follows, after whatever death:
//!
//! | takes writes | nobody promoted yet | somebody did |
//! |---|---|---|
//! | the old primary | cross, or nothing to turn back | cross |
//! | nobody | open the old one again | open the new one |
//! | the new primary | finish | finish |
//! | both | freeze both, and call people: to go on would be to choose | the same |

mod attempt;
mod finish;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use commands::next::Look;
use events::color::{ByColor, Color};
use events::fact::{Answer, Heading, Outcome};
use events::fault::{Fault, FaultKind};
use events::fold::{Run, StepState};
use events::intent::{DatabaseIntent, Image, Intent, Primary, WayBack};
use events::plan::Step;
use events::terms::{Crossing as Terms, DatabaseTerms};
use events::weights::Weights;
use jiff::SignedDuration;

use super::databases::{self, Stands};
use super::room::Room;
use super::steps::{Guard, Seen, key};
use crate::clock::Clock;
use crate::ports::{Database, EffectKey, Switch, Traffic};

/// Where the one fact is written that is appended in the middle of a step.
#[async_trait]
pub(super) trait Journal: Send + Sync {
    /// On return it is durable, and no abort can be any more. An error leaves it to the log whether it is.
    async fn promoting(&self, to: Color, positions: ByColor<String>, leaves: Option<u64>) -> Result<(), Fault>;
}

/// One look at a crossing.
pub(super) struct Crossing<'a> {
    traffic: &'a dyn Traffic,
    database: Arc<dyn Database>,
    clock: &'a dyn Clock,
    journal: &'a dyn Journal,
    terms: Terms,
    key: EffectKey,
    to: Color,
    /// How requests were shared before.
    weights: Weights,
    /// So many transactions may stay behind, in this file.
    accepts_loss: Option<PathBuf>,
    /// How long writes may fail, where nobody waits.
    write_errors: Option<Duration>,
    /// Whether both colors are pointed to the server that takes writes.
    repoints: bool,
    /// Whether the log knows that the new primary may have been opened.
    is_promoting: bool,
}

/// Looks at the crossing that the run stands at, and does what follows; none if it stands at no crossing.
pub(super) async fn look(
    room: &Room,
    run: &Run,
    look: Look,
    guard: &Guard<'_>,
    clock: &dyn Clock,
    journal: &dyn Journal,
) -> Seen {
    if !look.may_ask && !look.is_late {
        return Seen::Underway;
    }
    match Crossing::of(room, run, look, clock, journal) {
        Ok(crossing) => match look.heading {
            Heading::Forward => crossing.forward(room, look, guard).await,
            Heading::Back => crossing.back().await,
        },
        Err(fault) => Seen::Answered(Answer::Failed(fault)),
    }
}

impl<'a> Crossing<'a> {
    fn of(
        room: &'a Room,
        run: &Run,
        look: Look,
        clock: &'a dyn Clock,
        journal: &'a dyn Journal,
    ) -> Result<Self, Fault> {
        let Some(StepState::Open { begun, .. } | StepState::Undoing { begun, .. }) = run.state(look.step) else {
            return Err(Fault::lasting("nobody has begun to cross"));
        };
        let Some(Step::Change {
            intent: Intent::Database(DatabaseIntent::Cross { to, accepts_loss, write_errors, repoints }),
            ..
        }) = run.plan.step(look.step)
        else {
            return Err(Fault::lasting("this step is no crossing"));
        };
        let Some(Image::Crossing { weights, .. }) = &begun.before else {
            return Err(Fault::lasting("what was there before was not recorded, so nothing can be compared with it"));
        };
        let Some(DatabaseTerms::Replicated(terms)) = run.terms.database else {
            return Err(Fault::lasting("the run's terms have no budgets for a crossing"));
        };
        Ok(Self {
            traffic: room.traffic.as_ref(),
            database: databases::of(room)?,
            clock,
            journal,
            terms,
            key: key(room, run, look.step),
            to: *to,
            weights: *weights,
            accepts_loss: accepts_loss.map(|_| room.left_behind(run.number)),
            write_errors: write_errors.map(plain),
            repoints: *repoints,
            is_promoting: matches!(begun.way_back, WayBack::Never { .. }),
        })
    }

    fn from(&self) -> Color {
        self.to.other()
    }

    /// Fences whoever was at it before, and reads how the servers stand then.
    async fn fenced(&self) -> Result<(Box<dyn Switch>, Stands), Fault> {
        let switch = self.database.fence(&self.key).await?;
        let stands = databases::both(self.database.as_ref()).await?;
        Ok((switch, stands))
    }

    async fn forward(&self, room: &Room, look: Look, guard: &Guard<'_>) -> Seen {
        let gone = match self.fenced().await {
            Ok((mut switch, stands)) => match self.course(&stands) {
                Ok(Course::Finish) => self.finish_found(switch.as_mut(), &stands).await,
                Ok(Course::Open) => self.open_frozen(switch.as_mut()).await,
                Ok(Course::Cross) if look.is_late => self.leave(switch.as_mut(), &stands).await,
                Ok(Course::Cross) => self.attempt(room, guard, switch.as_mut(), &stands).await,
                Err(fault) => Err(self.split(switch.as_mut(), fault).await),
            },
            Err(fault) => Err(fault),
        };
        if gone.is_err() && self.repoints {
            // Users are where they were, and who can't write can read. That they could not be let go is found by the next look.
            drop(self.let_go().await);
        }
        match gone {
            Ok(outcome) => Seen::Answered(Answer::Reached(outcome)),
            Err(fault) if look.is_late && fault.kind == FaultKind::Passing => {
                Seen::Answered(Answer::Failed(Fault::late(format!("the deadline passed: {fault}"))))
            }
            Err(fault) => Seen::fault(fault),
        }
    }

    /// To open the old primary again loses nothing, unless somebody wrote to the other one.
    fn may_reopen(&self, stands: &Stands) -> Result<(), Fault> {
        if self.accepts_loss.is_some() { Ok(()) } else { stands.not_errant(self.to) }
    }

    /// What follows from how the servers stand; a fault where only a person may decide.
    fn course(&self, stands: &Stands) -> Result<Course, Fault> {
        match stands.primary() {
            Primary::One(color) if color == self.to => Ok(Course::Finish),
            Primary::One(_) => Ok(Course::Cross),
            Primary::Nobody if self.is_promoting => Ok(Course::Open),
            Primary::Nobody => self.may_reopen(stands).map(|()| Course::Cross),
            Primary::Both => Err(Fault::unknown(format!(
                "both databases take writes, and nobody here may choose between them; both are frozen now, so look at \
                 them ({}) and open one by hand",
                self.database.by_hand()
            ))),
        }
    }

    /// Where both took writes neither does any more, until a person has decided.
    async fn split(&self, switch: &mut dyn Switch, fault: Fault) -> Fault {
        for color in Color::BOTH {
            if let Err(error) = switch.freeze(color, plain(self.terms.freeze)).await {
                return Fault::unknown(format!("{fault}; and {color} could not be frozen: {error}"));
            }
        }
        fault
    }

    async fn back(&self) -> Seen {
        let gone = match self.fenced().await {
            Ok((mut switch, stands)) => match stands.primary() {
                Primary::One(color) if color == self.to => Err(Fault::drift(format!(
                    "the database of {color} takes writes, and nobody here opened it: to go back would lose them"
                ))),
                Primary::One(_) => self.restore(switch.as_mut(), false).await,
                Primary::Nobody => match self.may_reopen(&stands) {
                    Ok(()) => self.restore(switch.as_mut(), true).await,
                    Err(fault) => Err(fault),
                },
                Primary::Both => match self.course(&stands) {
                    Ok(_) => Err(Fault::unknown("both databases take writes")),
                    Err(fault) => Err(self.split(switch.as_mut(), fault).await),
                },
            },
            Err(fault) => Err(fault),
        };
        match gone {
            Ok(()) => Seen::Answered(Answer::Reached(Outcome::Plain)),
            Err(fault) => Seen::fault(fault),
        }
    }
}

/// What follows from how the servers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// From the beginning; what a dead one left frozen is opened first.
    Cross,
    /// The new primary is opened, and nothing else can be.
    Open,
    /// It is open; what is left is to let requests go on, and to clean up.
    Finish,
}

fn plain(duration: SignedDuration) -> Duration {
    duration.unsigned_abs()
}
