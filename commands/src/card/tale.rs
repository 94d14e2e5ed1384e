//! What a card tells of: a run, what it waits for, a window or a lock, as the log has it, and how it ended.

use events::actor::Actor;
use events::fact::{ApprovalEvent, ClosedBecause, Event};
use events::fold::{Awaited, Bypass, Course, Ended, Lock, Run, Site, StepState, Stuck, Window};
use events::name::{RoleName, SiteName};
use events::number::{Position, StepIndex};
use events::release::Release;
use jiff::Timestamp;

use super::{Card, approval, cutover, decommission, deploy, lock, rollback, window};
use events::fact::RunKind;

/// One headline message, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tale {
    Run(Box<RunTale>),
    Approval(Box<ApprovalTale>),
    Window(Box<WindowTale>),
    Lock(LockTale),
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTale {
    pub run: Run,
    /// What users had, or have, in the other environment.
    pub other: Option<Release>,
    /// How it ended, and when.
    pub end: Option<(Ended, Timestamp)>,
    /// The newest event that is in here.
    pub position: Position,
}

/// A run that waits for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalTale {
    pub run: Run,
    pub other: Option<Release>,
    step: StepIndex,
    pub role: RoleName,
    pub count: u16,
    pub requester_counts: bool,
    pub deadline: Timestamp,
    /// Who was against it: the run turns back with the next event.
    rejected: Option<(Actor, String)>,
    pub end: Option<(Verdict, Timestamp)>,
    pub position: Position,
}

/// What became of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Approved,
    Bypassed {
        by: Actor,
        role: RoleName,
        reason: String,
    },
    Rejected {
        by: Actor,
        reason: String,
    },
    Late,
    /// For a reason of its own.
    TurnedBack,
}

/// A window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowTale {
    pub window: Window,
    /// The run that is open while it is.
    pub run: Option<Run>,
    pub end: Option<(ClosedBecause, Timestamp)>,
    pub position: Position,
}

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTale {
    pub lock: Lock,
    pub end: Option<Timestamp>,
    pub position: Position,
}

impl Tale {
    /// The open run of a site.
    #[must_use]
    pub fn run(site: &Site) -> Option<Self> {
        let run = site.run.clone()?;
        let other = site.environments.get(run.color.other()).release.clone();
        Some(Self::Run(Box::new(RunTale { run, other, end: None, position: site.position })))
    }

    /// What the open run of a site waits for, once that has a deadline.
    #[must_use]
    pub fn approval(site: &Site) -> Option<Self> {
        let run = site.run.clone()?;
        let Awaited { step, role, count, requester_counts, deadline } = run.awaited()?;
        let (role, deadline) = (role.clone(), deadline?);
        let other = site.environments.get(run.color.other()).release.clone();
        let (rejected, end, position) = (None, None, site.position);
        let tale = ApprovalTale { run, other, step, role, count, requester_counts, deadline, rejected, end, position };
        Some(Self::Approval(Box::new(tale)))
    }

    /// The open window of a site.
    #[must_use]
    pub fn window(site: &Site) -> Option<Self> {
        let window = site.window.clone()?;
        let tale = WindowTale { window, run: site.run.clone(), end: None, position: site.position };
        Some(Self::Window(Box::new(tale)))
    }

    /// The lock of a site.
    #[must_use]
    pub fn lock(site: &Site) -> Option<Self> {
        Some(Self::Lock(LockTale { lock: site.lock.clone()?, end: None, position: site.position }))
    }

    /// Whether nothing more follows.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self {
            Self::Run(tale) => tale.end.is_some(),
            Self::Approval(tale) => tale.end.is_some(),
            Self::Window(tale) => tale.end.is_some(),
            Self::Lock(tale) => tale.end.is_some(),
        }
    }

    /// What a channel shows of it.
    #[must_use]
    pub fn card(&self, name: &SiteName) -> Card {
        match self {
            Self::Run(tale) => match tale.run.kind {
                RunKind::Deploy => deploy::card(name, tale),
                RunKind::Cutover => cutover::card(name, tale),
                RunKind::Rollback => rollback::card(name, tale),
                RunKind::Decommission => decommission::card(name, tale),
            },
            Self::Approval(tale) => approval::card(name, tale),
            Self::Window(tale) => window::card(name, tale),
            Self::Lock(tale) => lock::card(name, tale),
        }
    }
}

/// How a run stands, as its card says it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stands<'a> {
    Forward,
    Back { why: &'a str },
    Stuck(&'a Stuck),
    Over(&'a Ended),
}

impl RunTale {
    pub(super) fn stands(&self) -> Stands<'_> {
        match (&self.end, &self.run.stuck, &self.run.course) {
            (Some((ended, _)), _, _) => Stands::Over(ended),
            (None, Some(stuck), _) => Stands::Stuck(stuck),
            (None, None, Course::Back { why, .. }) => Stands::Back { why },
            (None, None, Course::Forward) => Stands::Forward,
        }
    }
}

impl ApprovalTale {
    /// How many people are still to be for it.
    pub(super) fn missing(&self) -> usize {
        usize::from(self.count).saturating_sub(self.run.approvals.given.len())
    }

    /// Something happened at the site, which is like that now.
    pub(super) fn update(&mut self, site: &Site, event: &Event, by: &Actor, at: Timestamp) {
        if self.end.is_some() {
            return;
        }
        if let Event::Approval(ApprovalEvent::Rejected { reason, .. }) = event {
            self.rejected = Some((by.clone(), reason.clone()));
        }
        self.position = site.position;
        let open = site.run.as_ref().filter(|it| it.number == self.run.number);
        if let Some(run) = open {
            self.run = run.clone();
        }
        if open.is_none_or(|it| it.awaited().is_none() || it.approvals.bypass.is_some()) {
            self.end = Some((self.verdict(), at));
        }
    }

    fn verdict(&self) -> Verdict {
        if let Some(Bypass { by, role, reason }) = self.run.approvals.bypass.clone() {
            return Verdict::Bypassed { by, role, reason };
        }
        if let Some((by, reason)) = self.rejected.clone() {
            return Verdict::Rejected { by, reason };
        }
        match self.run.state(self.step) {
            Some(StepState::Done { .. }) => Verdict::Approved,
            Some(StepState::Failed { .. }) => Verdict::Late,
            Some(
                StepState::Waiting
                | StepState::Open { .. }
                | StepState::Skipped { .. }
                | StepState::Undoing { .. }
                | StepState::UndoFailed { .. }
                | StepState::Undone,
            )
            | None => Verdict::TurnedBack,
        }
    }
}
