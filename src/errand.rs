//! A program that a site's owner gives the bot to run, once or for a color: bounded, with its last words, and with what it
//! has started ended where that is asked.

use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::fault::Fault;

use crate::config::duration;
use crate::config::environment::Environment;
use crate::output::Output;
use crate::program::{Argv, End, Program, Streams};
use crate::redact::Redactor;
use crate::strays::{self, MARK};

/// How long what a program left behind may take to be killed.
const SWEEP: Duration = Duration::from_secs(10);

/// How much of a program's last words is kept.
const LAST_LINES: usize = 12;
const LAST_BYTES: usize = 1_200;

/// What is run, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    /// Never through a shell.
    pub run: &'a Argv,
    /// What it is told: `("color", "blue")` stands for `{color}` in its arguments, and is `CHANGEOVER_COLOR` to it.
    pub words: &'a [(&'a str, &'a str)],
    pub environment: &'a Environment,
    pub timeout: Duration,
    /// By which everything that it starts is found again; empty where nothing will be looked for.
    pub mark: &'a str,
}

/// How an errand ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub end: End,
    /// Its last words, without secrets.
    pub said: String,
}

impl Errand<'_> {
    /// Runs it to its end, or until its time is over. A fault if it can't be run at all.
    pub async fn run(&self) -> Result<Done, Fault> {
        let resolved = self.environment.resolve().map_err(|error| Fault::lasting(error.to_string()))?;
        let redactor = Redactor::new(&resolved.secrets);
        #[cfg(feature = "mutants")]
        let redactor = crate::mutants::redactor(redactor);
        let mut variables = resolved.variables.with(MARK, self.mark);
        for (word, value) in self.words {
            variables = variables.with(&format!("CHANGEOVER_{}", word.to_ascii_uppercase()), value);
        }
        let program = Program {
            program: self.run.program.as_ref(),
            arguments: self.arguments().into_iter().map(Into::into).collect(),
            folder: None,
            variables,
            stdin: None,
        };
        let output = Mutex::new(Output::new(0, LAST_BYTES));
        let streams = Streams { output: &output, errors: None };
        let end = program.run(streams, self.timeout, std::future::pending()).await;
        let end = end.map_err(|error| Fault::lasting(format!("{} cannot be run: {error}", self.run.program)))?;
        let output = output.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Done { end, said: output.last_lines(&redactor, 0, LAST_LINES, LAST_BYTES) })
    }

    /// Runs it where anything but 0 is a fault, which may pass; after one nothing of it runs any more.
    pub async fn succeed(&self) -> Result<(), Fault> {
        let Done { end, said } = self.run().await?;
        let name = &self.run.program;
        let why = match end {
            End::Exited(status) if status.success() => return Ok(()),
            End::Exited(status) => format!("{name} ended with {}", told(status)),
            End::Late | End::Stopped => {
                format!("{name} did not end within {} and was killed", duration::format(self.timeout))
            }
        };
        sweep(self.mark).await?;
        let said = if said.is_empty() { "; it printed nothing".to_owned() } else { format!("; it said last:\n{said}") };
        Err(Fault::passing(format!("{why}{said}")))
    }

    /// The command as a person types it into a shell.
    #[must_use]
    pub fn by_hand(&self) -> String {
        let words = [vec![self.run.program.clone()], self.arguments()].concat();
        words.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(" ")
    }

    fn arguments(&self) -> Vec<String> {
        let told = |argument: &String| {
            self.words.iter().fold(argument.clone(), |text, (word, value)| text.replace(&format!("{{{word}}}"), value))
        };
        self.run.arguments.iter().map(told).collect()
    }
}

/// As a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,{}".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// On return nothing runs any more of what carries that mark.
pub async fn sweep(mark: &str) -> Result<(), Fault> {
    let swept = strays::end(mark, SWEEP).await;
    swept.map(drop).map_err(|error| Fault::passing(format!("what was started before still runs: {error}")))
}

/// An exit as people say it.
#[must_use]
pub fn told(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_is_told_to_type_is_what_was_run() {
        let run = Argv::try_from(["sh", "-c", "echo 'it is' > $1", "{color}", ""].map(str::to_owned).to_vec()).unwrap();
        let environment = Environment::default();
        let words = [("color", "blue")];
        let errand = Errand { run: &run, words: &words, environment: &environment, timeout: Duration::ZERO, mark: "" };
        assert_eq!(errand.by_hand(), r"sh -c 'echo '\''it is'\'' > $1' blue ''");
    }
}
