//! What works behind a site's requests (consumers of queues, schedulers, cron), and what it is asked to become.

use serde::{Deserialize, Serialize};

use super::traffic::mismatch;
use super::{Image, Intent, OnAbort, Standing, WayBack};
use crate::color::Color;

/// A target for the workers of one color.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkersIntent {
    /// None of them takes anything up.
    Pause { color: Color },
    /// All of them work.
    Start { color: Color },
}

/// What the workers of one color do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Running,
    Paused,
    /// Some work, and others don't.
    Partly,
    /// Nobody can look, and nothing was asked of them.
    Unseen,
}

impl WorkersIntent {
    /// What they do once it is reached.
    #[must_use]
    pub fn wanted(&self) -> Work {
        match self {
            Self::Pause { .. } => Work::Paused,
            Self::Start { .. } => Work::Running,
        }
    }

    pub(super) fn way_back(&self, before: &Image) -> WayBack {
        let Image::Workers(before) = before else { return mismatch() };
        if *before == self.wanted() {
            return WayBack::Nothing;
        }
        WayBack::By(Intent::Workers(match self {
            Self::Pause { color } => Self::Start { color: *color },
            Self::Start { color } => Self::Pause { color: *color },
        }))
    }

    /// What was cut short, or can't be seen, is partway: it is asked for again, and undone, however far it came.
    pub(super) fn standing(&self, _before: &Image, now: &Image) -> Standing {
        match now {
            Image::Workers(now) if *now == self.wanted() => Standing::Reached,
            Image::Workers(Work::Partly | Work::Unseen) => Standing::Partway,
            Image::Workers(Work::Running | Work::Paused) => Standing::Before,
            Image::Weights(_)
            | Image::Members { .. }
            | Image::Machines(_)
            | Image::Releases(_)
            | Image::Servers(_)
            | Image::Crossing { .. } => Standing::Elsewhere,
        }
    }

    pub(super) fn on_abort(&self) -> OnAbort {
        match self {
            // Whoever asks next ends what is still being asked.
            Self::Pause { .. } | Self::Start { .. } => OnAbort::Undo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause() -> Intent {
        Intent::Workers(WorkersIntent::Pause { color: Color::Blue })
    }

    fn start() -> Intent {
        Intent::Workers(WorkersIntent::Start { color: Color::Blue })
    }

    #[test]
    fn workers_that_were_paused_before_are_not_started_on_the_way_back() {
        for before in [Work::Running, Work::Partly, Work::Unseen] {
            assert_eq!(pause().way_back(&Image::Workers(before)), WayBack::By(start()), "{before:?}");
        }
        assert_eq!(pause().way_back(&Image::Workers(Work::Paused)), WayBack::Nothing);
        assert_eq!(start().way_back(&Image::Workers(Work::Paused)), WayBack::By(pause()));
        assert_eq!(start().way_back(&Image::Workers(Work::Running)), WayBack::Nothing);
        assert!(matches!(pause().way_back(&Image::Machines(vec![])), WayBack::Never { .. }));
        assert_eq!((pause().on_abort(), start().on_abort()), (OnAbort::Undo, OnAbort::Undo));
    }

    #[test]
    fn what_nobody_can_see_is_never_taken_for_what_was() {
        let before = Image::Workers(Work::Unseen);
        for (now, paused, started) in [
            (Work::Running, Standing::Before, Standing::Reached),
            (Work::Paused, Standing::Reached, Standing::Before),
            (Work::Partly, Standing::Partway, Standing::Partway),
            (Work::Unseen, Standing::Partway, Standing::Partway),
        ] {
            let now = Image::Workers(now);
            assert_eq!(
                (pause().standing(&before, &now), start().standing(&before, &now)),
                (paused, started),
                "{now:?}"
            );
        }
        assert_eq!(pause().standing(&before, &Image::Machines(vec![])), Standing::Elsewhere);
    }
}
