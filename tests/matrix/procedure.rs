//! What is killed: each procedure of a shop, from the order to its end.

use events::fold::{Site, StepState};
use events::number::StepIndex;

/// One procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Procedure {
    /// A bot starts beside a folder where nothing is: balancer, supervisor, log, and the site is adopted.
    Adopt,
    FirstDeploy,
    FirstCutover,
    /// With a hook that may not be repeated.
    Deploy,
    Canary,
    Cutover,
    Rollback,
    Unlock,
    Decommission,
    /// A cutover that is aborted while a share bakes.
    AbortedCutover,
    /// A delivery that is aborted while its hook runs.
    AbortedDeploy,
    /// The same two, but a person aborts as soon as the bot that was killed is back.
    HastilyAbortedCutover,
    HastilyAbortedDeploy,
}

impl Procedure {
    pub(crate) const ALL: [Self; 13] = [
        Self::Adopt,
        Self::FirstDeploy,
        Self::FirstCutover,
        Self::Deploy,
        Self::Canary,
        Self::Cutover,
        Self::Rollback,
        Self::Unlock,
        Self::Decommission,
        Self::AbortedCutover,
        Self::AbortedDeploy,
        Self::HastilyAbortedCutover,
        Self::HastilyAbortedDeploy,
    ];
}

/// Where a shop stands between two procedures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    Nothing,
    Adopted,
    /// The first release is there, and nobody serves.
    Delivered,
    /// One color serves, and the other has no machines.
    Alone,
    /// One color serves, and the other could.
    Ready,
    Window,
    Locked,
}

/// What happens in a procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// The bot is started.
    Start,
    /// Somebody says a line, until it is answered.
    Say(String),
    /// It is waited for this.
    Until(Rest),
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Adopted,
    /// The run that was asked for has ended.
    Over,
    Unlocked,
    /// The first share bakes.
    Baking,
    /// The delivery's hook runs.
    Hooked,
}

/// The step of `cutover --canary 25` that bakes.
const BAKE: StepIndex = StepIndex(5);

impl Rest {
    /// Whether the log says so; what happens in hooks it does not say.
    pub(crate) fn is_in(self, site: &Site, runs: u32) -> bool {
        match self {
            Self::Adopted => site.is_adopted,
            Self::Over => site.run.is_none() && site.newest.0 == runs + 1,
            Self::Unlocked => site.lock.is_none(),
            Self::Baking => site.run.as_ref().is_some_and(|run| {
                run.stands_at().is_some_and(|(step, state)| step == BAKE && matches!(state, StepState::Open { .. }))
            }),
            Self::Hooked => site.run.is_some(),
        }
    }
}

impl Procedure {
    /// What happens, with a release that is called `release`.
    pub(crate) fn acts(self, release: &str) -> Vec<Act> {
        let say = |line: &str| Act::Say(line.to_owned());
        let deploy = Act::Say(format!("deploy shop@{release} to demo"));
        let abort = say("abort shop/demo: changed my mind");
        let over = Act::Until(Rest::Over);
        match self {
            Self::Adopt => vec![Act::Start, Act::Until(Rest::Adopted)],
            Self::FirstDeploy | Self::Deploy => vec![deploy, over],
            Self::FirstCutover | Self::Cutover => vec![say("cutover shop/demo"), over],
            Self::Canary => vec![say("cutover shop/demo --canary 40"), over],
            Self::Rollback => vec![say("rollback shop/demo: checkout fails"), over],
            Self::Unlock => vec![say("unlock shop/demo"), Act::Until(Rest::Unlocked)],
            Self::Decommission => vec![say("decommission shop/demo --reason \"no need\""), over],
            Self::AbortedCutover | Self::HastilyAbortedCutover => {
                vec![say("cutover shop/demo --canary 25"), Act::Until(Rest::Baking), abort, over]
            }
            Self::AbortedDeploy | Self::HastilyAbortedDeploy => {
                vec![deploy, Act::Until(Rest::Hooked), abort, over]
            }
        }
    }

    /// Where a shop stands before and after; a procedure that turns back leaves it where it was.
    pub(crate) fn way(self) -> (Stand, Stand) {
        match self {
            Self::Adopt => (Stand::Nothing, Stand::Adopted),
            Self::FirstDeploy => (Stand::Adopted, Stand::Delivered),
            Self::FirstCutover => (Stand::Delivered, Stand::Alone),
            Self::Deploy => (Stand::Alone, Stand::Ready),
            Self::Canary | Self::Cutover => (Stand::Ready, Stand::Window),
            Self::Rollback => (Stand::Window, Stand::Locked),
            Self::Unlock => (Stand::Locked, Stand::Ready),
            Self::Decommission => (Stand::Window, Stand::Alone),
            Self::AbortedCutover | Self::AbortedDeploy | Self::HastilyAbortedCutover | Self::HastilyAbortedDeploy => {
                (Stand::Ready, Stand::Ready)
            }
        }
    }

    /// Whether shares must bake for long, or not at all; none where nothing bakes.
    pub(crate) fn bakes(self) -> Option<bool> {
        match self {
            Self::Canary => Some(false),
            Self::AbortedCutover | Self::HastilyAbortedCutover => Some(true),
            Self::Adopt
            | Self::FirstDeploy
            | Self::FirstCutover
            | Self::Deploy
            | Self::Cutover
            | Self::Rollback
            | Self::Unlock
            | Self::Decommission
            | Self::AbortedDeploy
            | Self::HastilyAbortedDeploy => None,
        }
    }

    /// Whether users go from one color to the other: a database crosses with them where each has its own, and workers rest.
    pub(crate) fn moves_users(self) -> bool {
        matches!(self, Self::Cutover | Self::Rollback)
    }

    /// Whether a release is delivered.
    pub(crate) fn delivers(self) -> bool {
        matches!(self, Self::FirstDeploy | Self::Deploy | Self::AbortedDeploy | Self::HastilyAbortedDeploy)
    }

    /// Whether the hook of the delivery does not end.
    pub(crate) fn holds(self) -> bool {
        matches!(self, Self::AbortedDeploy | Self::HastilyAbortedDeploy)
    }

    /// Whether people abort as soon as the bot was killed, wherever the run is then.
    pub(crate) fn is_hasty(self) -> bool {
        matches!(self, Self::HastilyAbortedCutover | Self::HastilyAbortedDeploy)
    }

    /// Whether everything must be in the end as it was in the beginning.
    pub(crate) fn turns_back(self) -> bool {
        self.is_hasty() || matches!(self, Self::AbortedCutover | Self::AbortedDeploy)
    }
}
