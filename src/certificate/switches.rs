//! How long a switch takes, as seen from outside: until the last request that still began on the color left behind.

use std::collections::BTreeMap;

use events::color::Color;
use events::fact::{RunKind, RunOutcome};
use events::number::RunNumber;
use jiff::Timestamp;

use super::log::{Happening, Logged};

/// One moment at which the bot began to give every request to one color.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Switch {
    kind: RunKind,
    is_well: bool,
    /// When the step's intent was on disk, in microseconds of the wall clock.
    begun_us: i64,
    from: Color,
    /// When the last request began that the color left behind has answered.
    last_on_old_us: Option<i64>,
}

impl Switch {
    fn brings_users(&self) -> bool {
        match self.kind {
            RunKind::Cutover | RunKind::Rollback => true,
            RunKind::Deploy | RunKind::Decommission => false,
        }
    }

    /// 0 if no request began on the old color once the step had begun.
    pub(super) fn microseconds(&self) -> u64 {
        let last = self.last_on_old_us.unwrap_or(self.begun_us);
        u64::try_from(last.saturating_sub(self.begun_us)).unwrap_or(0)
    }
}

/// The switches of a log in the order they began, and the requests that fell between them.
#[derive(Debug, Default)]
pub(super) struct Switches {
    all: Vec<Switch>,
    /// When the first request began: switches before it were seen by nobody.
    first_us: Option<i64>,
}

impl Switches {
    pub(super) fn of(log: &[Logged]) -> Self {
        let mut runs = BTreeMap::new();
        let mut all = Vec::<(RunNumber, Switch)>::new();
        for event in log {
            match &event.happening {
                Happening::Requested { run, kind, switches, .. } => {
                    runs.insert((&event.stream, *run), (*kind, switches));
                }
                Happening::Begun { run, step } => {
                    let Some((kind, switches)) = runs.get(&(&event.stream, *run)) else { continue };
                    let Some((_, to)) = switches.iter().find(|(index, _)| index == step) else { continue };
                    // Asked again after a fault or a restart: it is still the same switch.
                    if all.last().is_some_and(|(last, _)| last == run) {
                        continue;
                    }
                    let begun_us = event.recorded_at.as_microsecond();
                    let (kind, from) = (*kind, to.other());
                    all.push((*run, Switch { kind, is_well: false, begun_us, from, last_on_old_us: None }));
                }
                Happening::Finished { run, outcome } => {
                    for (_, switch) in all.iter_mut().filter(|(number, _)| number == run) {
                        switch.is_well = *outcome == RunOutcome::Succeeded;
                    }
                }
                Happening::Other => {}
            }
        }
        Self { all: all.into_iter().map(|(_, switch)| switch).collect(), first_us: None }
    }

    /// A request began at this moment and was answered by `color`. Belongs to the newest switch before it.
    pub(super) fn request(&mut self, started: Timestamp, color: Color) {
        let started_us = started.as_microsecond();
        self.first_us = Some(self.first_us.map_or(started_us, |first| first.min(started_us)));
        let after = self.all.partition_point(|switch| switch.begun_us <= started_us);
        let Some(switch) = after.checked_sub(1).and_then(|index| self.all.get_mut(index)) else { return };
        if switch.from == color {
            switch.last_on_old_us = Some(switch.last_on_old_us.map_or(started_us, |last| last.max(started_us)));
        }
    }

    /// Those that happened under traffic and were what their run was for: users brought over, or back.
    pub(super) fn under_traffic(&self) -> impl Iterator<Item = &Switch> {
        let first_us = self.first_us.unwrap_or(i64::MAX);
        self.all.iter().filter(move |it| it.is_well && it.begun_us >= first_us && it.brings_users())
    }
}
