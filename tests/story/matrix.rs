//! The crash matrix: a bot that is killed at any point, or at any two, ends as one that never was.

mod ended;
mod procedures;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use changeover::chat::Said;

use crate::toy::world::{Job, World};
use crate::toy::{Toy, Went, given};
use ended::{Ended, same};
use procedures::{Act, Procedure, procedures};

/// A process supervisor starts a dead bot again after a moment.
const MOMENT: Duration = Duration::from_secs(1);
/// Nobody starts it for longer than any deadline.
const HOURS: Duration = Duration::from_hours(3);
/// Longer than anything here takes.
const DAY: Duration = Duration::from_hours(24);
const WORKERS: usize = 2;

/// Plays the acts from the first on, as far as it goes. What was said before is said again under the same name, and must
/// not be done again.
fn play(toy: &mut Toy, procedure: &Procedure) -> Went {
    toy.start();
    for (index, act) in procedure.acts.iter().enumerate() {
        let went = match act {
            Act::Say(text) => match toy.try_say(text, &format!("console/act-{index}")) {
                Some(_) => Went::So,
                None => Went::Killed,
            },
            Act::SayAs(user, text) => {
                match toy.try_say_as(given::releaser(user), text, &format!("slack/act-{index}")) {
                    Some(_) => Went::So,
                    None => Went::Killed,
                }
            }
            Act::Chat(text) => deliver(toy, &Said::Line((*text).to_owned()), index),
            Act::Press(text, reason) => {
                deliver(toy, &Said::Press((*text).to_owned(), Some((*reason).to_owned())), index)
            }
            Act::Answered => toy.run_until(DAY, World::is_answered),
            Act::Shown => toy.run_until(DAY, is_shown),
            Act::Settle => toy.run_until(DAY, World::is_settled),
            Act::Reach(step) => toy.run_until(DAY, |it| it.has_reached(*step)),
            Act::Deliver => toy
                .run_until(DAY, |it| it.has_reached(4) || it.jobs.values().any(|it| matches!(it, Job::Running { .. }))),
            Act::Until(since) => {
                let left = (procedure.began() + *since).saturating_sub(toy.world().steady);
                toy.run_until(left, |_| false)
            }
        };
        if went == Went::Killed {
            return went;
        }
    }
    Went::So
}

/// A platform delivers something again until it is acknowledged, and then no more: who acknowledges it has it.
fn deliver(toy: &mut Toy, said: &Said, act: usize) -> Went {
    let id = format!("act-{act}");
    let is_done = toy.world().chat.acknowledged.contains(&id);
    if is_done || toy.try_chat(said, &id).is_some() { Went::So } else { Went::Killed }
}

/// Whether every message of the channel shows how it ended.
fn is_shown(world: &World) -> bool {
    let count = |kind: &str| world.journal.events.iter().filter(|it| it.kind == kind).count();
    count("ChatBegun") > 0 && count("ChatBegun") == count("ChatEnded")
}

/// Plays everything to its end; whoever is killed is started again after `downtime`.
fn play_on(toy: &mut Toy, procedure: &Procedure, downtime: Duration) -> Ended {
    while play(toy, procedure) == Went::Killed {
        toy.run_until(downtime, |_| false);
    }
    Ended::of(toy)
}

/// The world as it is once the bot was killed at its `point`-th call; none if it makes fewer.
fn killed_at(given: &Toy, procedure: &Procedure, point: u64) -> Option<Toy> {
    let mut toy = given.left_behind();
    toy.world().deaths.kill_after(point);
    (play(&mut toy, procedure) == Went::Killed).then(|| toy.left_behind())
}

/// What became of many kills.
#[derive(Default)]
struct Count {
    points: AtomicUsize,
    /// How many of them left a world that the one before had not left.
    worlds: AtomicUsize,
    pairs: AtomicUsize,
    /// How many ended as is said of a deadline that passed while no bot was there.
    late: AtomicUsize,
    differences: Mutex<Vec<String>>,
}

