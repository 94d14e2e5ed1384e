//! What a card tells of: a run, a window or a lock, as the log has it, and how it ended.

use events::fact::ClosedBecause;
use events::fold::{Course, Ended, Lock, Run, Site, Stuck, Window};
use events::name::SiteName;
use events::number::Position;
use events::release::Release;
use jiff::Timestamp;

use super::{Card, cutover, decommission, deploy, lock, rollback, window};
use events::fact::RunKind;

/// One headline message, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tale {
    Run(Box<RunTale>),
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
