//! What becomes of a batch of appends: decided for each caller alone, on what is known of the log. Pure.

use std::collections::BTreeMap;

use events::chain::{Hash, link};
use events::envelope::{Draft, EventId, PAYLOAD_LIMIT, Recorded, Stream};
use events::number::{Epoch, Position, Version};
use jiff::Timestamp;

use crate::ports::{AppendError, Expected};

/// What the writer knows of the log; void as soon as somebody else has written.
#[derive(Debug, Clone)]
pub struct Known {
    /// The last event.
    pub head: Position,
    /// Its hash.
    pub hash: Hash,
    /// The newest epoch that wrote or was begun: older ones write nothing any more.
    pub epoch: Epoch,
    /// The streams that were looked at; one that is not here is not known, not empty.
    pub versions: BTreeMap<Stream, Version>,
}

impl Known {
    /// A log that ends here, of which nothing else is known.
    #[must_use]
    pub fn new(head: Position, hash: Hash) -> Self {
        Self { head, hash, epoch: Epoch(0), versions: BTreeMap::new() }
    }
}

/// What one caller wants.
#[derive(Debug)]
pub struct Wish {
    pub expected: Expected,
    pub drafts: Vec<Draft>,
}

/// What one caller gets, once the rows are on disk.
#[derive(Debug)]
pub enum Verdict {
    /// These rows of the plan.
    Rows(Vec<usize>),
    /// What the log held already.
    Recorded(Vec<Recorded>),
    Refused(AppendError),
}

/// What is to be written, and what everybody is told then.
#[derive(Debug)]
pub struct Plan {
    pub rows: Vec<Recorded>,
    pub verdicts: Vec<Verdict>,
    /// What is known once the rows are on disk.
    pub after: Known,
}

impl Plan {
    /// Whether everybody gets what they asked for, so that nothing has to be looked up.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.verdicts.iter().all(|it| matches!(it, Verdict::Rows(_)))
    }
}

/// Whether the draft could be stored at all.
pub fn check(draft: &Draft) -> Result<(), AppendError> {
    let size = draft.payload.len();
    if size > PAYLOAD_LIMIT {
        return Err(AppendError::TooLarge { size, limit: PAYLOAD_LIMIT });
    }
    let malformed = |what: &str| Err(AppendError::Malformed(draft.event_id.clone(), what.to_owned()));
    let causation = draft.causation.as_ref().map_or("", EventId::as_str);
    let texts = [
        draft.event_id.as_str(),
        &draft.kind,
        draft.actor.as_str(),
        draft.correlation.as_str(),
        causation,
        &draft.payload,
    ];
    if texts.iter().any(|text| text.chars().any(char::is_control)) {
        return malformed("it holds control characters");
    }
    if draft.event_id.as_str().is_empty() || draft.kind.is_empty() {
        return malformed("its id or its type is empty");
    }
    // One nesting limit for what is written and what can be read again.
    if let Err(error) = serde_json::from_str::<serde_json::Value>(&draft.payload) {
        return malformed(&format!("its payload is no JSON: {error}"));
    }
    Ok(())
}

/// Whether anything could be stored under this.
pub fn check_expected(expected: &Expected) -> Result<(), AppendError> {
    let stream = expected.stream.as_str();
    if stream.is_empty() || stream.chars().any(char::is_control) {
        let what = format!("the stream `{}` is empty or holds control characters", stream.escape_debug());
        return Err(AppendError::Broken(what));
    }
    if i64::try_from(expected.epoch.0).is_err() {
        return Err(AppendError::Broken(format!("epoch {} is over what can be stored", expected.epoch)));
    }
    Ok(())
}

/// Whether an event of another log could have been stored here.
pub fn check_recorded(event: &Recorded) -> Result<(), AppendError> {
    check_expected(&Expected { stream: event.stream.clone(), version: event.version, epoch: event.epoch })?;
    check(&Draft {
        event_id: event.event_id.clone(),
        kind: event.kind.clone(),
        schema_version: event.schema_version,
        actor: event.actor.clone(),
        correlation: event.correlation.clone(),
        causation: event.causation.clone(),
        payload: event.payload.clone(),
    })
}

