//! Fuzzing of everything that reads what others write: a short run of every target, the same each time.
//!
//! `cargo test --test fuzz -- NAME` runs one. `tests/fuzz/run --minutes N` runs the same targets with coverage to guide
//! them. What either finds belongs into `tests/fuzz/corpus/TARGET`: from then on every run reads it first.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "panicking is how tests fail")]
#![expect(clippy::print_stdout, reason = "what was run is said at the end")]

mod mutate;
mod shrink;
mod target;
mod targets;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use changeover::chance::Chance;
use changeover::clock::{Clock as _, SystemClock};
use libtest_mimic::{Arguments, Failed, Trial};

use mutate::Stock;
use target::{Broken, Target, root};

/// How many texts are kept because they were answered in a new way.
const KEPT: usize = 500;

/// How many texts were read by all targets.
static INPUTS: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    target::keep_quiet();
    let clock = SystemClock::new();
    let trials = targets::ALL.iter().map(|target| {
        Trial::test(format!("{}: {}", target.name, target.rule), move || run(target).map_err(Failed::from))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if !arguments.list {
        let (inputs, seconds) = (INPUTS.load(Ordering::Relaxed), clock.elapsed().as_secs());
        println!("figure: fuzz targets {}, inputs {inputs}, seconds {seconds}", conclusion.num_passed);
    }
    conclusion.exit_code()
}

/// Reads every text that is known, then as many that are nearly like them as the target wants.
fn run(target: &'static Target) -> Result<(), String> {
    let texts = target.texts();
    let mut answers = BTreeSet::new();
    for (number, text) in texts.iter().enumerate() {
        answers.insert(attempt(target, text, &format!("known text {}", number + 1))?);
    }
    let mut stock = Stock::new(texts);
    for number in 0..target.inputs {
        let seed = target.name.bytes().fold(number as u64, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
        let text = stock.make(&mut Chance::of_seed(seed), target.longest);
        let answer = attempt(target, &text, &format!("text {}", number + 1))?;
        if answers.len() < KEPT && answers.insert(answer) {
            stock.add(text);
        }
    }
    Ok(())
}

/// Reads one text; the error holds the shortest text that breaks the rule, and where it is kept.
fn attempt(target: &Target, text: &[u8], which: &str) -> Result<String, String> {
    INPUTS.fetch_add(1, Ordering::Relaxed);
    target.run(text).map(|answer| kind(&answer)).map_err(|broken| {
        let (shortest, Broken(why)) = shrink::shrink(target, text, broken);
        let file =
            root().join(format!("target/fuzz/found/{}-{}", target.name, events::chain::Hash::of(&shortest).short()));
        let kept = std::fs::create_dir_all(file.parent().unwrap()).and_then(|()| std::fs::write(&file, &shortest));
        let kept = kept.map_or_else(|error| error.to_string(), |()| file.display().to_string());
        format!("{why}\n  {which}, {} bytes: b\"{}\"\n  kept as {kept}", shortest.len(), shortest.escape_ascii())
    })
}

/// A text without what differs from one input to the next, so that answers can be told apart by their kind.
fn kind(answer: &str) -> String {
    let mut kind = String::new();
    let mut is_quoted = false;
    for c in answer.chars().take(400) {
        match c {
            '"' | '`' => is_quoted = !is_quoted,
            '0'..='9' => {}
            c if !is_quoted => kind.push(c),
            _ => {}
        }
    }
    kind
}