impl Count {
    fn compare(&self, procedure: &Procedure, told: &str, whole: &Ended, ended: &Ended) {
        if let Err(difference) = same(whole, ended) {
            if ended.is_stated(&procedure.given) {
                self.late.fetch_add(1, Ordering::Relaxed);
                return;
            }
            self.differences.lock().unwrap().push(format!("{}, {told}: {difference}", procedure.name));
        }
    }

    /// The first differences, if there are any.
    fn assert_none(self) {
        let differences = self.differences.into_inner().unwrap();
        // One of each procedure says more than many of one.
        let of: BTreeMap<_, _> = differences.iter().map(|it| (it.split(',').next(), it.as_str())).collect();
        let shown = of.into_values().collect::<Vec<_>>().join("\n");
        assert!(differences.is_empty(), "{} differences:\n{shown}", differences.len());
    }
}

/// One kill at `point`; the world it left, one moment later.
fn kill_once(procedure: &Procedure, whole: &Ended, point: u64, count: &Count) -> Option<Toy> {
    let mut once = killed_at(&procedure.given(), procedure, point)?;
    count.points.fetch_add(1, Ordering::Relaxed);
    let at = once.world().deaths.died_at.unwrap_or_default();
    once.run_until(MOMENT, |_| false);
    let ended = play_on(&mut once.left_behind(), procedure, MOMENT);
    count.compare(procedure, &format!("killed at {point} ({at})"), whole, &ended);
    Some(once)
}

/// One kill at `point`, and, once the bot is back, one more at every point that follows. A kill that leaves the very
/// world that the one before it left has the same future, which is lived through once.
fn kill_twice(procedure: &Procedure, whole: &Ended, point: u64, count: &Count) -> Option<()> {
    if !procedure.is_paired && !is_long() {
        return None;
    }
    let once = kill_once(procedure, whole, point, count)?;
    let before = killed_at(&procedure.given(), procedure, point - 1);
    let is_new = before.is_none_or(|before| before.world().mark() != once.world().mark());
    if !is_new && !is_long() {
        return Some(());
    }
    count.worlds.fetch_add(1, Ordering::Relaxed);
    let at = once.world().deaths.died_at.unwrap_or_default();
    for second in 1.. {
        let Some(mut twice) = killed_at(&once, procedure, second) else { break };
        count.pairs.fetch_add(1, Ordering::Relaxed);
        let then = twice.world().deaths.died_at.unwrap_or_default();
        twice.run_until(MOMENT, |_| false);
        let ended = play_on(&mut twice, procedure, MOMENT);
        let told = format!("killed at {point} ({at}) and {second} points later ({then})");
        count.compare(procedure, &told, whole, &ended);
    }
    Some(())
}

/// Does it for every point of every procedure, in as many threads as there are workers.
fn everywhere(kill: impl Fn(&Procedure, &Ended, u64, &Count) -> bool + Sync) -> Count {
    let count = Count::default();
    let procedures = procedures();
    let wholes: Vec<Ended> = procedures.iter().map(|it| play_on(&mut it.given(), it, MOMENT)).collect();
    // Points are handed out one by one: whoever is done takes the next.
    let next = Mutex::new((0, 0));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let (index, point) = {
                        let mut next = next.lock().unwrap();
                        next.1 += 1;
                        *next
                    };
                    let Some((procedure, whole)) = procedures.get(index).zip(wholes.get(index)) else { return };
                    if !kill(procedure, whole, point, &count) {
                        let mut next = next.lock().unwrap();
                        if next.0 == index {
                            *next = (index + 1, 0);
                        }
                    }
                }
            });
        }
    });
    count
}

#[test]
fn killed_at_any_point_it_ends_as_if_nothing_had_happened() {
    let count = everywhere(|procedure, whole, point, count| kill_once(procedure, whole, point, count).is_some());
    let (points, late) = (count.points.load(Ordering::Relaxed), count.late.load(Ordering::Relaxed));
    say(&format!("figure: toy crash points {points}, {late} of them over a deadline"));
    assert!(points > 1_000, "{points} points are too few to mean anything");
    count.assert_none();
}

