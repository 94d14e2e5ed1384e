//! The steps of a job: export, hooks, finish, into use, tidy up. Killed between any two, the next attempt does them all.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::fault::Fault;
use tokio_util::sync::CancellationToken;

use super::git::Git;
use super::hook::{self, NotDone};
use super::job::{Job, Once, Record, Stage};
use super::layout::JobFolder;
use super::releases::{self, COMPLETE, Completion};
use super::settings::HookName;
use super::{export, slots};
use crate::clock::{Clock as _, SystemClock};
use crate::config::environment::Variables;
use crate::files::{self, Lock};
use crate::output::Output;
use crate::redact::Redactor;
use crate::strays;

/// How long the job waits for another one of the same folder to end.
const WORK_PATIENCE: Duration = Duration::from_hours(1);

/// How long what an earlier attempt left running may take to be killed.
const SWEEP: Duration = Duration::from_secs(10);

/// How many job folders are kept.
const JOBS_KEPT: usize = 100;

/// What a job has at hand.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    pub(super) job: &'a Job,
    pub(super) folder: &'a JobFolder,
    pub(super) output: &'a Mutex<Output>,
    pub(super) redactor: &'a Redactor,
    pub(super) stopped: &'a CancellationToken,
}

impl Steps<'_> {
    /// Does everything; `variables` are those of the hooks, in their order.
    pub(super) async fn run(self, once: BTreeMap<HookName, Once>, variables: Vec<Variables>) -> Result<(), NotDone> {
        let layout = &self.job.layout;
        strays::end(&self.folder.mark(), SWEEP)
            .await
            .map_err(|error| Fault::lasting(format!("an earlier attempt of this delivery still runs: {error}")))?;
        self.stage("waits for another delivery to end")?;
        let path = layout.work_lock();
        let lock = tokio::select! {
            lock = Lock::wait(&path, WORK_PATIENCE) => lock,
            () = self.stopped.cancelled() => return Err(NotDone::Stopped),
        };
        let lock = lock.map_err(|error| files::fault("locked", &path, &error))?;
        let Some(_lock) = lock else {
            return Err(Fault::passing("another delivery of this site is still at work").into());
        };

        let release = layout.releases().join(self.job.settings.folder_name(&self.job.release));
        if releases::is_finished(&release) {
            self.say(&format!("{} is finished already, in {}", self.job.release, release.display()));
        } else {
            self.make(&release, once, variables).await?;
        }
        for machine in &self.job.machines {
            if self.stopped.is_cancelled() {
                return Err(NotDone::Stopped);
            }
            self.stage(&format!("puts it into use on {machine}"))?;
            slots::put_into_use(layout, machine, &release)?;
        }
        self.tidy_up();
        Ok(())
    }

    /// Makes the release folder. It stands where it will be used from the start, because what hooks build (a Python
    /// environment, a compiled cache) remembers its path; only its last file says that it is finished.
    async fn make(
        self,
        release: &Path,
        mut once: BTreeMap<HookName, Once>,
        variables: Vec<Variables>,
    ) -> Result<(), NotDone> {
        let job = self.job;
        self.stage("exports the release")?;
        releases::remove(release)?;
        let git = Git {
            mark: Some(self.folder.mark()),
            stopped: self.stopped.clone(),
            ..Git::new(&job.layout, &job.settings)
        };
        let exported = export::export(&git, &job.release, self.folder, release, job.settings.allow_incomplete).await;
        if self.stopped.is_cancelled() {
            return Err(NotDone::Stopped);
        }
        for note in exported? {
            self.say(&format!("{}: {note}", job.release));
        }
        for (hook, variables) in job.settings.hooks.iter().zip(variables) {
            if !hook.repeatable && once.get(&hook.name) == Some(&Once::Done) {
                self.say(&format!("hook {} ended well in an earlier attempt, and is not repeated", hook.name));
                continue;
            }
            self.stage(&format!("hook {}", hook.name))?;
            self.say(&format!("hook {}", hook.name));
            if !hook.repeatable {
                once.insert(hook.name.clone(), Once::Begun);
                files::write_json(&self.folder.once(), &once)?;
            }
            hook::run(self, hook, variables, release).await?;
            if !hook.repeatable {
                once.insert(hook.name.clone(), Once::Done);
                files::write_json(&self.folder.once(), &once)?;
            }
        }
        self.stage("finishes the release")?;
        sync(release).map_err(|error| files::fault("synced", release, &error))?;
        let finished_at = SystemClock::new().now();
        Ok(files::write_json(&release.join(COMPLETE), &Completion { finished_at })?)
    }

    /// What is left over after a delivery that is done; a folder that can't be removed does not undo it.
    fn tidy_up(self) {
        let tidied = releases::prune(&self.job.layout, self.job.settings.keep).and_then(|()| self.forget_old_jobs());
        if let Err(fault) = tidied {
            self.say(&format!("what is not needed any more could not be removed: {fault}"));
        }
    }

    fn forget_old_jobs(self) -> Result<(), Fault> {
        let mut jobs = Vec::new();
        for folder in releases::folders(&self.job.layout.jobs())? {
            let folder = JobFolder(folder);
            // One that can't be read is left for people.
            if let Ok(Some(Record { job, end: Some(_), .. })) = Record::read(&folder) {
                jobs.push((job.asked_at, folder));
            }
        }
        jobs.sort_by(|(one, _), (other, _)| other.cmp(one));
        for (_, folder) in jobs.into_iter().skip(JOBS_KEPT) {
            let path = folder.path();
            std::fs::remove_dir_all(path).map_err(|error| files::fault("removed", path, &error))?;
        }
        Ok(())
    }

    fn stage(self, text: &str) -> Result<(), Fault> {
        let stage = Stage { attempt: self.job.attempt, text: text.to_owned(), since: SystemClock::new().now() };
        files::write_json(&self.folder.stage(), &stage)
    }

    /// A line of the job's own in its output.
    fn say(self, text: &str) {
        let line = format!("== {text}\n");
        self.output.lock().unwrap_or_else(PoisonError::into_inner).push(line.as_bytes());
    }
}

/// On return everything that was written to the file system of `folder` is on disk: what is called finished stays so.
fn sync(folder: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(std::fs::File::open(folder)?)?)
}
