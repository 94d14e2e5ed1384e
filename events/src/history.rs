//! The log as of any moment, and what changed between two.

use std::fmt;

use jiff::Timestamp;

use crate::color::Color;
use crate::envelope::Recorded;
use crate::fold::{Course, Environment, Phase, Run, Site, State, StepState, WindowEnd};
use crate::number::Position;

/// A moment in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Everything recorded up to and at this time. For people: two bots' clocks may differ.
    Time(Timestamp),
    /// Everything up to and with this event.
    Position(Position),
}

impl Moment {
    /// Whether the event was there by then.
    #[must_use]
    pub fn includes(self, recorded: &Recorded) -> bool {
        match self {
            Self::Time(time) => recorded.recorded_at <= time,
            Self::Position(position) => recorded.position <= position,
        }
    }
}

/// The state after all `events` (from the first of the log, in order) that were there by `moment`.
#[must_use]
pub fn as_of<'a>(events: impl IntoIterator<Item = &'a Recorded>, moment: Moment) -> State {
    let mut state = State::default();
    events.into_iter().take_while(|it| moment.includes(it)).for_each(|it| state.apply(it));
    state
}

/// The events that lead from the state as of `from` to the state as of `to`; none if `from` is the later one.
pub fn between<'a>(
    events: impl IntoIterator<Item = &'a Recorded>,
    from: Moment,
    to: Moment,
) -> impl Iterator<Item = &'a Recorded> {
    // Clocks may jump back: both states are those of a beginning of the log, and this is what lies between the two.
    events.into_iter().take_while(move |it| to.includes(it)).skip_while(move |it| from.includes(it))
}

/// One thing that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub what: &'static str,
    pub before: String,
    pub after: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {}", self.what, self.before, self.after)
    }
}

/// What is different between two states of one site, in the words that people know.
#[must_use]
pub fn diff(before: &Site, after: &Site) -> Vec<Difference> {
    describe(before)
        .into_iter()
        .zip(describe(after))
        .filter(|(before, after)| before != after)
        .map(|((what, before), (_, after))| Difference { what, before, after })
        .collect()
}

fn describe(site: &Site) -> [(&'static str, String); 7] {
    let none = || "none".to_owned();
    [
        ("live", site.live.map_or_else(none, |it| it.to_string())),
        ("blue", environment(site.environments.get(Color::Blue))),
        ("green", environment(site.environments.get(Color::Green))),
        ("run", site.run.as_ref().map_or_else(none, run)),
        (
            "window",
            site.window.as_ref().map_or_else(none, |it| match it.end {
                WindowEnd::Held => format!("{} is kept until further notice", it.way_back),
                WindowEnd::At { closes_at, .. } => {
                    format!("{} is the way back until {}", it.way_back, closes_at.strftime("%Y-%m-%d %H:%M:%S UTC"))
                }
            }),
        ),
        ("lock", site.lock.as_ref().map_or_else(none, |it| format!("by {}: {}", it.owner, it.reason))),
        ("parked", site.parked.as_ref().map_or_else(none, |it| it.why.clone())),
    ]
}

fn environment(it: &Environment) -> String {
    let phase = match it.phase {
        Phase::Empty => return "empty".to_owned(),
        Phase::Ready => "ready",
        Phase::Live => "live",
        Phase::WayBack => "way back",
        Phase::Unclear => "unclear",
    };
    let machines = it.machines.len();
    match &it.release {
        Some(release) => format!("{phase}, {release} on {machines} machines"),
        None => format!("{phase}, {machines} machines"),
    }
}

fn run(run: &Run) -> String {
    let done = run
        .steps
        .iter()
        .filter(|it| match it {
            StepState::Done { .. } | StepState::Skipped { .. } => true,
            StepState::Waiting
            | StepState::Open { .. }
            | StepState::Failed { .. }
            | StepState::Undoing { .. }
            | StepState::UndoFailed { .. }
            | StepState::Undone => false,
        })
        .count();
    let heading = match (&run.course, &run.stuck) {
        (_, Some(_)) => "stuck",
        (Course::Forward, None) => "open",
        (Course::Back { .. }, None) => "turning back",
    };
    format!("#{} {heading}, {done} of {} steps done", run.number, run.steps.len())
}

#[cfg(test)]
mod tests;
