//! The job itself, in a process of its own that outlives the bot: taken up once, done, answered.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::fault::Fault;
use tokio_util::sync::CancellationToken;

use super::hook::NotDone;
use super::job::{JobEnd, Outcome, Record, Worker};
use super::layout::JobFolder;
use super::steps::Steps;
use crate::clock;
use crate::config::environment::Resolved;
use crate::files::{self, Lock};
use crate::output::Output;
use crate::process::ProcessId;
use crate::redact::Redactor;

/// How long the job waits for one that is just ending, or for somebody who only looks.
const ALIVE_PATIENCE: Duration = Duration::from_secs(5);

/// How often the output on disk is brought up to date, and how much of it is kept.
const SHOW: Duration = Duration::from_secs(1);
const HEAD_BYTES: usize = 256 * 1024;
const TAIL_BYTES: usize = 768 * 1024;

/// Does the job of `file` if its `attempt` is still wanted, and writes how it ended beside it. An error means that not
/// even that could be written.
pub async fn work(file: &Path, attempt: u32, stopped: CancellationToken) -> Result<(), Fault> {
    let folder = JobFolder(file.parent().map(Path::to_owned).unwrap_or_default());
    let alive = Lock::wait(&folder.alive(), ALIVE_PATIENCE).await;
    let alive = alive.map_err(|error| files::fault("locked", &folder.alive(), &error))?;
    let Some(_alive) = alive else { return Ok(()) };
    let Some(record) = Record::read(&folder)? else { return Ok(()) };
    if record.job.attempt != attempt || record.end.is_some() {
        // A later start has taken over, or this one was stopped before it began.
        return Ok(());
    }
    let me = i32::try_from(std::process::id()).ok().and_then(ProcessId::of);
    let process = me.ok_or_else(|| Fault::lasting("the job cannot read its own process from /proc"))?;
    // What loses its parents becomes our child, so that nothing a hook starts gets out of sight.
    let adopted = rustix::process::set_child_subreaper(rustix::process::Pid::from_raw(process.pid));
    adopted.map_err(|error| Fault::lasting(format!("the job cannot adopt processes: {error}")))?;
    files::write_json(&folder.process(), &Worker { attempt, process })?;

    let done = attend(&folder, record, &stopped).await;
    let end = match done {
        Ok(()) => JobEnd::Done,
        Err(NotDone::Stopped) => JobEnd::Stopped,
        Err(NotDone::Failed(fault)) => JobEnd::Failed(fault),
    };
    files::write_json(&folder.result(), &Outcome { attempt, end })
}

/// Runs the steps, and shows what they print while they do.
async fn attend(folder: &JobFolder, record: Record, stopped: &CancellationToken) -> Result<(), NotDone> {
    let mut resolved: Vec<Resolved> = Vec::new();
    for hook in &record.job.settings.hooks {
        let read = hook.env.resolve();
        resolved.push(read.map_err(|error| Fault::lasting(format!("hook {}: {error}", hook.name)))?);
    }
    let redactor = Redactor::new(resolved.iter().flat_map(|it| &it.secrets));
    let output = Mutex::new(Output::new(HEAD_BYTES, TAIL_BYTES));
    let variables = resolved.into_iter().map(|it| it.variables).collect();
    let steps = Steps { job: &record.job, folder, output: &output, redactor: &redactor, stopped };
    let done = tokio::select! {
        done = steps.run(record.once, variables) => done,
        () = show_for_ever(folder, &output, &redactor) => Err(NotDone::Stopped),
    };
    show(folder, &output, &redactor, false);
    done
}

async fn show_for_ever(folder: &JobFolder, output: &Mutex<Output>, redactor: &Redactor) {
    let mut shown = 0;
    loop {
        clock::pause(SHOW).await;
        let printed = output.lock().unwrap_or_else(PoisonError::into_inner).printed();
        if printed != shown {
            show(folder, output, redactor, true);
            shown = printed;
        }
    }
}

/// Writes the output for people; what can't be written is not worth a failed delivery.
fn show(folder: &JobFolder, output: &Mutex<Output>, redactor: &Redactor, is_open: bool) {
    let text = output.lock().unwrap_or_else(PoisonError::into_inner).render(redactor, is_open);
    let new = folder.log().with_added_extension("new");
    if let Err(error) = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, folder.log())) {
        tracing::warn!(%error, log = %folder.log().display(), "the output of a delivery could not be written");
    }
}
