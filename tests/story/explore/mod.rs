//! Random exploration: seeded walks over lines, faults, kills and time, until something is not as it must be.

mod action;
mod draw;
mod ending;
mod found;
mod player;
mod register;
mod shrink;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::time::Duration;

use changeover::chance::Chance;
use changeover::clock::{Clock as _, SystemClock};

use action::History;
use draw::Draw;
use ending::Ending;
use player::Player;

/// How many histories are explored with every change.
const HISTORIES: u64 = 10_000;
/// After so many kinds of violations it is enough.
const KINDS: usize = 6;
/// How much of a violation tells its kind.
const KIND_LENGTH: usize = 64;

/// A history that went wrong.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    seed: u64,
    history: History,
    /// What is violated, without times and numbers.
    kind: String,
    violation: String,
    transcript: String,
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// A panic in a history is something that was found, not something to shout about.
fn quietly(play: impl FnOnce()) -> std::thread::Result<()> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |it| {
            if !IS_QUIET.get() {
                loud(it);
            }
        }));
    });
    IS_QUIET.set(true);
    let end = catch_unwind(AssertUnwindSafe(play));
    IS_QUIET.set(false);
    end
}

/// Walks once; what went wrong, and how much happened.
fn walk(seed: u64) -> (Option<Found>, usize) {
    let mut draw = Draw::of_seed(seed);
    let mut history = draw.beginning();
    let mut player = Player::new(&history, false);
    let end = quietly(|| {
        for _ in 0..draw.length() {
            let (site, now) = (player.site(), player.toy.world().now);
            let action = draw.action(&site, now);
            history.actions.push(action.clone());
            player.act(&action);
            if player.is_violated() {
                return;
            }
        }
        Ending { player: &mut player, chance: Chance::of_seed(history.ending) }.play();
    });
    let count = history.actions.len();
    (found(seed, history, &player, end.err()), count)
}

/// Plays a history as it was written down; what went wrong.
fn replay(seed: u64, history: &History, is_told: bool) -> Option<Found> {
    let mut player = Player::new(history, is_told);
    let end = quietly(|| {
        for action in &history.actions {
            player.act(action);
            if player.is_violated() {
                return;
            }
        }
        Ending { player: &mut player, chance: Chance::of_seed(history.ending) }.play();
    });
    found(seed, history.clone(), &player, end.err())
}

fn found(seed: u64, history: History, player: &Player, panic: Option<Box<dyn std::any::Any + Send>>) -> Option<Found> {
    let said = panic.map(|it| {
        let text = it.downcast_ref::<String>().cloned();
        text.or_else(|| it.downcast_ref::<&str>().map(|it| (*it).to_owned())).unwrap_or_default()
    });
    let first = player.toy.world().judge.violations.first().cloned();
    let violation = said.map(|it| format!("panicked: {it}")).or(first)?;
    let transcript = player.toy.transcript();
    Some(Found { seed, history, kind: kind(&violation), violation, transcript })
}

/// A violation without its time, its numbers and its details.
fn kind(violation: &str) -> String {
    let text = violation.split_once("Z: ").map_or(violation, |(_, text)| text);
    let plain = text.chars().filter(|it| !it.is_ascii_digit());
    plain.take(KIND_LENGTH).collect::<String>().replace("blue", "color").replace("green", "color")
}

/// What several walkers share.
struct Exploration {
    next: AtomicU64,
    actions: AtomicU64,
    histories: AtomicU64,
    /// The first of each kind.
    found: Mutex<BTreeMap<String, (Found, u32)>>,
}

impl Exploration {
    fn new(first: u64) -> Self {
        Self { next: first.into(), actions: 0.into(), histories: 0.into(), found: Mutex::default() }
    }

    /// Walks from seed to seed, on every core, as long as it shall go on.
    fn explore(&self, goes_on: impl Fn(u64) -> bool + Sync) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(|| {
                    loop {
                        let seed = self.next.fetch_add(1, Ordering::Relaxed);
                        if !goes_on(seed) || self.found.lock().unwrap().len() >= KINDS {
                            return;
                        }
                        let (found, actions) = walk(seed);
                        self.histories.fetch_add(1, Ordering::Relaxed);
                        self.actions.fetch_add(u64::try_from(actions).unwrap(), Ordering::Relaxed);
                        if let Some(found) = found {
                            self.keep(found);
                        }
                    }
                });
            }
        });
    }

    fn keep(&self, found: Found) {
        let mut all = self.found.lock().unwrap();
        let entry = all.entry(found.kind.clone()).or_insert_with(|| (found.clone(), 0));
        entry.1 += 1;
        if found.seed < entry.0.seed {
            entry.0 = found;
        }
    }

    fn figure(&self) -> String {
        let violations: u32 = self.found.lock().unwrap().values().map(|(_, count)| count).sum();
        let (histories, actions) = (self.histories.load(Ordering::Relaxed), self.actions.load(Ordering::Relaxed));
        format!("figure: explored histories {histories}, actions {actions}, violations {violations}")
    }

    /// Every kind of violation, by its shortest transcript.
    fn report(&self) -> String {
        let mut text = String::new();
        for (found, count) in self.found.lock().unwrap().values() {
            let shortest = shrink::shrink(found);
            let told = replay(found.seed, &shortest.history, true).unwrap_or_else(|| shortest.clone());
            let Found { seed, history, violation, transcript, .. } = told;
            let _ = writeln!(text, "\nseed {seed} ({count} like it): {violation}\n{history}\n{transcript}");
        }
        text
    }
}

/// Past the harness, which keeps what a test prints that passes.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Panics with every violation that was found; else says how much was explored.
fn conclude(exploration: &Exploration) {
    say(&exploration.figure());
    let report = exploration.report();
    assert!(report.is_empty(), "{report}");
}

#[test]
fn whatever_happens_nothing_is_ever_as_it_must_not_be() {
    let exploration = Exploration::new(1);
    exploration.explore(|seed| seed <= HISTORIES);
    conclude(&exploration);
}

/// From `CHANGEOVER_SEED` on, for so many `CHANGEOVER_MINUTES`; without minutes, that seed alone.
#[test]
#[ignore = "a child of tests/explore, which says from where and for how long"]
fn endlessly() {
    let setting = |name: &str| std::env::var_os(name).map(|it| it.into_string().unwrap().parse::<u64>().unwrap());
    let first = setting("CHANGEOVER_SEED").unwrap_or(1);
    let exploration = Exploration::new(first);
    let clock = SystemClock::new();
    match setting("CHANGEOVER_MINUTES") {
        Some(minutes) => exploration.explore(|_| clock.elapsed() < Duration::from_mins(minutes)),
        None => exploration.explore(|seed| seed == first),
    }
    conclude(&exploration);
}