/// Decides for each wish in turn, each on what the ones before leave behind. `recorded` are the events of the log that
/// carry an id of these drafts, as far as they were looked up. Every stream's version must be known.
#[must_use]
pub fn plan(known: &Known, wishes: &[&Wish], recorded: &BTreeMap<EventId, Recorded>, now: Timestamp) -> Plan {
    let mut planner = Planner { after: known.clone(), rows: Vec::new(), fresh: BTreeMap::new(), recorded, now };
    let verdicts = wishes.iter().map(|wish| planner.decide(wish).unwrap_or_else(Verdict::Refused)).collect();
    Plan { rows: planner.rows, verdicts, after: planner.after }
}

struct Planner<'a> {
    after: Known,
    rows: Vec<Recorded>,
    /// Where in `rows` an event of this batch is.
    fresh: BTreeMap<EventId, usize>,
    recorded: &'a BTreeMap<EventId, Recorded>,
    now: Timestamp,
}

impl Planner<'_> {
    fn decide(&mut self, wish: &Wish) -> Result<Verdict, AppendError> {
        let Expected { stream, version, epoch } = &wish.expected;
        // Before anything else: who was fenced must not even be told that all is well.
        if *epoch < self.after.epoch {
            return Err(AppendError::Fenced { epoch: *epoch, current: self.after.epoch });
        }
        if let Some(verdict) = self.repeated(wish)? {
            return Ok(verdict);
        }
        let actual = self.after.versions.get(stream).copied().unwrap_or_default();
        if actual != *version {
            return Err(AppendError::Moved { stream: stream.clone(), expected: *version, actual });
        }
        Ok(Verdict::Rows(wish.drafts.iter().map(|draft| self.row(&wish.expected, draft)).collect()))
    }

    /// The answer to an append that happened before; none if it is new. One that is partly new was put together
    /// differently from the first time: refused, because nobody can say what all-or-none would mean then.
    fn repeated(&self, wish: &Wish) -> Result<Option<Verdict>, AppendError> {
        let forged = |draft: &Draft| AppendError::Forged(draft.event_id.clone());
        let mut in_log = Vec::new();
        let mut in_batch = Vec::new();
        for (index, draft) in wish.drafts.iter().enumerate() {
            if wish.drafts.iter().take(index).any(|earlier| earlier.event_id == draft.event_id) {
                return Err(forged(draft));
            }
            let index = self.fresh.get(&draft.event_id);
            let event = self.recorded.get(&draft.event_id).or_else(|| index.and_then(|it| self.rows.get(*it)));
            let Some(event) = event else { continue };
            if !is_same(draft, &wish.expected.stream, event) {
                return Err(forged(draft));
            }
            match index {
                Some(index) => in_batch.push(*index),
                None => in_log.push(event.clone()),
            }
        }
        match wish.drafts.first() {
            Some(_) if in_log.len() == wish.drafts.len() => Ok(Some(Verdict::Recorded(in_log))),
            Some(_) if in_batch.len() == wish.drafts.len() => Ok(Some(Verdict::Rows(in_batch))),
            Some(first) if !in_log.is_empty() || !in_batch.is_empty() => Err(forged(first)),
            Some(_) | None => Ok(None),
        }
    }

    fn row(&mut self, expected: &Expected, draft: &Draft) -> usize {
        let version = self.after.versions.get(&expected.stream).copied().unwrap_or_default().next();
        let mut event = Recorded {
            position: self.after.head.next(),
            event_id: draft.event_id.clone(),
            stream: expected.stream.clone(),
            version,
            kind: draft.kind.clone(),
            schema_version: draft.schema_version,
            recorded_at: self.now,
            actor: draft.actor.clone(),
            correlation: draft.correlation.clone(),
            causation: draft.causation.clone(),
            epoch: expected.epoch,
            payload: draft.payload.clone(),
            previous_hash: self.after.hash,
            hash: self.after.hash,
        };
        event.hash = link(&event);
        (self.after.head, self.after.hash, self.after.epoch) = (event.position, event.hash, event.epoch);
        self.after.versions.insert(event.stream.clone(), version);
        let index = self.rows.len();
        self.fresh.insert(event.event_id.clone(), index);
        self.rows.push(event);
        index
    }
}

