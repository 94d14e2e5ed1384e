//! The crash matrix of the real program: killed (`SIGKILL`) before and after each append to its log and each call to the
//! world, and brought back, it must end where the one ended that was never killed, in its log and in the world. Killed once
//! at each point, and at some points once more while it recovers.
//!
//! No kill of the bot may lead to a run that waits for a person: balancer, supervisor, deliveries and their hooks outlive it,
//! so that it can always be told what became of them. Points at which an outcome may be unknown are none.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]

#[path = "../kit/mod.rs"]
#[expect(dead_code, unused_imports, reason = "not everything of the kit is needed here")]
mod kit;
mod matrix;
mod patient;
mod plan;
mod procedure;
mod roles;
mod rounds;
mod seen;
mod watch;

use std::thread;

use matrix::{Figures, Matrix};
use procedure::Procedure;

/// How many shops with shares that do not bake are open at once, and how many with shares that do.
const QUICK: usize = 3;
const SLOW: usize = 2;

/// How many are killed once more while they recover, and what these are drawn by.
const PAIRS: usize = 200;
const THOROUGH_PAIRS: usize = 1_000;
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

#[test]
fn killed_anywhere_it_ends_where_it_ends_untouched() {
    let is_thorough = std::env::var_os("CHANGEOVER_THOROUGH").is_some();
    let matrix = Matrix::new(is_thorough);
    thread::scope(|scope| {
        for (bakes, procedures) in [(false, &QUICKLY[..]), (true, &SLOWLY)] {
            let matrix = &matrix;
            scope.spawn(move || block_on(rounds::go_untouched(matrix, bakes, procedures)));
        }
    });
    is_equal("untouched", &matrix.figures());

    matrix.plan_singles();
    everywhere(&matrix);
    let singles = matrix.figures();
    is_equal("killed once", &singles);
    // Only what is looked at now and then may be missing.
    let missing: Vec<_> =
        singles.away.iter().filter(|(_, places)| places.iter().any(plan::Place::is_at_change)).collect();
    assert!(missing.is_empty(), "never killed at {missing:#?}");

    let wanted = if is_thorough { THOROUGH_PAIRS } else { PAIRS };
    let pairs = pairs(&matrix, wanted);
    let (killed, away) = (singles.killed, singles.away.len());
    say(&format!(
        "figure: real crash points {killed}, pairs {pairs}, differences 0 ({away} looks were not there again)"
    ));
}

/// Kills twice until there are so many `wanted`; another one is drawn for each that was not there again.
fn pairs(matrix: &Matrix, wanted: usize) -> usize {
    let mut killed = 0;
    for seed in SEED..SEED + DRAWS {
        matrix.plan_pairs(wanted - killed, seed);
        everywhere(matrix);
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
fn everywhere(matrix: &Matrix) {
    thread::scope(|scope| {
        for bakes in [[false; QUICK].as_slice(), &[true; SLOW]].concat() {
            scope.spawn(move || block_on(rounds::go(matrix, bakes)));
        }
    });
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

#[expect(clippy::print_stdout, reason = "figures are read by tests/run")]
fn say(line: &str) {
    // On a line of its own, whatever the test harness has begun to say.
    println!("\n{line}");
}
