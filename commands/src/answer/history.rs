//! The runs of a site, newest first.

use std::fmt;

use events::envelope::Recorded;
use events::fact::{Event, RunEvent, RunKind, RunOutcome};
use events::name::SiteName;
use events::number::RunNumber;
use events::wire;
use jiff::Timestamp;
use serde::Serialize;

use crate::sentence;

/// Every run that the log knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryReport {
    pub site: SiteName,
    pub runs: Vec<RunLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunLine {
    pub number: RunNumber,
    pub kind: RunKind,
    pub headline: String,
    pub by: String,
    pub reason: Option<String>,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// None while it is open.
    pub outcome: Option<RunOutcome>,
}

/// Collects the newest `limit` runs from the events of one site, taken in order.
#[derive(Debug)]
pub struct History {
    report: HistoryReport,
    limit: usize,
}

impl History {
    #[must_use]
    pub fn new(site: &SiteName, limit: usize) -> Self {
        Self { report: HistoryReport { site: site.clone(), runs: Vec::new() }, limit }
    }

    /// Takes the site's next event.
    pub fn take(&mut self, recorded: &Recorded) {
        let Ok(Event::Run(event)) = wire::decode(recorded) else { return };
        let runs = &mut self.report.runs;
        match event {
            RunEvent::Requested { run, kind, color, release, reason, .. } => runs.push(RunLine {
                number: run,
                kind,
                headline: sentence::headline(kind, color, release.as_ref()),
                by: recorded.actor.to_string(),
                reason,
                requested_at: recorded.recorded_at,
                finished_at: None,
                outcome: None,
            }),
            RunEvent::Finished { run, outcome } => {
                if let Some(line) = runs.iter_mut().rev().find(|it| it.number == run) {
                    line.finished_at = Some(recorded.recorded_at);
                    line.outcome = Some(outcome);
                }
            }
            RunEvent::Aborted { .. }
            | RunEvent::Stuck { .. }
            | RunEvent::Resumed { .. }
            | RunEvent::PeopleCalled { .. } => {}
        }
        // Runs come in the order of their numbers; what is over the limit is the oldest.
        if runs.len() > self.limit {
            runs.remove(0);
        }
    }

    /// What was collected, newest first.
    #[must_use]
    pub fn report(mut self) -> HistoryReport {
        self.report.runs.reverse();
        self.report
    }
}

impl fmt::Display for HistoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.site, if self.runs.is_empty() { "no run yet" } else { "runs, newest first" })?;
        for it in &self.runs {
            let outcome = match it.outcome {
                None => "open",
                Some(RunOutcome::Succeeded) => "done",
                Some(RunOutcome::TurnedBack) => "turned back",
                Some(RunOutcome::LeftAsIs) => "left as it was",
            };
            let took = it.finished_at.map_or_else(String::new, |end| {
                format!(" in {:#}", end.duration_since(it.requested_at).round_to_tenths())
            });
            let at = sentence::time(it.requested_at);
            write!(f, "\n  #{:<4} {at}  {outcome}{took}: {}, by {}", it.number, it.headline, it.by)?;
            if let Some(reason) = &it.reason {
                write!(f, " (\"{reason}\")")?;
            }
        }
        Ok(())
    }
}

/// Times for people: tenths of a second are enough.
trait Tenths {
    fn round_to_tenths(self) -> Self;
}

impl Tenths for jiff::SignedDuration {
    fn round_to_tenths(self) -> Self {
        i64::try_from(self.as_millis() / 100 * 100).map_or(self, Self::from_millis)
    }
}
