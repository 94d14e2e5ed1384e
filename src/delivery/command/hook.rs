//! One hook of a release, run to its end: with nothing left over, and with a fault that says what it said last.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::PoisonError;
use std::time::Duration;

use events::fault::Fault;
use events::name::MachineId;

use super::settings::Hook;
use super::steps::Steps;
use crate::config::duration;
use crate::config::environment::Variables;
use crate::program::{End, Program, Streams};
use crate::strays::{self, MARK};

/// How long what a hook left behind may take to be killed.
const SWEEP: Duration = Duration::from_secs(10);

/// How much of a hook's last words stands in its fault.
const LAST_LINES: usize = 12;
const LAST_BYTES: usize = 1_200;

/// Why a step of a job did not do its work.
#[derive(Debug)]
pub(super) enum NotDone {
    /// We were told to stop.
    Stopped,
    Failed(Fault),
}

impl From<Fault> for NotDone {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// Runs `hook` in `folder`. On return nothing of it runs, whatever it started and however that hid.
pub(super) async fn run(steps: Steps<'_>, hook: &Hook, variables: Variables, folder: &Path) -> Result<(), NotDone> {
    let Steps { job, output, redactor, stopped, .. } = steps;
    let mark = steps.folder.mark();
    let from = output.lock().unwrap_or_else(PoisonError::into_inner).printed();
    let machines: Vec<&str> = job.machines.iter().map(MachineId::as_str).collect();
    let program = Program {
        program: hook.run.program.as_ref(),
        arguments: hook.run.arguments.iter().map(Into::into).collect(),
        folder: Some(folder),
        variables: variables
            .with(MARK, &mark)
            .with("CHANGEOVER_KEY", &job.key)
            .with("CHANGEOVER_RELEASE", job.release.name.as_str())
            .with("CHANGEOVER_PIN", job.release.pin.as_str())
            .with("CHANGEOVER_MACHINES", machines.join(" ")),
        stdin: None,
    };
    let end = program.run(Streams { output, errors: None }, hook.timeout, stopped.cancelled()).await;
    let swept = strays::end(&mark, SWEEP).await;
    let failed = |why: String| {
        let said =
            output.lock().unwrap_or_else(PoisonError::into_inner).last_lines(redactor, from, LAST_LINES, LAST_BYTES);
        let said = if said.is_empty() { "; it printed nothing".to_owned() } else { format!("; it said last:\n{said}") };
        NotDone::Failed(Fault::lasting(format!("hook {} {why}{said}", hook.name)))
    };
    match end {
        Err(error) => Err(failed(format!("cannot run {}: {error}", hook.run.program))),
        Ok(End::Stopped) => Err(NotDone::Stopped),
        Ok(End::Late) => Err(failed(format!("did not end within {} and was killed", duration::format(hook.timeout)))),
        Ok(End::Exited(status)) if !status.success() => Err(failed(explain(status))),
        Ok(End::Exited(_)) => match swept {
            Ok(0) => Ok(()),
            Ok(left) => {
                let note = format!("\n(hook {} left {left} processes running; they were killed)\n", hook.name);
                output.lock().unwrap_or_else(PoisonError::into_inner).push(note.as_bytes());
                Ok(())
            }
            Err(error) => Err(failed(format!("ended, but left processes behind: {error}"))),
        },
    }
}

/// What an exit code or a signal usually means.
fn explain(status: ExitStatus) -> String {
    let killed = "killed: often out of memory (see dmesg), or by somebody";
    match (status.code(), status.signal()) {
        (Some(126), _) => "ended with exit code 126: its program was found but may not be run".into(),
        (Some(127), _) => "ended with exit code 127: a command was not found".into(),
        (Some(137), _) => format!("ended with exit code 137: a program of it was {killed}"),
        (Some(143), _) => "ended with exit code 143: a program of it was told to end (SIGTERM)".into(),
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(9)) => format!("ended by signal 9: {killed}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => format!("ended with {status}"),
    }
}
