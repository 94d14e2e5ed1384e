//! Starts a job: recorded, then given to a process of its own; accepted once that process says so itself.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use events::fault::Fault;
use events::name::MachineId;
use events::release::Release;
use tokio::process::{Child, Command};

use super::job::{Job, JobEnd, Outcome, Record, Worker};
use super::layout::JobFolder;
use super::{CommandDelivery, git, look, stop};
use crate::clock::{self, Clock as _, SystemClock};
use crate::config::environment::{Environment, Variables};
use crate::config::secret::{Secret, Value};
use crate::files;
use crate::ports::{EffectKey, Progress};
use crate::strays::MARK;

/// How long a job's process may take to say that it is up.
const UP_PATIENCE: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(5);

pub(super) async fn start(
    delivery: &CommandDelivery,
    release: &Release,
    machines: Vec<MachineId>,
    key: &EffectKey,
) -> Result<(), Fault> {
    let folder = delivery.layout.job(key);
    for made in [folder.path(), &delivery.layout.releases()] {
        std::fs::create_dir_all(made).map_err(|error| files::fault("made", made, &error))?;
    }
    let _gate = delivery.gate(&folder).await?;
    let before = Record::read(&folder)?;
    let was_stopped = before.as_ref().is_some_and(|record| record.end == Some(JobEnd::Stopped));
    match look::look(delivery, release, &machines, &folder)? {
        Progress::Reached | Progress::Underway(_) => return Ok(()),
        // Stopping it is how a person says that it may start over all the same.
        Progress::Unknown(fault) if !was_stopped => return Err(fault),
        Progress::Unknown(_) | Progress::Away | Progress::Failed(_) => {}
    }
    if let Some(before) = before.as_ref().filter(|before| before.job.release != *release) {
        return Err(Fault::lasting(format!("{} stands for the delivery of {}", key.0, before.job.release)));
    }
    // Said now rather than by the job: what is missing can still be given to this process.
    for hook in &delivery.settings.hooks {
        hook.env.resolve().map_err(|error| Fault::lasting(format!("hook {}: {error}", hook.name)))?;
    }
    let job = Job {
        key: key.0.clone(),
        attempt: before.map_or(1, |before| before.job.attempt.saturating_add(1)),
        release: release.clone(),
        machines,
        layout: delivery.layout.clone(),
        settings: delivery.settings.clone(),
        asked_at: delivery.clock.now(),
    };
    files::write_json(&folder.job(), &job)?;
    let child = spawn(delivery, &job, &folder)?;
    await_up(child, &job, &folder).await
}

/// The process that does the job: in a group of its own, so that what ends the bot does not end it. Told nothing but
/// where its job is, and the variables that its secrets are in.
fn spawn(delivery: &CommandDelivery, job: &Job, folder: &JobFolder) -> Result<Child, Fault> {
    let words = File::create(folder.last_words());
    let words = words.map_err(|error| files::fault("written", &folder.last_words(), &error))?;
    let mut variables = git::keep_ours(Variables::base()).with(MARK, folder.mark());
    for hook in &job.settings.hooks {
        let Environment(values) = &hook.env;
        for value in values.values() {
            if let Value::Secret(Secret::Env(name)) = value
                && let Some(secret) = std::env::var_os(name)
            {
                variables = variables.with(name, secret);
            }
        }
    }
    Command::new(&delivery.program)
        .arg("deliver")
        .arg("--job")
        .arg(folder.job())
        .args(["--attempt", &job.attempt.to_string()])
        .env_clear()
        .envs(&variables.0)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(words)
        .spawn()
        .map_err(|error| files::fault("run", &delivery.program, &error))
}

/// Returns once the job says that it is up, or has ended. A job that says nothing is ended, and was never accepted.
async fn await_up(mut child: Child, job: &Job, folder: &JobFolder) -> Result<(), Fault> {
    let clock = SystemClock::new();
    loop {
        // Asked first: what it said before it ended was all there then.
        let ended = child.try_wait().map_err(|error| Fault::lasting(format!("the job is out of sight: {error}")))?;
        let is_up = files::read_json::<Worker>(&folder.process())?.is_some_and(|it| it.attempt == job.attempt);
        let has_ended = files::read_json::<Outcome>(&folder.result())?.is_some_and(|it| it.attempt == job.attempt);
        if is_up || has_ended {
            // Dropped, a child that is still running is reaped by the runtime when it ends.
            return Ok(());
        }
        if ended.is_some() || clock.elapsed() > UP_PATIENCE {
            stop::end_everything(folder).await?;
            let words = std::fs::read_to_string(folder.last_words()).unwrap_or_default();
            return Err(Fault::passing(format!("the delivery's process did not come up; it said: {}", words.trim())));
        }
        clock::pause(PAUSE).await;
    }
}
