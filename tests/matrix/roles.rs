//! What two runs of one procedure may differ in: times, attempts, versions, who is blue, and what releases are called.

use events::color::Color;
use events::fold::Site;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Fields that count, date or measure, and are no part of what happened; and how long shares bake, which two kinds of shops
/// differ in. A plan's hash is one of its text, which is compared, and what confirms it follows from that and the version. What
/// databases had executed is counted by orders.
const DROPPED: [&str; 7] = ["attempt", "plan_hash", "confirm", "limit", "value", "bake", "positions"];

/// Fields that hold the number of a run.
const RUNS: [&str; 3] = ["run", "number", "newest"];

/// Who is who when a procedure begins.
#[derive(Debug, Clone)]
pub(crate) struct Roles {
    runs: u32,
    names: Vec<(String, &'static str)>,
}

impl Roles {
    /// Of a site before `release` is ordered.
    pub(crate) fn new(site: &Site, release: &str) -> Self {
        let idle = site.idle();
        let of = |color: Color| site.environments.get(color).release.as_ref().map(|it| it.name.to_string());
        let names = [
            (Some(release.to_owned()), "(the new release)"),
            (of(idle.other()), "(the live release)"),
            (of(idle), "(the idle release)"),
            (Some(idle.as_str().to_owned()), "idle"),
            (Some(idle.other().as_str().to_owned()), "live"),
        ];
        let names = names.into_iter().filter_map(|(name, role)| Some((name?, role))).collect();
        Self { runs: site.newest.0, names }
    }

    /// The same with roles for names.
    pub(crate) fn told(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|it| self.told(it)).collect(),
            Value::Object(fields) => Value::Object(self.fields(fields)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn fields(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let kept = fields.into_iter().filter(|(name, _)| !DROPPED.contains(&name.as_str()));
        kept.map(|(name, value)| match value.as_i64() {
            Some(number) if RUNS.contains(&name.as_str()) => (name, (number - i64::from(self.runs)).into()),
            Some(_) | None => (self.text(&name), self.told(value)),
        })
        .collect()
    }

    pub(crate) fn text(&self, text: &str) -> String {
        if text.parse::<Timestamp>().is_ok() {
            return "(a time)".to_owned();
        }
        if let Some((home, _)) = text.rsplit_once("127.0.0.1:") {
            return format!("{home}(an address)");
        }
        self.names.iter().fold(text.to_owned(), |text, (name, role)| text.replace(name.as_str(), role))
    }
}
