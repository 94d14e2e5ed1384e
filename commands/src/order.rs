//! What people and the schedule may ask for: orders are decided, questions are answered.

use events::color::Color;
pub use events::history::Moment;
use events::name::SiteName;
use events::number::{RunNumber, Ticket};
use events::release::ReleaseName;
use jiff::{SignedDuration, Timestamp};

/// One understood line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Order {
        site: SiteName,
        order: Order,
    },
    /// A question about one site, or about all of them.
    Question {
        site: Option<SiteName>,
        question: Question,
    },
}

/// Something to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Bring a release to the idle environment and check it there.
    Deploy(Deploy),
    /// Bring users to the environment that is ready.
    Cutover(Cutover),
    /// Bring users back to the way back.
    Rollback {
        reason: Option<String>,
        /// `--accept-loss`: although writes stay behind; how many, the plan says.
        accepts_loss: bool,
    },
    /// Empty the way back now, or when its time has come (from the schedule).
    Decommission {
        reason: Option<String>,
    },
    /// Keep the way back: for so much longer, or until somebody says otherwise.
    Keep(Keep),
    /// Turn the open run back.
    Abort {
        reason: Option<String>,
    },
    /// Be for the run that waits for people.
    Approve(Approve),
    /// Be against it: it turns back.
    Reject {
        reason: String,
    },
    /// Take back that one is for it.
    Withdraw,
    /// Mean what one said: an order that can't be taken back.
    Confirm {
        code: String,
    },
    /// Take an order out of the queue: the newest of one's own, if none is named.
    Unqueue {
        ticket: Option<Ticket>,
    },
    /// Let a stuck run, or one that waits to ask again, try now.
    Retry,
    /// Go on without the step that is underway; never a guard.
    Skip {
        reason: String,
    },
    /// Close the site to new runs.
    Lock(Lock),
    Unlock,
    /// Take the site over as the world shows it now.
    Adopt,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deploy {
    pub release: ReleaseName,
    /// `--onto`: the environment that is meant; only the idle one is accepted.
    pub onto: Option<Color>,
    pub reason: Option<String>,
    /// `--plan`: say what would be done, and do nothing.
    pub is_dry: bool,
    /// `--at`: begin then.
    pub at: Option<At>,
    /// `--give-up-way-back`: deploy onto the way back although its window is open.
    pub gives_up_way_back: bool,
    /// `--queue`: wait for a turn while the site is busy.
    pub is_queued: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cutover {
    pub reason: Option<String>,
    /// `--plan`: say what would be done, and do nothing.
    pub is_dry: bool,
    /// `--at`: begin then.
    pub at: Option<At>,
    /// `--canary 5,25,50`: shares of the new environment before all of it, rising, each 1 to 99.
    pub canary: Vec<u8>,
    /// `--queue`: wait for a turn while the site is busy.
    pub is_queued: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approve {
    /// The run that is meant.
    pub run: Option<RunNumber>,
    /// The beginning of its plan's hash.
    pub plan: Option<String>,
    /// `--break-glass`: why nobody else is waited for.
    pub glass: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    pub reason: String,
    /// How long; without it, until somebody says otherwise.
    pub lasts: Option<SignedDuration>,
    /// `--steal`: although somebody else holds it.
    pub steals: bool,
}

/// When something shall begin, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// `18:00`: the next time that the clock of the site's zone shows this.
    Clock { hour: i8, minute: i8 },
    /// `2026-08-10T18:00:00Z`.
    Moment(Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    For(SignedDuration),
    UntilReleased,
}

/// Something to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Where a site stands.
    Status,
    /// Its runs, newest first.
    History { limit: u16 },
    /// What led to where a run (the newest, if none is named) stands.
    Why { run: Option<RunNumber> },
    /// The events of a run (or of the whole site), step by step, with the state after each.
    Replay { run: Option<RunNumber>, until: Option<Moment> },
    /// The plan of the open or newest run.
    Plan { run: Option<RunNumber> },
    /// What can be said, or how one verb is said.
    Help { verb: Option<String> },
    /// What the databases ask for before users may cross.
    Preflight,
    /// How the databases stand.
    Standing,
    /// Who the asker is to us, and what they may do.
    WhoAmI,
}

impl Order {
    /// When what it asks for shall begin, as it was typed; none for at once.
    #[must_use]
    pub fn at(&self) -> Option<&At> {
        match self {
            Self::Deploy(deploy) => deploy.at.as_ref(),
            Self::Cutover(cutover) => cutover.at.as_ref(),
            Self::Rollback { .. }
            | Self::Decommission { .. }
            | Self::Keep(_)
            | Self::Abort { .. }
            | Self::Approve(_)
            | Self::Reject { .. }
            | Self::Withdraw
            | Self::Confirm { .. }
            | Self::Unqueue { .. }
            | Self::Retry
            | Self::Skip { .. }
            | Self::Lock { .. }
            | Self::Unlock
            | Self::Adopt => None,
        }
    }

    /// Whether it only asks what would be done.
    #[must_use]
    pub fn is_dry(&self) -> bool {
        match self {
            Self::Deploy(deploy) => deploy.is_dry,
            Self::Cutover(cutover) => cutover.is_dry,
            Self::Rollback { .. }
            | Self::Decommission { .. }
            | Self::Keep(_)
            | Self::Abort { .. }
            | Self::Approve(_)
            | Self::Reject { .. }
            | Self::Withdraw
            | Self::Confirm { .. }
            | Self::Unqueue { .. }
            | Self::Retry
            | Self::Skip { .. }
            | Self::Lock { .. }
            | Self::Unlock
            | Self::Adopt => false,
        }
    }

    /// Whether it waits for a turn while the site is busy.
    #[must_use]
    pub fn is_queued(&self) -> bool {
        match self {
            Self::Deploy(deploy) => deploy.is_queued,
            Self::Cutover(cutover) => cutover.is_queued,
            Self::Rollback { .. }
            | Self::Decommission { .. }
            | Self::Keep(_)
            | Self::Abort { .. }
            | Self::Approve(_)
            | Self::Reject { .. }
            | Self::Withdraw
            | Self::Confirm { .. }
            | Self::Unqueue { .. }
            | Self::Retry
            | Self::Skip { .. }
            | Self::Lock { .. }
            | Self::Unlock
            | Self::Adopt => false,
        }
    }
}
