//! A program on this machine: its exit code is the verdict, its last line the value. It must only read.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use events::check::{Reading, Verdict};
use events::name::CheckName;
use serde::{Deserialize, Serialize};

use super::{Findings, shown};
use crate::config::duration;
use crate::config::environment::Environment;
use crate::output::Output;
use crate::ports::{Check, Subject};
use crate::program::{Argv, End, Program, Streams};
use crate::redact::Redactor;

/// The exit code that says "nothing to judge by, ask again" (`EX_TEMPFAIL` of sysexits.h).
const NOTHING_TO_JUDGE_BY: i32 = 75;

/// How much of the end of a program's output is kept, in bytes.
const KEPT: usize = 16 * 1024;

/// What `[site.check.command]` of a `[[site.check]]` says. What is run must only read: it runs again and again, on live
/// machines too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub name: CheckName,
    /// The program and its arguments, never through a shell; `{base}`, `{release}`, `{pin}` and `{machine}` are
    /// replaced in the arguments.
    pub run: Argv,
    #[serde(with = "crate::config::duration", default = "default_timeout")]
    pub timeout: Duration,
    #[serde(default)]
    pub env: Environment,
}

fn default_timeout() -> Duration {
    Duration::from_secs(30)
}

/// Runs a program once per reading: 0 passes, 75 is no evidence, everything else fails.
pub struct CommandCheck {
    settings: Settings,
}

impl CommandCheck {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn look(&self, subject: &Subject, patience: Duration) -> Findings {
        let mut findings = Findings::new();
        let Settings { run, env, .. } = &self.settings;
        let resolved = match env.resolve() {
            Ok(resolved) => resolved,
            Err(error) => {
                findings.add(Verdict::NoEvidence, error.to_string());
                return findings;
            }
        };
        let mut arguments = Vec::with_capacity(run.arguments.len());
        for argument in &run.arguments {
            let filled = fill(argument, subject);
            // A name that somebody else chose must not become an option.
            if filled.starts_with('-') && !argument.starts_with('-') {
                findings.add(Verdict::NoEvidence, format!("{argument} would be the option {}", shown(&filled)));
                return findings;
            }
            arguments.push(filled.into());
        }
        let redactor = Redactor::new(&resolved.secrets);
        #[cfg(feature = "mutants")]
        let redactor = crate::mutants::redactor(redactor);
        let output = Mutex::new(Output::new(0, KEPT));
        let variables = resolved.variables;
        let program = Program { program: run.program.as_ref(), arguments, folder: None, variables, stdin: None };
        let end = program.run(Streams { output: &output, errors: None }, patience, std::future::pending()).await;
        let output = output.into_inner().unwrap_or_else(PoisonError::into_inner);
        let said = shown(&output.last_lines(&redactor, 0, 1, KEPT));
        let or_said = |otherwise: String| if said.is_empty() { otherwise } else { format!("{said} ({otherwise})") };
        match end {
            Err(error) => findings.add(Verdict::NoEvidence, format!("{} cannot be run: {error}", run.program)),
            Ok(End::Late | End::Stopped) => {
                findings.add(Verdict::Fail, or_said(format!("did not end within {}", duration::format(patience))));
            }
            Ok(End::Exited(status)) => match status.code() {
                Some(0) => findings.add(Verdict::Pass, if said.is_empty() { "exit 0".into() } else { said }),
                Some(NOTHING_TO_JUDGE_BY) => findings.add(Verdict::NoEvidence, or_said("exit 75".into())),
                Some(code) => findings.add(Verdict::Fail, or_said(format!("exit {code}"))),
                None => findings.add(Verdict::Fail, or_said(format!("{status}"))),
            },
        }
        findings
    }
}

#[async_trait]
impl Check for CommandCheck {
    fn name(&self) -> &CheckName {
        &self.settings.name
    }

    async fn read(&self, subject: &Subject, patience: Duration) -> Reading {
        let patience = patience.min(self.settings.timeout);
        let limit = format!("exit 0 within {}", duration::format(patience));
        self.look(subject, patience).await.reading(&self.settings.name, &subject.name, limit)
    }
}

/// Replaces the placeholders; what is put in is not looked at again, and other braces stay as they are.
fn fill(argument: &str, subject: &Subject) -> String {
    let values = [
        ("{base}", subject.base.as_str()),
        ("{release}", subject.release.as_ref().map_or("", |it| it.name.as_str())),
        ("{pin}", subject.release.as_ref().map_or("", |it| it.pin.as_str())),
        ("{machine}", subject.name.as_str()),
    ];
    let mut filled = String::with_capacity(argument.len());
    let mut rest = argument;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let value = values.iter().find_map(|(name, value)| Some((*value, from.strip_prefix(name)?)));
        let (text, after) = value.unwrap_or(("{", from.get(1..).unwrap_or_default()));
        filled.push_str(text);
        rest = after;
    }
    filled + rest
}
