//! The test binaries, built once with the feature, and one test of one of them run with a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How often it is looked whether a test is over, and the pause between two looks: one that hangs notices nothing.
const LOOKS: u32 = 3_000;
const PAUSE: Duration = Duration::from_millis(20);

/// A test, by its suite (a folder of `tests/`) and its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Test {
    pub(crate) suite: &'static str,
    pub(crate) name: &'static str,
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.suite, self.name)
    }
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    Hung,
}

/// The test binaries, by the name of their suite.
pub(crate) struct Suites(BTreeMap<String, PathBuf>);

impl Suites {
    /// Builds what the tests of `killers` are in.
    pub(crate) fn build() -> Self {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--no-run", "--locked", "--features", "mutants", "--message-format", "json"]);
        for suite in crate::killers::SUITES {
            cargo.args(["--test", suite]);
        }
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output().unwrap();
        assert!(built.status.success(), "the tests could not be built");
        let lines = String::from_utf8(built.stdout).unwrap();
        Self(lines.lines().filter_map(|line| artifact(&serde_json::from_str(line).unwrap())).collect())
    }

    /// Whether all these tests are there and pass without a mistake; otherwise, why not.
    pub(crate) fn pass_unplanted(&self, tests: impl Iterator<Item = Test>) -> Result<(), String> {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for test in tests {
            names.entry(test.suite).or_default().insert(test.name);
        }
        for (suite, names) in names {
            let output = self.command(suite).arg("--exact").args(&names).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            let passed = format!("test result: ok. {} passed", names.len());
            if !output.status.success() || !said.contains(&passed) {
                return Err(format!("{suite} did not pass {} tests:\n{said}", names.len()));
            }
        }
        Ok(())
    }

    /// Runs one test in a process that makes the mistake of that name.
    pub(crate) fn run(&self, test: Test, mistake: &str) -> Verdict {
        let mut command = self.command(test.suite);
        command.args(["--exact", test.name]).env("CHANGEOVER_MUTANT", mistake);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..LOOKS {
            if let Some(status) = child.try_wait().unwrap() {
                return if status.success() { Verdict::Passed } else { Verdict::Failed };
            }
            std::thread::sleep(PAUSE);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        Verdict::Hung
    }

    fn command(&self, suite: &str) -> Command {
        let mut command = Command::new(self.0.get(suite).unwrap_or_else(|| panic!("there is no suite {suite}")));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("CHANGEOVER_MUTANT").stdin(Stdio::null());
        command
    }
}

/// The suite and the binary that a message of cargo is about, if it is about one.
fn artifact(message: &serde_json::Value) -> Option<(String, PathBuf)> {
    let is_test = message["profile"]["test"].as_bool()?;
    let binary = message["executable"].as_str().filter(|_| is_test)?;
    Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(binary)))
}
