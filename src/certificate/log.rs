//! The exported log, as far as the certificate needs it: which runs there were, when they switched, how they ended.

use events::color::Color;
use events::fact::{Event, RunEvent, RunKind, RunOutcome, StepEvent};
use events::intent::{DatabaseIntent, Intent, TrafficIntent};
use events::number::{RunNumber, StepIndex};
use events::plan::{Plan, Step};
use events::wire;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One line of `changeover log export`; further columns are not looked at.
#[derive(Debug, Deserialize)]
struct LogLine {
    position: u64,
    stream: String,
    #[serde(rename = "type")]
    kind: String,
    schema_version: u32,
    recorded_at: Timestamp,
    payload: Box<RawValue>,
}

/// A line that is no event, and which one.
#[derive(Debug, thiserror::Error)]
#[error("line {number} of the exported log: {reason}")]
pub struct BadLine {
    pub number: usize,
    pub reason: String,
}

/// An event with what it means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    pub position: u64,
    pub stream: String,
    /// Its wire name.
    pub name: String,
    pub recorded_at: Timestamp,
    pub happening: Happening,
}

/// What happened, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    Requested {
        run: RunNumber,
        kind: RunKind,
        /// The pin of the release, where the run brings one.
        pin: Option<String>,
        /// The steps of its plan that give every request to one color.
        switches: Vec<(StepIndex, Color)>,
    },
    Begun {
        run: RunNumber,
        step: StepIndex,
    },
    Finished {
        run: RunNumber,
        outcome: RunOutcome,
    },
    Other,
}

impl Logged {
    /// Reads the `number`-th line of an exported log.
    pub fn parse(number: usize, text: &str) -> Result<Self, BadLine> {
        let bad = |reason: String| BadLine { number, reason };
        let line: LogLine = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        let fact =
            wire::read(&line.kind, line.schema_version, line.payload.get()).map_err(|error| bad(error.to_string()))?;
        let LogLine { position, stream, kind: name, recorded_at, .. } = line;
        Ok(Self { position, stream, name, recorded_at, happening: happening(fact) })
    }
}

fn happening(fact: Event) -> Happening {
    match fact {
        Event::Run(RunEvent::Requested { run, kind, release, plan, .. }) => {
            let pin = release.map(|it| it.pin.to_string());
            Happening::Requested { run, kind, pin, switches: switches(&plan) }
        }
        Event::Run(RunEvent::Finished { run, outcome }) => Happening::Finished { run, outcome },
        Event::Step(StepEvent::Begun { run, step, .. }) => Happening::Begun { run, step },
        Event::Run(_)
        | Event::Step(_)
        | Event::Approval(_)
        | Event::Confirmation(_)
        | Event::Queue(_)
        | Event::Site(_)
        | Event::Window(_)
        | Event::Lock(_)
        | Event::Order(_)
        | Event::Bot(_)
        | Event::Inbox(_)
        | Event::Chat(_) => Happening::Other,
    }
}

/// The steps of a plan that give every request to one color.
fn switches(plan: &Plan) -> Vec<(StepIndex, Color)> {
    let steps = plan.steps().iter().zip((0..).map(StepIndex));
    steps.filter_map(|(step, index)| Some((index, shared(step)?))).collect()
}

fn shared(step: &Step) -> Option<Color> {
    match step {
        Step::Change { intent: Intent::Traffic(TrafficIntent::Share { weights }), .. } => weights.sole(),
        Step::Change { intent: Intent::Database(DatabaseIntent::Cross { to, .. }), .. } => Some(*to),
        Step::Change { .. } | Step::Gate(_) | Step::Wait(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_says_where_it_is() {
        assert!(Logged::parse(3, "{").unwrap_err().to_string().starts_with("line 3 of the exported log: "));
        let line = r#"{"position":1,"stream":"shop/demo","type":"MoonLanded","schema_version":1,
            "recorded_at":"2026-11-21T09:00:00Z","payload":{}}"#;
        let error = Logged::parse(7, line).unwrap_err().to_string();
        assert_eq!(error, "line 7 of the exported log: MoonLanded is not a fact that this build knows");
    }

    #[test]
    fn only_what_shares_requests_is_a_switch() {
        let share = r#"{"change":{"intent":{"traffic":{"share":{"weights":{"blue":0,"green":100}}}},"within":"PT1M"}}"#;
        let canary = share.replace("100", "5").replace("\"blue\":0", "\"blue\":95");
        let gate = r#"{"gate":{"criterion":{"shared":{"weights":{"blue":100,"green":0}}},
            "rule":{"in_a_row":{"count":1,"within":"PT5S"}},"is_guard":true}}"#;
        let plan: Plan = serde_json::from_str(&format!("[{gate},{canary},{share}]")).unwrap();
        assert_eq!(switches(&plan), [(StepIndex(2), Color::Green)]);
    }
}
