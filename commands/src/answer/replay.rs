//! The events of a site, step by step, each with what it changed.

use std::fmt;

use events::envelope::Recorded;
use events::fact::{Event, RunEvent};
use events::fold::{Site, State};
use events::history;
use events::name::SiteName;
use events::number::RunNumber;
use events::wire;
use jiff::Timestamp;
use serde::Serialize;

use super::status::{StatusReport, status};
use crate::sentence;

/// What happened, in order, and where the site stood at the end of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayReport {
    pub told: Vec<Told>,
    pub end: StatusReport,
}

/// One event, told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Told {
    pub position: u64,
    pub at: Timestamp,
    pub actor: String,
    pub run: Option<RunNumber>,
    pub sentence: String,
    pub differences: Vec<String>,
}

/// Tells the events of one site, or of one of its runs; takes all events of the site from its first, in order.
#[derive(Debug)]
pub struct Replay {
    name: SiteName,
    only: Option<RunNumber>,
    state: State,
    told: Vec<Told>,
}

impl Replay {
    #[must_use]
    pub fn new(name: &SiteName, only: Option<RunNumber>) -> Self {
        Self::after(name, only, State::default())
    }

    /// Goes on after what `state` has in it already.
    #[must_use]
    pub fn after(name: &SiteName, only: Option<RunNumber>, state: State) -> Self {
        Self { name: name.clone(), only, state, told: Vec::new() }
    }

    /// Takes the next event.
    pub fn take(&mut self, recorded: &Recorded) {
        let told = self.tell(recorded);
        self.told.extend(told);
    }

    /// Takes the next event, and tells it instead of keeping it; none if it is of another site or run.
    pub fn tell(&mut self, recorded: &Recorded) -> Option<Told> {
        let before = self.state.site(&self.name);
        self.state.apply(recorded);
        if recorded.stream.as_str() != self.name.to_string() {
            return None;
        }
        let run = run_of(recorded, &before);
        let is_meant = self.only.is_none() || run == self.only;
        is_meant.then(|| tell(recorded, &before, &self.state.site(&self.name), run))
    }

    /// Everything told, and where the site stands.
    #[must_use]
    pub fn report(self) -> ReplayReport {
        ReplayReport { end: status(&self.name, &self.state.site(&self.name)), told: self.told }
    }
}

/// One event, told, given the site before and after it.
#[must_use]
pub(super) fn tell(recorded: &Recorded, before: &Site, after: &Site, run: Option<RunNumber>) -> Told {
    let sentence = match wire::decode(recorded) {
        Ok(event) => sentence::fact(&event, before),
        Err(error) => format!("An event that cannot be read: {error}."),
    };
    Told {
        position: recorded.position.0,
        at: recorded.recorded_at,
        actor: recorded.actor.to_string(),
        run,
        sentence,
        differences: history::diff(before, after).iter().map(ToString::to_string).collect(),
    }
}

/// The run that an event belongs to: its own, or the one that was open.
#[must_use]
pub(super) fn run_of(recorded: &Recorded, before: &Site) -> Option<RunNumber> {
    if let Ok(Event::Run(RunEvent::Requested { run, .. })) = wire::decode(recorded) {
        return Some(run);
    }
    before.run.as_ref().map(|it| it.number).or_else(|| named(recorded))
}

/// The run that a fact says it belongs to: the window and the lock are written in one breath with the beginning or the
/// end of a run.
fn named(recorded: &Recorded) -> Option<RunNumber> {
    let (stream, number) = recorded.correlation.as_str().rsplit_once('#')?;
    let number = number.parse().ok()?;
    (stream == recorded.stream.as_str()).then_some(RunNumber(number))
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for it in &self.told {
            writeln!(f, "{it}")?;
        }
        write!(f, "{}", self.end)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.strftime("%Y-%m-%d %H:%M:%S%.3f");
        write!(f, "{:>6}  {at}  {:<16}  {}", self.position, self.actor, self.sentence)?;
        for it in &self.differences {
            write!(f, "\n{:>10}{it}", "")?;
        }
        Ok(())
    }
}
