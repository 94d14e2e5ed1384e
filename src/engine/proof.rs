//! The proof that must be given before an environment is destroyed (ARCHITECTURE.md, invariant 5).

use std::time::Duration;

use events::check::{Reading, Verdict};
use events::color::Color;
use events::machine::Machine;
use jiff::{SignedDuration, Timestamp};

use super::room::Room;
use super::steps::gate::builtin;
use crate::clock::Clock;

/// How far the wall clock may run from the steady one before nobody believes it.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(5);

/// What is true while a gate reads, whatever it reads.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) clock: &'a dyn Clock,
    /// Whether the whole log was verified since this bot started.
    pub(super) is_log_verified: bool,
    /// The latest time that the log has seen.
    pub(super) latest: Option<Timestamp>,
    /// How many machines the run wants an environment to have.
    pub(super) machine_count: u16,
}

/// Since when nobody used a color.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quiet {
    since: Duration,
    since_wall: Timestamp,
    requests: u64,
}

/// One round of the proof; it passes once nobody has used the color for `quiet_for` in one go.
pub(super) async fn read(
    room: &Room,
    color: Color,
    machines: &[Machine],
    quiet_for: SignedDuration,
    quiet: &mut Option<Quiet>,
    surroundings: &Surroundings<'_>,
) -> Vec<Reading> {
    let mut readings = at_balancer(room, color, quiet_for, quiet, surroundings).await;
    readings.push(recorded(room, color, machines).await);
    readings.push(log(surroundings));
    readings.push(clock(quiet.as_ref(), surroundings));
    readings
}

async fn at_balancer(
    room: &Room,
    color: Color,
    quiet_for: SignedDuration,
    quiet: &mut Option<Quiet>,
    surroundings: &Surroundings<'_>,
) -> Vec<Reading> {
    let balance = match room.traffic.balance().await {
        Ok(balance) => balance,
        Err(fault) => {
            // Nobody looked: whatever quiet there was is no evidence any more.
            *quiet = None;
            return vec![builtin("share", "balancer", &fault.text, "an answer", Verdict::NoEvidence)];
        }
    };
    let share = balance.weights.of(color);
    let connections = *balance.connections.get(color);
    let requests = *balance.requests.get(color);
    let is_used = share != 0 || connections != 0 || quiet.is_some_and(|it| it.requests != requests);
    if is_used || quiet.is_none() {
        let since_wall = surroundings.clock.now();
        *quiet = Some(Quiet { since: surroundings.clock.elapsed(), since_wall, requests });
    }
    let lasted = quiet.map_or(Duration::ZERO, |it| surroundings.clock.elapsed().saturating_sub(it.since));
    let is_long = SignedDuration::try_from(lasted).is_ok_and(|it| it >= quiet_for) && !is_used;
    vec![
        builtin("share", "balancer", &format!("{share} %"), "0 %", pass(share == 0)),
        builtin(
            "quiet",
            color.as_str(),
            &format!("{connections} in flight, unused for {:.1} s", lasted.as_secs_f64()),
            &format!("unused for {quiet_for:#}"),
            pass(is_long),
        ),
    ]
}

/// Each machine must be the one that was recorded: by id, name and time of creation.
async fn recorded(room: &Room, color: Color, recorded: &[Machine]) -> Reading {
    match room.fleet.machines(color).await {
        Ok(found) => {
            let strangers: Vec<&Machine> = found.iter().filter(|it| !recorded.contains(it)).collect();
            let value = match strangers.first() {
                None => format!("{} machines, all recorded", found.len()),
                Some(machine) => format!("{} of {} is not in the log", machine.id, machine.created_at),
            };
            builtin("machines", color.as_str(), &value, "only recorded machines", pass(strangers.is_empty()))
        }
        Err(fault) => builtin("machines", color.as_str(), &fault.text, "an answer", Verdict::NoEvidence),
    }
}

fn log(surroundings: &Surroundings<'_>) -> Reading {
    let value = if surroundings.is_log_verified { "every event" } else { "not yet" };
    builtin("log", "log", value, "verified since the bot started", pass(surroundings.is_log_verified))
}

/// A clock that jumped may have closed the window early.
fn clock(quiet: Option<&Quiet>, surroundings: &Surroundings<'_>) -> Reading {
    let now = surroundings.clock.now();
    let drift = quiet.map_or(SignedDuration::ZERO, |it| {
        let steady = surroundings.clock.elapsed().saturating_sub(it.since);
        let steady = SignedDuration::try_from(steady).unwrap_or(SignedDuration::MAX);
        now.duration_since(it.since_wall).saturating_sub(steady).abs()
    });
    let is_behind = surroundings.latest.is_some_and(|it| it.saturating_sub(CLOCK_SLACK).is_ok_and(|it| now < it));
    let value = if is_behind { "behind the log".to_owned() } else { format!("{:.1} s off", drift.as_secs_f64()) };
    builtin("clock", "clock", &value, "no jump", pass(!is_behind && drift <= CLOCK_SLACK))
}

fn pass(is_good: bool) -> Verdict {
    if is_good { Verdict::Pass } else { Verdict::Fail }
}