#[test]
fn killed_at_any_two_points_it_ends_as_if_nothing_had_happened() {
    let count = everywhere(|procedure, whole, point, count| kill_twice(procedure, whole, point, count).is_some());
    let (worlds, pairs) = (count.worlds.load(Ordering::Relaxed), count.pairs.load(Ordering::Relaxed));
    let late = count.late.load(Ordering::Relaxed);
    say(&format!("figure: toy pairs {pairs}, from {worlds} different worlds, {late} of them over a deadline"));
    assert!(pairs > 20_000, "{pairs} pairs are too few to mean anything");
    count.assert_none();
}

/// The bot stays dead for longer than any deadline: whatever was underway has the deadline's outcome, which is that the
/// run went on, was turned back with nothing left behind, or waits for a person. What must never be is watched by the
/// judge of the world.
#[test]
fn left_dead_for_hours_at_any_point_it_ends_as_is_said_of_the_deadline() {
    let ends = Mutex::new(BTreeMap::<String, usize>::new());
    let count = everywhere(|procedure, _, point, count| {
        let Some(mut dead) = killed_at(&procedure.given(), procedure, point) else { return false };
        dead.run_until(HOURS, |_| false);
        let ended = play_on(&mut dead, procedure, HOURS);
        if let Some(violation) = ended.violations().first() {
            let told = format!("{}, killed at {point}: {violation}", procedure.name);
            count.differences.lock().unwrap().push(told);
        }
        *ends.lock().unwrap().entry(ended.outcome()).or_default() += 1;
        true
    });
    let ends = ends.into_inner().unwrap();
    let told: Vec<String> = ends.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    say(&format!("figure: toy left dead for hours: {}", told.join(", ")));
    count.assert_none();
    let stated = [
        "succeeded",
        "turned back",
        "nothing was underway",
        "stuck: the way back was not reached in time",
        "stuck: past the point of no return, and late",
    ];
    let other: Vec<&String> = ends.keys().filter(|it| !stated.contains(&it.as_str())).collect();
    assert!(other.is_empty(), "{other:?}");
}

/// A delivery that ends with its bot and may not be repeated is the one thing that nobody can know the outcome of.
#[test]
fn only_a_delivery_that_may_not_be_repeated_has_an_unknown_outcome_and_it_is_never_started_twice() {
    let unknown = AtomicUsize::new(0);
    let count = everywhere(|procedure, _, point, count| {
        let given = procedure.given();
        given.world().manners.delivery_dies_with_bot = true;
        given.world().manners.is_delivery_repeatable = false;
        let Some(mut dead) = killed_at(&given, procedure, point) else { return false };
        let was_delivering = dead.world().jobs.values().any(|it| *it == Job::Gone);
        dead.run_until(MOMENT, |_| false);
        let ended = play_on(&mut dead, procedure, MOMENT);
        let is_unknown = ended.outcome() == "stuck: outcome unknown";
        unknown.fetch_add(usize::from(is_unknown), Ordering::Relaxed);
        let is_repeated = ended.effects().iter().any(|it| it.matches("a delivery of").count() > 1);
        if is_repeated || (is_unknown && !was_delivering) || !ended.violations().is_empty() {
            let told = format!("{}, killed at {point}: {}, {:?}", procedure.name, ended.outcome(), ended.violations());
            count.differences.lock().unwrap().push(told);
        }
        true
    });
    let unknown = unknown.into_inner();
    say(&format!("figure: toy outcomes unknown {unknown}, all in the middle of a delivery that may not be repeated"));
    assert!(unknown > 0, "no kill fell into a delivery");
    count.assert_none();
}

/// Whether there is time for what takes long.
fn is_long() -> bool {
    std::env::var_os("CHANGEOVER_LONG").is_some()
}

fn say(line: &str) {
    // Not through `print`, which the test harness takes for itself.
    std::io::stdout().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}
