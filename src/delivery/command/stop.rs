//! Ends a job with everything that it has running.

use std::time::Duration;

use events::fault::Fault;
use rustix::process::Signal;

use super::CommandDelivery;
use super::job::{JobEnd, Outcome, Record, Worker};
use super::layout::JobFolder;
use crate::clock::{self, Clock as _, SystemClock};
use crate::files::{self, Lock};
use crate::ports::EffectKey;
use crate::program::GRACE;
use crate::strays;

/// How long the job may take to end its hook and itself: the hook's own grace, and a little more.
const JOB_PATIENCE: Duration = GRACE.saturating_add(Duration::from_secs(5));

/// How long the killed may take to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(10);

pub(super) async fn stop(delivery: &CommandDelivery, key: &EffectKey) -> Result<(), Fault> {
    let folder = delivery.layout.job(key);
    if !folder.path().exists() {
        return Ok(());
    }
    let _gate = delivery.gate(&folder).await?;
    ask_to_end(&folder).await?;
    end_everything(&folder).await?;
    match Record::read(&folder)? {
        Some(record) if record.end.is_none() => {
            files::write_json(&folder.result(), &Outcome { attempt: record.job.attempt, end: JobEnd::Stopped })
        }
        _ => Ok(()),
    }
}

/// Asks the job to end: it is the one who knows all its children, also those that hide.
async fn ask_to_end(folder: &JobFolder) -> Result<(), Fault> {
    let is_alive = || Lock::is_held(&folder.alive()).map_err(|error| files::fault("locked", &folder.alive(), &error));
    if !is_alive()? {
        return Ok(());
    }
    if let Some(worker) = files::read_json::<Worker>(&folder.process())? {
        strays::signal(worker.process, Signal::TERM);
    }
    let clock = SystemClock::new();
    while is_alive()? && clock.elapsed() < JOB_PATIENCE {
        clock::pause(PAUSE).await;
    }
    Ok(())
}

/// Kills what carries the job's mark: the job, if it would not end, and what a killed one left behind.
pub(super) async fn end_everything(folder: &JobFolder) -> Result<(), Fault> {
    let ended = strays::end(&folder.mark(), KILL_PATIENCE).await;
    ended.map(drop).map_err(|error| Fault::passing(format!("the delivery cannot be ended: {error}")))
}
