//! What a job is, and what it leaves on disk: everything that is known of it after the bot was killed.

use std::collections::BTreeMap;

use events::fault::Fault;
use events::name::MachineId;
use events::release::Release;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layout::{JobFolder, Layout};
use super::settings::{HookName, Settings};
use crate::files;
use crate::process::ProcessId;

/// One delivery, in full: what the job's process needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    pub(super) key: String,
    /// Counts the starts of the same key; what an earlier one left behind is not taken for this one's.
    pub(super) attempt: u32,
    pub(super) release: Release,
    pub(super) machines: Vec<MachineId>,
    pub(super) layout: Layout,
    pub(super) settings: Settings,
    pub(super) asked_at: Timestamp,
}

/// Which process does a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Worker {
    pub(super) attempt: u32,
    pub(super) process: ProcessId,
}

/// What a job does right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stage {
    pub(super) attempt: u32,
    /// For people: `hook build`.
    pub(super) text: String,
    pub(super) since: Timestamp,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outcome {
    pub(super) attempt: u32,
    pub(super) end: JobEnd,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum JobEnd {
    Done,
    Failed(Fault),
    Stopped,
}

/// How far a hook is that may not be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Once {
    /// It was begun; nobody knows what it did.
    Begun,
    /// It ended well and is never run again for this key.
    Done,
}

/// Everything that is on disk of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) job: Job,
    pub(super) stage: Option<Stage>,
    pub(super) end: Option<JobEnd>,
    pub(super) once: BTreeMap<HookName, Once>,
}

impl Record {
    /// Reads what is there; none if nothing was ever asked of this folder.
    pub(super) fn read(folder: &JobFolder) -> Result<Option<Self>, Fault> {
        let Some(job) = files::read_json::<Job>(&folder.job())? else { return Ok(None) };
        let stage = files::read_json::<Stage>(&folder.stage())?.filter(|stage| stage.attempt == job.attempt);
        let outcome = files::read_json::<Outcome>(&folder.result())?.filter(|it| it.attempt == job.attempt);
        let once = files::read_json(&folder.once())?.unwrap_or_default();
        Ok(Some(Self { job, stage, end: outcome.map(|it| it.end), once }))
    }

    /// The hook that was begun, did not end well, and may not be repeated.
    pub(super) fn unclear(&self) -> Option<&HookName> {
        self.once.iter().find(|(_, once)| **once == Once::Begun).map(|(name, _)| name)
    }
}