/// Whether `event` says what `draft` says. Who wrote it and when is not part of that: a new executor that finds its
/// predecessor's event has found its own.
fn is_same(draft: &Draft, stream: &Stream, event: &Recorded) -> bool {
    event.stream == *stream
        && event.kind == draft.kind
        && event.schema_version == draft.schema_version
        && event.actor == draft.actor
        && event.correlation == draft.correlation
        && event.causation == draft.causation
        && event.payload == draft.payload
}

#[cfg(test)]
mod tests {
    use events::actor::Actor;
    use events::envelope::Correlation;

    use super::*;

    fn draft(id: &str) -> Draft {
        Draft {
            event_id: EventId(id.into()),
            kind: "LockTaken".into(),
            schema_version: 1,
            actor: Actor::console(1000),
            correlation: Correlation("c".into()),
            causation: None,
            payload: "{}".into(),
        }
    }

    fn wish(version: u64, epoch: u64, ids: &[&str]) -> Wish {
        let expected = Expected { stream: Stream::bot(), version: Version(version), epoch: Epoch(epoch) };
        Wish { expected, drafts: ids.iter().map(|id| draft(id)).collect() }
    }

    fn told(wishes: &[Wish]) -> Vec<String> {
        let mut known = Known::new(Position(0), Hash::genesis("x"));
        known.epoch = Epoch(2);
        let plan = plan(&known, &wishes.iter().collect::<Vec<_>>(), &BTreeMap::new(), Timestamp::UNIX_EPOCH);
        let verdicts = plan.verdicts.iter().map(|verdict| match verdict {
            Verdict::Rows(rows) => format!("rows {rows:?}"),
            Verdict::Recorded(events) => format!("recorded {}", events.len()),
            Verdict::Refused(error) => error.to_string(),
        });
        verdicts.collect()
    }

    #[test]
    fn two_appends_of_one_batch_see_each_other_and_a_refusal_moves_nobody() {
        expect_test::expect![[r#"
            [
                "rows [0, 1]",
                "bot is at version 2, not 0: somebody else was faster",
                "epoch 1 was fenced by epoch 2: another bot has taken over this log",
                "rows [2]",
                "rows [0, 1]",
                "event a is in the log with other content",
                "event d is in the log with other content",
                "rows [3]",
                "epoch 3 was fenced by epoch 4: another bot has taken over this log",
            ]
        "#]]
        .assert_debug_eq(&told(&[
            wish(0, 2, &["a", "b"]),
            wish(0, 2, &["c"]),
            wish(2, 1, &["c"]),
            wish(2, 3, &["c"]),
            wish(0, 3, &["a", "b"]),
            wish(3, 3, &["a", "d"]),
            wish(3, 3, &["d", "d"]),
            wish(3, 4, &["e"]),
            wish(4, 3, &["f"]),
        ]));
    }

    #[test]
    fn what_could_not_be_read_again_is_not_stored() {
        let error = |change: fn(&mut Draft)| {
            let mut draft = draft("a");
            change(&mut draft);
            check(&draft).map_or_else(|error| error.to_string(), |()| "fine".to_owned())
        };
        expect_test::expect![[r#"
            [
                "fine",
                "a payload of 65537 bytes is over the limit of 65536",
                "event a cannot be stored: its payload is no JSON: EOF while parsing an object at line 1 column 1",
                "event a cannot be stored: its payload is no JSON: recursion limit exceeded at line 1 column 128",
                "event a cannot be stored: it holds control characters",
                "event a cannot be stored: it holds control characters",
                "event  cannot be stored: its id or its type is empty",
            ]
        "#]]
        .assert_debug_eq(&[
            error(|_| {}),
            error(|it| it.payload = "1".repeat(PAYLOAD_LIMIT + 1)),
            error(|it| it.payload = "{".into()),
            error(|it| it.payload = "[".repeat(200) + &"]".repeat(200)),
            error(|it| it.payload = "{\n}".into()),
            error(|it| it.correlation.0 = "a\u{1f}b".into()),
            error(|it| it.event_id.0.clear()),
        ]);
    }
}
