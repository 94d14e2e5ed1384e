//! What was said, piece by piece, and the command that it makes.

use events::color::Color;
use events::name::SiteName;
use events::number::{RunNumber, Ticket};
use events::release::ReleaseName;
use jiff::SignedDuration;

use super::misread::Because;
use crate::order::{Approve, At, Cutover, Deploy, Lock, Moment};

/// Everything that a line may hold; what a verb does not take stays empty.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the grammar, and a line may hold any of them")]
pub(super) struct Said {
    pub(super) site: Option<SiteName>,
    pub(super) release: Option<ReleaseName>,
    pub(super) run: Option<RunNumber>,
    pub(super) plan: Option<String>,
    pub(super) code: Option<String>,
    pub(super) ticket: Option<Ticket>,
    pub(super) breaks_glass: bool,
    pub(super) steals: bool,
    pub(super) length: Option<SignedDuration>,
    pub(super) topic: Option<&'static str>,
    pub(super) reason: Option<String>,
    pub(super) onto: Option<Color>,
    pub(super) is_dry: bool,
    pub(super) is_queued: bool,
    pub(super) at: Option<At>,
    pub(super) gives_up_way_back: bool,
    pub(super) accepts_loss: bool,
    pub(super) canary: Vec<u8>,
    pub(super) limit: Option<u16>,
    pub(super) until: Option<Moment>,
}

impl Said {
    pub(super) fn deploy(self) -> Result<Deploy, Because> {
        let is_queued = self.is_queued()?;
        let Self { onto, reason, is_dry, at, gives_up_way_back, .. } = self;
        let release = self.release.ok_or(Because::NoRelease { verb: "deploy" })?;
        Ok(Deploy { release, onto, reason, is_dry, at, gives_up_way_back, is_queued })
    }

    pub(super) fn cutover(self) -> Result<Cutover, Because> {
        let is_queued = self.is_queued()?;
        let Self { reason, is_dry, at, canary, .. } = self;
        Ok(Cutover { reason, is_dry, at, canary, is_queued })
    }

    /// What waits for a turn waits for no time, and a plan is made when the turn has come.
    fn is_queued(&self) -> Result<bool, Because> {
        let both = |other| Err(Because::Both { one: "queue", other });
        match (self.is_queued, self.is_dry, &self.at) {
            (true, true, _) => both("plan"),
            (true, false, Some(_)) => both("at"),
            (is_queued, _, _) => Ok(is_queued),
        }
    }

    pub(super) fn approve(self) -> Result<Approve, Because> {
        let Self { run, plan, breaks_glass, reason, .. } = self;
        match (breaks_glass, reason) {
            (true, None) => Err(Because::NoReason { verb: "approve --break-glass" }),
            (true, Some(reason)) => Ok(Approve { run, plan, glass: Some(reason) }),
            (false, Some(_)) => Err(Because::NotTaken { verb: "approve", what: "reason without `--break-glass`" }),
            (false, None) => Ok(Approve { run, plan, glass: None }),
        }
    }

    pub(super) fn lock(self) -> Result<Lock, Because> {
        let (lasts, steals) = (self.length, self.steals);
        self.needed_reason("lock").map(|reason| Lock { reason, lasts, steals })
    }

    pub(super) fn needed_reason(self, verb: &'static str) -> Result<String, Because> {
        self.reason.ok_or(Because::NoReason { verb })
    }
}
