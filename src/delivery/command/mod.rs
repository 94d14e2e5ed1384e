//! Delivery by command: a commit of a repository, exported, made ready by hooks, and put into use by a link per machine.

mod export;
mod git;
pub mod heard;
mod hook;
mod job;
mod layout;
mod look;
mod mirror;
mod releases;
mod repository;
mod resolve;
mod settings;
mod slots;
mod start;
mod steps;
mod stop;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events::fault::Fault;
use events::machine::{Machine, MachineRelease};
use events::name::MachineId;
use events::release::{Release, ReleaseName};

use self::git::Git;
use self::layout::{JobFolder, Layout};
pub use self::repository::Repository;
pub use self::settings::{BadSettings, Hook, HookName, Hooks, Settings};
pub use self::work::work;
use crate::clock::Clock;
use crate::files::{self, Lock};
use crate::ports::{Delivery, EffectKey, Progress};

/// How long the gate of a job may be somebody else's; a start, which takes longest, holds it until its process is up.
const GATE_PATIENCE: Duration = Duration::from_secs(20);

/// Delivers commits of one site.
pub struct CommandDelivery {
    settings: Settings,
    layout: Layout,
    /// The program that does jobs: this one.
    program: PathBuf,
    clock: Arc<dyn Clock>,
}

impl CommandDelivery {
    /// `folder` is this site's own, and holds the mirror, the release folders and the jobs; `slots` is the fleet's
    /// folder with one folder per machine, where `current` is put; `program` is the path of the `changeover` program.
    #[must_use]
    pub fn new(settings: Settings, folder: &Path, slots: &Path, program: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let layout = Layout { folder: absolute(folder), slots: absolute(slots) };
        Self { settings, layout, program, clock }
    }

    /// Where people read what the delivery of `key` printed.
    #[must_use]
    pub fn log(&self, key: &EffectKey) -> PathBuf {
        self.layout.job(key).log()
    }

    /// The gate of a job: who holds it is the only one who starts, looks at or stops that job.
    async fn gate(&self, folder: &JobFolder) -> Result<Lock, Fault> {
        let gate = Lock::wait(&folder.gate(), GATE_PATIENCE).await;
        let gate = gate.map_err(|error| files::fault("locked", &folder.gate(), &error))?;
        gate.ok_or_else(|| Fault::passing("the delivery is just being started or stopped by somebody else"))
    }
}

#[async_trait]
impl Delivery for CommandDelivery {
    async fn resolve(&self, name: &ReleaseName) -> Result<Release, Fault> {
        resolve::resolve(&Git::new(&self.layout, &self.settings), name).await
    }

    async fn running(&self, machines: &[Machine]) -> Result<Vec<MachineRelease>, Fault> {
        let release = |machine: &Machine| {
            let release = slots::release(&self.layout, &machine.id)?;
            Ok(MachineRelease { machine: machine.id.clone(), release })
        };
        machines.iter().map(release).collect()
    }

    async fn start(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<(), Fault> {
        start::start(self, release, ids(machines)?, key).await
    }

    async fn progress(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<Progress, Fault> {
        let (machines, folder) = (ids(machines)?, self.layout.job(key));
        if !folder.job().exists() {
            return look::look(self, release, &machines, &folder);
        }
        let _gate = self.gate(&folder).await?;
        look::look(self, release, &machines, &folder)
    }

    async fn stop(&self, key: &EffectKey) -> Result<(), Fault> {
        stop::stop(self, key).await
    }

    async fn restore(&self, releases: &[(Machine, Option<Release>)], _key: &EffectKey) -> Result<(), Fault> {
        for (machine, release) in releases {
            slots::restore(&self.layout, &machine.id, release.as_ref())?;
        }
        Ok(())
    }
}

/// A delivery onto nothing would be done at once, and prove nothing.
fn ids(machines: &[Machine]) -> Result<Vec<MachineId>, Fault> {
    if machines.is_empty() {
        return Err(Fault::lasting("there is no machine to deliver to"));
    }
    Ok(machines.iter().map(|machine| machine.id.clone()).collect())
}
