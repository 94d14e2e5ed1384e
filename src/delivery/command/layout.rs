//! Where a delivery keeps what it has: every path in one place.

use std::path::{Path, PathBuf};

use events::fault::Fault;
use events::name::MachineId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ports::EffectKey;

/// The folder of one site's delivery, and the slots of its machines. Both absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    pub(super) folder: PathBuf,
    pub(super) slots: PathBuf,
}

impl Layout {
    /// The mirror of the repository; a cache but for the pins that it holds.
    pub(super) fn mirror(&self) -> PathBuf {
        self.folder.join("repository.git")
    }

    /// Held by every git that writes into the mirror.
    pub(super) fn mirror_lock(&self) -> PathBuf {
        self.folder.join("repository.lock")
    }

    /// What git is configured with: the owner's own configuration, and trust in the repository.
    pub(super) fn git_config(&self) -> PathBuf {
        self.folder.join("git.config")
    }

    pub(super) fn releases(&self) -> PathBuf {
        self.folder.join("releases")
    }

    pub(super) fn jobs(&self) -> PathBuf {
        self.folder.join("jobs")
    }

    /// Held by the one job that builds or removes release folders.
    pub(super) fn work_lock(&self) -> PathBuf {
        self.folder.join("work.lock")
    }

    /// The folder of the job of `key`. Two keys never share one.
    pub(super) fn job(&self, key: &EffectKey) -> JobFolder {
        let readable: String =
            key.0.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(80).collect();
        let digest = hex::encode(Sha256::digest(key.0.as_bytes()));
        JobFolder(self.jobs().join(format!("{readable}-{}", digest.get(..8).unwrap_or(&digest))))
    }

    /// The slot of a machine; a fault for an id that is no folder name.
    pub(super) fn slot(&self, machine: &MachineId) -> Result<PathBuf, Fault> {
        let name = machine.as_str();
        if name.contains('/') || name.starts_with('.') {
            return Err(Fault::lasting(format!("the machine id {name} cannot be the name of a folder")));
        }
        Ok(self.slots.join(name))
    }
}

/// The folder of one job, and the files in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobFolder(pub(super) PathBuf);

impl JobFolder {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// What the job is to do; written before it is started.
    pub(super) fn job(&self) -> PathBuf {
        self.0.join("job.json")
    }

    /// Which process does it; written by itself.
    pub(super) fn process(&self) -> PathBuf {
        self.0.join("process.json")
    }

    /// What it does right now.
    pub(super) fn stage(&self) -> PathBuf {
        self.0.join("progress.json")
    }

    /// How it ended.
    pub(super) fn result(&self) -> PathBuf {
        self.0.join("result.json")
    }

    /// Hooks that may not be repeated, and whether they ended well.
    pub(super) fn once(&self) -> PathBuf {
        self.0.join("once.json")
    }

    /// What git and the hooks printed.
    pub(super) fn log(&self) -> PathBuf {
        self.0.join("output.log")
    }

    /// What the job itself printed: nothing, unless it could not even begin.
    pub(super) fn last_words(&self) -> PathBuf {
        self.0.join("last-words.log")
    }

    /// Held by the job for as long as it lives: the one truth about whether it does.
    pub(super) fn alive(&self) -> PathBuf {
        self.0.join("alive.lock")
    }

    /// Held while a job is started, looked at or stopped.
    pub(super) fn gate(&self) -> PathBuf {
        self.0.join("gate.lock")
    }

    /// The mark of everything that the job starts.
    pub(super) fn mark(&self) -> String {
        self.0.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_and_no_machine_leads_out_of_the_folder() {
        let layout = Layout { folder: "/d".into(), slots: "/s".into() };
        let job = layout.job(&EffectKey("../../etc/passwd".into()));
        assert_eq!(job.path().parent(), Some(Path::new("/d/jobs")));
        assert_ne!(layout.job(&EffectKey("a/b".into())), layout.job(&EffectKey("a_b".into())));
        for bad in ["..", "a/b", ".x"] {
            assert!(layout.slot(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
