//! Whole histories: facts of any kind in any order.

use commands::answer::{History, Replay, Why, status};
use commands::next::{Next, next};
use events::actor::Actor;
use events::chain::Hash;
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::fold::State;
use events::name::SiteName;
use events::number::{Epoch, Position, Version};
use jiff::{SignedDuration, Timestamp};

use super::text;
use crate::target::Target;

pub(crate) const HISTORY: Target = Target {
    name: "history",
    rule: "whatever the log holds is folded: what cannot be parks its own site, and the state can be put aside",
    seeds: Vec::new,
    read,
    inputs: 700,
    longest: 20_000,
};

/// Each line is the stream, the kind, the version and the payload of an event.
fn read(input: &[u8]) -> String {
    let text = text(input);
    let mut state = State::default();
    let mut events = Vec::new();
    for (number, line) in (1..).zip(text.lines().take(100)) {
        let event = recorded(number, line, &state);
        let before = state.clone();
        state.apply(&event);
        hold(&before, &state, &event);
        events.push(event);
    }
    let aside = serde_json::to_vec(&state).unwrap();
    assert_eq!(serde_json::from_slice::<State>(&aside).unwrap(), state, "a snapshot is the state");
    let mut answers: Vec<String> = state.sites.keys().map(|name| ask(name, &state, &events)).collect();
    answers.dedup();
    answers.join("; ")
}

fn recorded(number: u64, line: &str, state: &State) -> Recorded {
    let mut parts = line.splitn(4, ' ');
    let mut part = || parts.next().unwrap_or_default();
    let (stream, kind, schema_version, payload) = (part(), part(), part().parse().unwrap_or(1), part());
    let version = match stream.parse::<SiteName>() {
        Ok(name) => state.site(&name).version,
        Err(_) => state.bot.version,
    };
    Recorded {
        position: Position(number),
        event_id: EventId(number.to_string()),
        stream: Stream(stream.to_owned()),
        version: Version(version.0 + 1),
        kind: kind.to_owned(),
        schema_version,
        recorded_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(i64::try_from(number).unwrap()),
        actor: Actor::console(1000),
        correlation: Correlation(String::new()),
        causation: None,
        epoch: Epoch(1),
        payload: payload.to_owned(),
        previous_hash: Hash([0; 32]),
        hash: Hash([0; 32]),
    }
}

/// An event changes its own site alone, and one that was parked not at all.
fn hold(before: &State, after: &State, event: &Recorded) {
    for (name, site) in &after.sites {
        let earlier = before.site(name);
        if event.stream.as_str() == name.to_string() {
            assert_eq!(site.version, event.version);
            if earlier.parked.is_some() {
                assert_eq!((&site.parked, &site.run), (&earlier.parked, &earlier.run), "a parked site went on");
            }
        } else {
            assert_eq!(*site, earlier, "an event of {} changed {name}", event.stream);
        }
    }
}

/// What follows from a site at any time is said, and can be told.
fn ask(name: &SiteName, state: &State, events: &[Recorded]) -> String {
    let site = state.site(name);
    let last = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(100);
    let mut kinds = String::new();
    for now in [Timestamp::MIN, last, "2026-11-21T13:18:00Z".parse().unwrap(), Timestamp::MAX] {
        let next = next(&site, now);
        assert!(site.parked.is_none() || next == Next::Nothing, "a parked site does something");
        kinds.push_str(format!("{next:?}").split(['(', ' ']).next().unwrap_or_default());
    }
    assert!(!status(name, &site).to_string().is_empty());
    let (mut replay, mut why, mut history) = (Replay::new(name, None), Why::new(name, None), History::new(name, 10));
    for event in events {
        replay.take(event);
        why.take(event);
        history.take(event);
    }
    let told = format!("{}{}{}", replay.report(), why.report(), history.report());
    assert!(!told.is_empty());
    format!("{kinds} {}", site.parked.map_or(String::new(), |it| it.why))
}
