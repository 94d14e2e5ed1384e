//! The crash matrix of the real program: killed (`SIGKILL`) before and after each append to its log and each call to the
//! world, and brought back, it must end where the one ended that was never killed, in its log and in the world. Killed once
//! at each point, and at some points once more while it recovers.
//!
//! No kill of the bot may lead to a run that waits for a person: balancer, supervisor, deliveries and their hooks outlive it,
//! so that it can always be told what became of them. Points at which an outcome may be unknown are none.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

#[path = "../database/kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "not everything of the kit is needed here")]
mod database;
#[path = "../guard/mod.rs"]
mod guard;
#[path = "../kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "not everything of the kit is needed here")]
mod kit;
mod matrix;
mod moments;
mod orders;
mod patient;
mod people;
mod plan;
mod procedure;
mod roles;
mod rounds;
mod scene;
mod seen;
mod till;
mod troubles;
mod watch;
mod ways;

use std::io::Write as _;
use std::thread;

use database::Engine;
use matrix::{About, Figures, Matrix};
use procedure::Procedure;
use rounds::Kind;

/// How many shops with shares that do not bake are open at once, and how many with shares that do.
const QUICK: usize = 3;
const SLOW: usize = 2;
/// How many whose databases cross, for each engine.
const CROSSING: usize = 2;
/// How many that have workers.
const WORKING: usize = 2;

/// How many are killed once more while they recover, and what these are drawn by.
const PAIRS: usize = 200;
const THOROUGH_PAIRS: usize = 1_000;
const CROSSING_PAIRS: usize = 10;
const WORKING_PAIRS: usize = 10;
const SEED: u64 = 7;
const DRAWS: u64 = 10;

/// Every procedure, in an order that is possible: where shares do not bake, and where they do.
const QUICKLY: [Procedure; 10] = [
    Procedure::Adopt,
    Procedure::FirstDeploy,
    Procedure::FirstCutover,
    Procedure::Deploy,
    Procedure::AbortedDeploy,
    Procedure::Canary,
    Procedure::Rollback,
    Procedure::Unlock,
    Procedure::Cutover,
    Procedure::Decommission,
];
const SLOWLY: [Procedure; 7] = [
    Procedure::Adopt,
    Procedure::FirstDeploy,
    Procedure::FirstCutover,
    Procedure::Deploy,
    Procedure::AbortedCutover,
    Procedure::HastilyAbortedCutover,
    Procedure::HastilyAbortedDeploy,
];

/// The same where databases cross with the users, or where workers rest meanwhile.
const ACROSS: [Procedure; 7] = [
    Procedure::Adopt,
    Procedure::FirstDeploy,
    Procedure::FirstCutover,
    Procedure::Deploy,
    Procedure::Cutover,
    Procedure::Rollback,
    Procedure::Unlock,
];

#[test]
fn killed_anywhere_it_ends_where_it_ends_untouched() {
    let is_thorough = is_thorough();
    let matrix = Matrix::about(About::Everything, is_thorough);
    thread::scope(|scope| {
        for (kind, procedures) in [(Kind::Quick, &QUICKLY[..]), (Kind::Slow, &SLOWLY)] {
            let matrix = &matrix;
            scope.spawn(move || block_on(rounds::go_untouched(matrix, kind, procedures)));
        }
    });
    is_equal("untouched", &matrix.figures());
    let kinds = [[Kind::Quick; QUICK].as_slice(), &[Kind::Slow; SLOW]].concat();
    let told = kill(&matrix, &kinds, if is_thorough { THOROUGH_PAIRS } else { PAIRS });
    say(&format!("figure: real crash points {told}"));
}

#[test]
fn killed_anywhere_in_a_crossing_of_mysql_nothing_is_lost_and_it_ends_where_it_ends_untouched() {
    killed_in_a_crossing(Kind::Crossing(Engine::Mysql));
}

#[test]
fn killed_anywhere_in_a_crossing_of_mariadb_nothing_is_lost_and_it_ends_where_it_ends_untouched() {
    killed_in_a_crossing(Kind::Crossing(Engine::Mariadb));
}

#[test]
fn killed_anywhere_in_a_crossing_where_nobody_waits_nothing_is_lost_and_it_ends_where_it_ends_untouched() {
    killed_in_a_crossing(Kind::Pointed(Engine::Mariadb11));
}

#[test]
fn killed_anywhere_where_workers_rest_never_do_two_colors_work() {
    let matrix = Matrix::about(About::Workers, is_thorough());
    block_on(rounds::go_untouched(&matrix, Kind::Working, &ACROSS));
    is_equal("untouched", &matrix.figures());
    let told = kill(&matrix, &[Kind::Working; WORKING], WORKING_PAIRS);
    say(&format!("figure: real crash points with workers {told}"));
}

/// There and back, while customers order: afterwards one server takes writes, and both have every order.
fn killed_in_a_crossing(kind: Kind) {
    let matrix = Matrix::about(About::Crossings, is_thorough());
    block_on(rounds::go_untouched(&matrix, kind, &ACROSS));
    is_equal("untouched", &matrix.figures());
    let told = kill(&matrix, &[kind; CROSSING], CROSSING_PAIRS);
    let orders = matrix.orders();
    say(&format!("figure: real crash points of crossings, {kind:?}, {told}, {orders} orders taken, none lost"));
}

fn is_thorough() -> bool {
    std::env::var_os("CHANGEOVER_THOROUGH").is_some()
}

/// Kills once at each point, and then at so many pairs of them.
fn kill(matrix: &Matrix, kinds: &[Kind], wanted: usize) -> String {
    matrix.plan_singles();
    everywhere(matrix, kinds);
    let singles = matrix.figures();
    is_equal("killed once", &singles);
    // Only what is looked at now and then may be missing.
    let missing: Vec<_> =
        singles.away.iter().filter(|(_, places)| places.iter().any(plan::Place::is_at_change)).collect();
    assert!(missing.is_empty(), "never killed at {missing:#?}");
    let pairs = pairs(matrix, kinds, wanted);
    let (killed, away) = (singles.killed, singles.away.len());
    format!("{killed}, pairs {pairs}, differences 0 ({away} looks were not there again)")
}

/// Kills twice until there are so many `wanted`; another one is drawn for each that was not there again.
fn pairs(matrix: &Matrix, kinds: &[Kind], wanted: usize) -> usize {
    let mut killed = 0;
    for seed in SEED..SEED + DRAWS {
        matrix.plan_pairs(wanted - killed, seed);
        everywhere(matrix, kinds);
        let figures = matrix.figures();
        is_equal(&format!("killed twice, seed {seed}"), &figures);
        killed += figures.killed;
        if killed == wanted {
            return killed;
        }
    }
    panic!("only {killed} of {wanted} pairs were there");
}

fn is_equal(when: &str, figures: &Figures) {
    let Figures { killed, differences, .. } = figures;
    let count = differences.len();
    assert!(differences.is_empty(), "{when}, {killed} kills: {count} differences\n{}", differences.join("\n"));
}

/// Goes on until nothing is left.
fn everywhere(matrix: &Matrix, kinds: &[Kind]) {
    thread::scope(|scope| {
        for kind in kinds {
            scope.spawn(move || block_on(rounds::go(matrix, *kind)));
        }
    });
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

/// Said even though the test passes, on a line of its own: figures are read by tests/run.
fn say(line: &str) {
    std::io::stdout().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}
