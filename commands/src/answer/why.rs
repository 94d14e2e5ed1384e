//! What led to where a run stands: who asked, what was read, what went wrong.

use std::fmt;

use events::envelope::Recorded;
use events::fact::{Answer, Event, Outcome, StepEvent};
use events::fold::State;
use events::name::SiteName;
use events::number::RunNumber;
use events::wire;
use serde::Serialize;

use super::replay::{Told, run_of, tell};

/// The events of a run that explain it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyReport {
    pub site: SiteName,
    pub run: Option<RunNumber>,
    pub told: Vec<Told>,
    /// Every reading that a gate of the run ended with.
    pub readings: Vec<String>,
}

/// Explains one run of a site; takes all events of the site from its first, in order.
#[derive(Debug)]
pub struct Why {
    report: WhyReport,
    state: State,
}

impl Why {
    #[must_use]
    pub fn new(name: &SiteName, run: Option<RunNumber>) -> Self {
        let report = WhyReport { site: name.clone(), run, told: Vec::new(), readings: Vec::new() };
        Self { report, state: State::default() }
    }

    /// Takes the next event.
    pub fn take(&mut self, recorded: &Recorded) {
        let name = &self.report.site;
        if recorded.stream.as_str() != name.to_string() {
            return;
        }
        let before = self.state.site(name);
        self.state.apply(recorded);
        let run = run_of(recorded, &before);
        if run.is_none() || run != self.report.run {
            return;
        }
        let Ok(event) = wire::decode(recorded) else { return };
        self.report.readings.extend(readings(&event));
        if explains(&event) {
            self.report.told.push(tell(recorded, &before, &self.state.site(name), run));
        }
    }

    #[must_use]
    pub fn report(self) -> WhyReport {
        self.report
    }
}

/// What a person would leave out: that things went as planned.
fn explains(event: &Event) -> bool {
    match event {
        Event::Step(StepEvent::Begun { .. } | StepEvent::Asked { .. } | StepEvent::UndoBegun { .. }) => false,
        Event::Step(StepEvent::Answered { answer, .. } | StepEvent::UndoAnswered { answer, .. }) => {
            matches!(answer, Answer::Failed(_))
        }
        Event::Step(StepEvent::Faulted { .. } | StepEvent::Promoting { .. } | StepEvent::Skipped { .. })
        | Event::Run(_)
        | Event::Site(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Window(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => true,
    }
}

fn readings(event: &Event) -> Vec<String> {
    match event {
        Event::Step(StepEvent::Answered { answer: Answer::Reached(Outcome::Readings(readings)), .. }) => {
            readings.iter().map(ToString::to_string).collect()
        }
        Event::Step(_)
        | Event::Run(_)
        | Event::Site(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Window(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => Vec::new(),
    }
}

impl fmt::Display for WhyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.run {
            None => write!(f, "{}: no run yet", self.site)?,
            Some(run) => write!(f, "{}: run #{run}", self.site)?,
        }
        for it in &self.told {
            write!(f, "\n{it}")?;
        }
        if !self.readings.is_empty() {
            write!(f, "\n  what was read before it went on:")?;
        }
        for it in &self.readings {
            write!(f, "\n    {it}")?;
        }
        Ok(())
    }
}
