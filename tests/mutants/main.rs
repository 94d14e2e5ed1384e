//! Plants each mistake of `src/mutants` in turn, and sees that the test that stands against it in `killers` fails.
//!
//! ```text
//! cargo test --features mutants --test mutants             every mistake
//! cargo test --features mutants --test mutants -- NAME...  these
//! ```
//!
//! A mistake that survives is a hole in the tests: they pass although the program is wrong.
#![expect(clippy::unwrap_used, reason = "panicking is how tests fail")]
#![expect(clippy::print_stdout, reason = "this is a program, and says what it found")]

mod killers;
mod suites;

use std::process::ExitCode;
use std::sync::Mutex;

use changeover::mutants::Mistake;
use clap::ValueEnum as _;

use crate::killers::killer;
use crate::suites::{Suites, Verdict};

/// How many tests run at once.
const AT_ONCE: usize = 2;

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wanted = |it: &Mistake| names.is_empty() || names.contains(&name(*it));
    let mistakes: Vec<Mistake> = Mistake::value_variants().iter().copied().filter(wanted).collect();
    let suites = Suites::build();
    if let Err(why) = suites.pass_unplanted(mistakes.iter().filter_map(|it| killer(*it))) {
        println!("without a mistake: {why}");
        return ExitCode::FAILURE;
    }
    let survivors = survivors(&suites, &mistakes);
    for mistake in &survivors {
        println!("SURVIVED {} (invariant {}): {}", name(*mistake), mistake.invariant(), sentence(*mistake));
    }
    println!("figure: mutants killed {} of {}", mistakes.len() - survivors.len(), mistakes.len());
    if survivors.is_empty() && !mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The mistakes that the test against them did not notice.
fn survivors(suites: &Suites, mistakes: &[Mistake]) -> Vec<Mistake> {
    let queue = Mutex::new(mistakes.iter().copied());
    let survivors = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(mistake) = queue.lock().unwrap().next() else { return };
                    match killer(mistake).map(|test| (suites.run(test, &name(mistake)), test)) {
                        Some((Verdict::Failed, test)) => println!("killed {} by {test}", name(mistake)),
                        Some((Verdict::Passed | Verdict::Hung, _)) | None => survivors.lock().unwrap().push(mistake),
                    }
                }
            });
        }
    });
    let mut survivors = survivors.into_inner().unwrap();
    survivors.sort();
    survivors
}

fn name(mistake: Mistake) -> String {
    mistake.to_possible_value().unwrap().get_name().to_owned()
}

fn sentence(mistake: Mistake) -> String {
    mistake.to_possible_value().unwrap().get_help().unwrap().to_string()
}
