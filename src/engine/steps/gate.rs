//! Gates: rounds of readings, and the rule that decides over them.

use std::time::Duration;

use events::check::{Reading, Verdict};
use events::color::Color;
use events::fact::Outcome;
use events::fault::Fault;
use events::gate::{Criterion, Gate, Rule};
use events::name::CheckName;
use events::number::{RunNumber, StepIndex};
use events::release::Release;
use jiff::SignedDuration;

use super::{Seen, workers};
use crate::engine::databases;
use crate::engine::proof::{self, Quiet, Surroundings};
use crate::engine::room::Room;
use crate::engine::seams;
use crate::ports::Subject;
use commands::next::Look;

/// How long one reading may take.
pub(in crate::engine) const READING: Duration = Duration::from_secs(10);

/// How many readings of a good round are remembered.
const KEPT: usize = 32;

/// What was read so far. Kept by whoever looks, and lost with it: after a restart the counting starts over, which only
/// makes a gate stricter.
#[derive(Debug, Default)]
pub(in crate::engine) struct Rounds {
    pub(in crate::engine) of: Option<(RunNumber, StepIndex)>,
    pub(in crate::engine) good: u16,
    bad: u16,
    /// How many rounds were read before this one.
    watched: u32,
    quiet: Option<Quiet>,
}

/// Reads one round, and decides if the rule does.
pub(in crate::engine) async fn look(
    room: &Room,
    gate: &Gate,
    look: Look,
    rounds: &mut Rounds,
    surroundings: &Surroundings<'_>,
) -> Seen {
    if rounds.of != Some((look.run, look.step)) {
        *rounds = Rounds { of: Some((look.run, look.step)), ..Rounds::default() };
    }
    let readings = seams::read(room, &gate.criterion, rounds, surroundings).await;
    let is_good = !readings.is_empty() && readings.iter().all(|it| it.verdict == Verdict::Pass);
    if is_good {
        rounds.good = rounds.good.saturating_add(1);
        rounds.bad = 0;
    } else {
        rounds.good = 0;
        rounds.bad = rounds.bad.saturating_add(1);
    }
    match gate.rule {
        Rule::InARow { count, .. } if rounds.good >= count => Seen::reached(Outcome::Readings(kept(readings))),
        Rule::InARow { .. } if look.is_late => Seen::failed(Fault::late(told("in time", &readings))),
        Rule::Throughout { failures, .. } if rounds.bad >= failures.max(1) => {
            Seen::failed(Fault::lasting(told("throughout", &readings)))
        }
        // A time that nobody watched, because the bot was down, proves nothing.
        Rule::Throughout { lasts, .. } if look.is_late && is_good && (rounds.watched > 0 || lasts.is_zero()) => {
            Seen::reached(Outcome::Readings(kept(readings)))
        }
        Rule::Throughout { .. } if look.is_late && is_good => {
            Seen::failed(Fault::lasting("nobody watched while it should have held: the bot was down"))
        }
        Rule::Throughout { .. } if look.is_late => Seen::failed(Fault::lasting(told("at the end", &readings))),
        Rule::InARow { .. } | Rule::Throughout { .. } => {
            rounds.watched = rounds.watched.saturating_add(1);
            Seen::Underway
        }
    }
}

/// Whether what was seen to hold some time ago holds now; the fault says what does not.
pub(super) async fn still_holds(room: &Room, gate: &Gate, surroundings: &Surroundings<'_>) -> Result<(), Fault> {
    let mut criterion = gate.criterion.clone();
    // Nobody waits once more until it was unused for long: that nobody uses it now is what may have changed.
    if let Criterion::Proof { quiet_for, .. } = &mut criterion {
        *quiet_for = SignedDuration::ZERO;
    }
    let readings = seams::read(room, &criterion, &mut Rounds::default(), surroundings).await;
    let is_good = !readings.is_empty() && readings.iter().all(|it| it.verdict == Verdict::Pass);
    if is_good { Ok(()) } else { Err(Fault::passing(told("any more", &readings))) }
}

