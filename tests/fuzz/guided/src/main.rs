//! One target under libFuzzer: `--target=NAME` says which, `--seeds=FOLDER` where its texts that are right are put.

#![no_main]

#[path = "../../mutate.rs"]
mod mutate;
#[path = "../../target.rs"]
mod target;
#[path = "../../targets/mod.rs"]
mod targets;

use std::sync::OnceLock;

use changeover::chance::Chance;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

use mutate::Stock;
use target::{Broken, Target};

static CHOSEN: OnceLock<(&'static Target, Stock)> = OnceLock::new();

fuzz_target!(
    init: choose(),
    |text: &[u8]| {
        let (target, _) = chosen();
        if let Err(Broken(why)) = target.run(text) {
            eprintln!("{}: {}: {why}\n{}", target.name, target.rule, text.escape_ascii());
            std::process::abort();
        }
    }
);

// Half of the changes are libFuzzer's own, the other half know what words are.
fuzz_mutator!(|text: &mut [u8], size: usize, longest: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(text, size, longest);
    }
    let mut changed = text[..size].to_vec();
    chosen().1.change(&mut changed, &mut Chance::of_seed(seed.into()), longest);
    changed.truncate(longest);
    text[..changed.len()].copy_from_slice(&changed);
    changed.len()
});

fn chosen() -> &'static (&'static Target, Stock) {
    CHOSEN.get().expect("it was chosen at the start")
}

fn choose() {
    let argument = |name: &str| std::env::args().find_map(|it| it.strip_prefix(name).map(str::to_owned));
    let name = argument("--target=").unwrap_or_default();
    let Some(target) = targets::ALL.iter().find(|it| it.name == name) else {
        let names: Vec<&str> = targets::ALL.iter().map(|it| it.name).collect();
        eprintln!("there is no target {name}; there are: {}", names.join(" "));
        std::process::exit(2);
    };
    target::keep_quiet();
    let texts = target.texts();
    if let Some(folder) = argument("--seeds=") {
        for (number, text) in texts.iter().enumerate() {
            std::fs::write(format!("{folder}/seed-{number}"), text).expect("the folder of seeds is there");
        }
    }
    assert!(CHOSEN.set((target, Stock::new(texts))).is_ok());
}
