//! The exported log, as far as the certificate needs it: which runs there were, when they switched, how they ended.

use std::fmt;

use events::color::Color;
use events::weights::Weights;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of `changeover log export`; further columns are not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogLine {
    pub position: u64,
    pub stream: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub recorded_at: Timestamp,
    /// The fact, as an object or as its text.
    pub payload: Value,
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
        run: u64,
        kind: RunKind,
        /// The pin of the release, where the run brings one.
        pin: Option<String>,
        /// The steps of its plan that give every request to one color.
        switches: Vec<(u64, Color)>,
    },
    Begun {
        run: u64,
        step: u64,
    },
    Finished {
        run: u64,
        is_well: bool,
        outcome: String,
    },
    Other,
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    Deploy,
    Cutover,
    Rollback,
    Decommission,
}

impl RunKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Cutover => "cutover",
            Self::Rollback => "rollback",
            Self::Decommission => "decommission",
        }
    }
}

impl fmt::Display for RunKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a run that reached what it was for is spelled.
const WELL: [&str; 3] = ["done", "succeeded", "reached"];

impl Logged {
    /// Reads the `number`-th line of an exported log.
    pub fn parse(number: usize, text: &str) -> Result<Self, BadLine> {
        let bad = |reason: String| BadLine { number, reason };
        let line: LogLine = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        let payload = match line.payload.as_str() {
            Some(text) => serde_json::from_str(text).map_err(|error| bad(format!("payload: {error}")))?,
            None => line.payload,
        };
        let happening = happening(&line.kind, &payload).map_err(bad)?;
        let LogLine { position, stream, kind: name, recorded_at, .. } = line;
        Ok(Self { position, stream, name, recorded_at, happening })
    }
}

fn happening(name: &str, payload: &Value) -> Result<Happening, String> {
    let number = |field: &str| {
        payload.get(field).and_then(Value::as_u64).ok_or_else(|| format!("{name} without a number {field}"))
    };
    match name {
        "RunRequested" => {
            let Some(kind) = payload.get("kind").and_then(|it| RunKind::deserialize(it).ok()) else {
                return Ok(Happening::Other);
            };
            let pin = payload.pointer("/release/pin").and_then(Value::as_str).map(str::to_owned);
            Ok(Happening::Requested { run: number("run")?, kind, pin, switches: switches(payload) })
        }
        "StepBegun" => Ok(Happening::Begun { run: number("run")?, step: number("step")? }),
        "RunFinished" => {
            let outcome = payload.get("outcome").map(word).unwrap_or_default();
            Ok(Happening::Finished { run: number("run")?, is_well: WELL.contains(&outcome.as_str()), outcome })
        }
        _ => Ok(Happening::Other),
    }
}

/// The steps of a requested plan that give every request to one color.
fn switches(payload: &Value) -> Vec<(u64, Color)> {
    let steps = payload.pointer("/plan/steps").or_else(|| payload.get("plan")).and_then(Value::as_array);
    let steps = steps.into_iter().flatten().zip(0..);
    steps.filter_map(|(step, index)| Some((index, weights(step)?.sole()?))).collect()
}

/// The first weights within `value`, however deep.
fn weights(value: &Value) -> Option<Weights> {
    match value {
        Value::Object(fields) => Weights::deserialize(value).ok().or_else(|| fields.values().find_map(weights)),
        Value::Array(items) => items.iter().find_map(weights),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The word of an outcome: `"done"`, `{"done": …}` or `{"kind": "done", …}`.
fn word(value: &Value) -> String {
    let inner = value.as_str().or_else(|| value.get("kind").and_then(Value::as_str));
    let key = || value.as_object().and_then(|fields| fields.keys().next()).map(String::as_str);
    inner.or_else(key).unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, payload: &str) -> Result<Happening, BadLine> {
        let text = serde_json::json!({
            "position": 1, "event_id": "x", "stream": "shop/demo", "type": name,
            "recorded_at": "2026-11-21T09:00:00.000001Z", "payload": payload,
        });
        Logged::parse(7, &text.to_string()).map(|it| it.happening)
    }

    #[test]
    fn a_requested_cutover_says_which_step_switches() {
        let plan = r#"{"run":2,"kind":"cutover","plan":{"steps":[
            {"gate":{"check":"health"}},
            {"change":{"share":{"weights":{"blue":95,"green":5}}}},
            {"change":{"share":{"weights":{"blue":0,"green":100}}}}]}}"#;
        let switches = vec![(2, Color::Green)];
        let wanted = Happening::Requested { run: 2, kind: RunKind::Cutover, pin: None, switches };
        assert_eq!(parse("RunRequested", plan).unwrap(), wanted);
    }

    #[test]
    fn an_outcome_may_carry_more_than_a_word() {
        for (payload, wanted) in [
            (r#"{"run":1,"outcome":"done"}"#, true),
            (r#"{"run":1,"outcome":{"kind":"done"}}"#, true),
            (r#"{"run":1,"outcome":{"turned_back":{"fault":"x"}}}"#, false),
            (r#"{"run":1}"#, false),
        ] {
            let Happening::Finished { is_well, .. } = parse("RunFinished", payload).unwrap() else { panic!() };
            assert_eq!(is_well, wanted, "{payload}");
        }
    }

    #[test]
    fn a_bad_line_says_where_it_is() {
        assert_eq!(
            parse("StepBegun", r#"{"run":1}"#).unwrap_err().to_string(),
            "line 7 of the exported log: StepBegun without a number step"
        );
        assert!(Logged::parse(3, "{").unwrap_err().to_string().starts_with("line 3"));
    }
}