pub(in crate::engine) async fn read(
    room: &Room,
    criterion: &Criterion,
    rounds: &mut Rounds,
    surroundings: &Surroundings<'_>,
) -> Vec<Reading> {
    match criterion {
        Criterion::Idle { color } => {
            let verdict = room.traffic.balance().await.map(|it| (it.weights.of(*color), it.weights.to_string()));
            vec![at_balancer("share", &format!("{color} gets 0 %"), verdict.map(|(share, it)| (share == 0, it)))]
        }
        Criterion::Shared { weights } => {
            let now = room.traffic.balance().await.map(|it| it.weights);
            vec![at_balancer("share", &weights.to_string(), now.map(|it| (it == *weights, it.to_string())))]
        }
        Criterion::Checks { color, release, checks } => {
            on_machines(room, *color, surroundings.machine_count, release.as_ref(), checks).await
        }
        Criterion::Entrance { release, checks } => {
            let subject =
                Subject { name: "balancer".to_owned(), base: room.traffic.entrance(), release: release.clone() };
            of_subject(room, &subject, checks).await
        }
        Criterion::Healthy { color, count } => vec![healthy(room, *color, *count).await],
        // The log says it, and `next` never asks.
        Criterion::Approved { .. } => Vec::new(),
        Criterion::Primary { color } => vec![databases::primary_is(room, *color).await],
        Criterion::Preflight { primary } => databases::preflight(room, *primary).await,
        Criterion::Pointed { color, primary } => databases::pointed(room, *color, *primary).await,
        Criterion::Paused { color } => vec![workers::paused(room, *color).await],
        Criterion::Proof { color, machines, quiet_for } => {
            proof::read(room, *color, machines, *quiet_for, &mut rounds.quiet, surroundings).await
        }
    }
}

/// The checks on every machine of a color, asked directly. A machine that is gone can't fail a check: that there are at
/// least `count` is one of its own.
pub(in crate::engine) async fn on_machines(
    room: &Room,
    color: Color,
    count: u16,
    release: Option<&Release>,
    checks: &[CheckName],
) -> Vec<Reading> {
    let machines = match room.fleet.machines(color).await {
        Ok(machines) => machines,
        Err(fault) => return vec![builtin("machines", color.as_str(), &fault.text, "an answer", Verdict::NoEvidence)],
    };
    if machines.len() < usize::from(count.max(1)) {
        let (value, limit) = (format!("{} there", machines.len()), format!("at least {}", count.max(1)));
        return vec![builtin("machines", color.as_str(), &value, &limit, Verdict::Fail)];
    }
    let subjects = machines.into_iter().map(|machine| Subject {
        name: machine.id.to_string(),
        base: format!("http://{}", machine.address),
        release: release.cloned(),
    });
    let rounds =
        futures_util::future::join_all(subjects.map(|subject| async move { of_subject(room, &subject, checks).await }));
    rounds.await.into_iter().flatten().collect()
}

async fn of_subject(room: &Room, subject: &Subject, checks: &[CheckName]) -> Vec<Reading> {
    futures_util::future::join_all(checks.iter().map(|name| async move {
        match room.check(name) {
            Some(check) => check.read(subject, READING).await,
            None => Reading {
                check: name.clone(),
                subject: subject.name.clone(),
                value: "the configuration has no such check any more".to_owned(),
                limit: "a check of that name".to_owned(),
                verdict: Verdict::NoEvidence,
            },
        }
    }))
    .await
}

async fn healthy(room: &Room, color: Color, count: u16) -> Reading {
    let limit = format!("at least {count} of {color}, all healthy");
    let seen = room.traffic.balance().await.map(|it| {
        let members = it.members.get(color);
        let healthy = members.iter().filter(|it| it.is_healthy).count();
        let sick: Vec<String> = members
            .iter()
            .filter(|it| !it.is_healthy)
            .map(|it| format!("; {}: {}", it.member.machine, it.note))
            .collect();
        let is_enough = healthy >= usize::from(count) && healthy == members.len();
        (is_enough, format!("{healthy} of {} healthy{}", members.len(), sick.concat()))
    });
    at_balancer("healthy", &limit, seen)
}

fn at_balancer(check: &'static str, limit: &str, seen: Result<(bool, String), Fault>) -> Reading {
    match seen {
        Ok((true, value)) => builtin(check, "balancer", &value, limit, Verdict::Pass),
        Ok((false, value)) => builtin(check, "balancer", &value, limit, Verdict::Fail),
        Err(fault) => builtin(check, "balancer", &fault.text, limit, Verdict::NoEvidence),
    }
}

/// A reading of our own.
pub(in crate::engine) fn builtin(
    check: &'static str,
    subject: &str,
    value: &str,
    limit: &str,
    verdict: Verdict,
) -> Reading {
    Reading {
        check: CheckName::fixed(check),
        subject: subject.to_owned(),
        value: value.to_owned(),
        limit: limit.to_owned(),
        verdict,
    }
}

/// What is remembered of a good round: an event has a largest size, and a large fleet has many readings.
fn kept(mut readings: Vec<Reading>) -> Vec<Reading> {
    readings.truncate(KEPT);
    readings
}

/// What was not good, in one sentence.
pub(in crate::engine) fn told(when: &str, readings: &[Reading]) -> String {
    let bad: Vec<String> = readings.iter().filter(|it| it.verdict != Verdict::Pass).map(ToString::to_string).collect();
    if bad.is_empty() {
        format!("it did not hold often enough {when}")
    } else {
        format!("it did not hold {when}: {}", bad.join("; "))
    }
}
