//! What is left in the end, without what may differ: times, attempts, and which bot it was.

use events::envelope::Stream;
use events::name::SiteName;
use jiff::Timestamp;
use serde_json::Value;

use crate::toy::Toy;
use crate::toy::world::World;

/// An end: the log, what it adds up to, and the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    log: Vec<String>,
    site: String,
    world: String,
    /// What was done to the world, by key, each as often as it was done.
    effects: Vec<String>,
    violations: Vec<String>,
    /// What the channel shows, and whether somebody was answered.
    chat: Vec<String>,
}

impl Ended {
    pub(super) fn of(toy: &Toy) -> Self {
        let site = serde_json::to_value(toy.site()).unwrap();
        let world = toy.world();
        // How often a channel was shown how it stood is what a kill may change; that it shows the end, once, is not.
        let is_site = |stream: &Stream| stream.as_str().parse::<SiteName>().is_ok();
        let events = world.journal.events.iter().filter(|it| is_site(&it.stream));
        // Whether an ask was written down before its bot died, how often a fault was met, and when somebody was told, is
        // what a kill may change.
        let events = events.filter(|it| !matches!(it.kind.as_str(), "StepAsked" | "StepFaulted" | "QueueTold"));
        let log = events.map(|it| {
            let payload = serde_json::from_str(&it.payload).unwrap();
            format!("{} by {}: {}", it.kind, it.actor, plain(payload))
        });
        // A crossing that was killed is begun anew, in another pause.
        let effects = world.effects.iter().filter(|(key, _)| !key.0.contains("/pause/"));
        let effects = effects.map(|(key, done)| format!("{}: {}", key.0, done.join("; ")));
        Self {
            log: log.collect(),
            site: plain(site).to_string(),
            world: world.image(),
            effects: effects.collect(),
            violations: [world.judge.violations.clone(), world.chat.violations()].concat(),
            chat: world.chat.image(),
        }
    }
}

impl Ended {
    pub(super) fn violations(&self) -> &[String] {
        &self.violations
    }

    pub(super) fn effects(&self) -> &[String] {
        &self.effects
    }

    /// How the last run ended, or why it does not.
    pub(super) fn outcome(&self) -> String {
        let last = self.log.iter().rev().find(|it| it.starts_with("RunFinished") || it.starts_with("RunStuck"));
        let Some(last) = last else { return "nothing was underway".to_owned() };
        let outcomes = [
            ("succeeded", "succeeded"),
            ("turned_back", "turned back"),
            ("left_as_is", "left as it is"),
            ("outcome_unknown", "stuck: outcome unknown"),
            ("what was could not be restored in time", "stuck: the way back was not reached in time"),
            ("past_no_return\",\"why\":\"it was not reached by", "stuck: past the point of no return, and late"),
            (
                "past_no_return\",\"why\":\"it did not hold often enough in time",
                "stuck: past the point of no return, and late",
            ),
        ];
        let outcome = outcomes.iter().find(|(wire, _)| last.contains(wire)).map(|(_, told)| (*told).to_owned());
        outcome.unwrap_or_else(|| last.clone())
    }

    /// Whether a deadline passed while nobody was there, and the run ended as is said of it: a bake that nobody watched
    /// to its end proves nothing, and everything is as it was before.
    pub(super) fn is_stated(&self, given: &World) -> bool {
        let was_unwatched = self.log.iter().any(|it| it.contains("nobody watched while it should have held"));
        let is_turned_back = self.log.last().is_some_and(|it| it.contains("turned_back"));
        was_unwatched && is_turned_back && self.violations.is_empty() && self.world == given.image()
    }
}

/// Whether both are the same end; otherwise the first difference.
pub(super) fn same(whole: &Ended, ended: &Ended) -> Result<(), String> {
    if let Some(violation) = ended.violations.first() {
        return Err(violation.clone());
    }
    for (index, whole) in whole.log.iter().enumerate() {
        let is = ended.log.get(index).map_or("nothing", String::as_str);
        if whole != is {
            return Err(format!("event {index} is\n  {is}\nand not\n  {whole}"));
        }
    }
    let checked = [
        (&whole.log.len().to_string(), &ended.log.len().to_string()),
        (&whole.world, &ended.world),
        (&whole.effects.join("\n"), &ended.effects.join("\n")),
        (&whole.site, &ended.site),
        (&whole.chat.join("\n"), &ended.chat.join("\n")),
    ];
    for (whole, ended) in checked {
        if whole != ended {
            return Err(format!("it is\n{ended}\nand not\n{whole}"));
        }
    }
    Ok(())
}

/// Without times, counts of attempts, positions, and measured values.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) if text.parse::<Timestamp>().is_ok() => Value::from("a time"),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| !VARYING.contains(&name.as_str()));
            Value::Object(kept.map(|(name, value)| (name, plain(value))).collect())
        }
        other @ (Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

/// Fields that may differ: how often something was asked, where an event stands, what was measured.
const VARYING: [&str; 7] = ["attempt", "attempts", "asking", "version", "position", "positions", "value"];
