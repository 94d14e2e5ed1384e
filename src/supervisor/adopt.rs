//! Finds the processes of a folder among all that run: by the mark in their environment, and by their group.
//!
//! A process is adopted only by the id that was recorded before it became an application ([`super::spawn`]). The mark
//! finds the rest: children that outlived it, and what an earlier supervisor began and could not record.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use events::chain::Hash;
use rustix::process::{Pid, PidfdFlags, Signal};

use super::slot_id::SlotId;
use crate::process::ProcessId;

/// The name of the variable that marks every process of a slot.
pub const MARK: &str = "CHANGEOVER_SLOT_KEY";

/// How much of an environment is read, in bytes.
const ENVIRONMENT_LIMIT: u64 = 256 * 1024;

/// What all marks of one folder begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderKey(String);

/// A process that runs, whoever started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    id: ProcessId,
    group: i32,
    slot: Option<SlotId>,
}

/// The leader of a group that has ended, and how sure it is that its number is still its group's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leader {
    /// It ended before our eyes: what is in its group was started by it.
    Watched(ProcessId),
    /// It ended while nobody looked: its group is its own only if somebody in it carries the slot's mark.
    Recorded(ProcessId),
    /// There was none.
    None,
}

impl FolderKey {
    /// The key of a folder, by its resolved path.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(Hash::of(folder.as_os_str().as_encoded_bytes()).short())
    }

    /// The mark of the `generation`-th process of `slot`.
    #[must_use]
    pub fn mark(&self, slot: SlotId, generation: u64) -> String {
        format!("{}/{slot}/{generation}", self.0)
    }

    /// The slot that a mark names, if it is one of this folder.
    fn slot(&self, mark: &str) -> Option<SlotId> {
        let (slot, _generation) = mark.strip_prefix(self.0.as_str())?.strip_prefix('/')?.rsplit_once('/')?;
        slot.parse().ok()
    }

    /// What still runs of `slot`, when its leader has ended.
    #[must_use]
    pub fn remains(&self, slot: SlotId, leader: Leader) -> Vec<ProcessId> {
        let seen = self.scan();
        let (group, is_proven) = match leader {
            Leader::Watched(id) => (Some(id), true),
            Leader::Recorded(id) => (Some(id), false),
            Leader::None => (None, false),
        };
        let is_member = |it: &Seen| group.is_some_and(|leader| it.group == leader.pid);
        // A number that has become somebody else's cannot be the number of the old group any more (setsid(2)).
        let is_reused = group.is_some_and(|leader| ProcessId::of(leader.pid).is_some_and(|now| now != leader));
        let is_ours = !is_reused && (is_proven || seen.iter().any(|it| is_member(it) && it.slot == Some(slot)));
        seen.iter().filter(|it| it.slot == Some(slot) || (is_ours && is_member(it))).map(|it| it.id).collect()
    }

    /// What runs of slots that are not among `known`.
    #[must_use]
    pub fn strays(&self, known: &BTreeSet<SlotId>) -> Vec<ProcessId> {
        self.scan()
            .into_iter()
            .filter(|it| it.slot.is_some_and(|slot| !known.contains(&slot)))
            .map(|it| it.id)
            .collect()
    }

    /// Every process that may be looked at.
    fn scan(&self) -> Vec<Seen> {
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(|pid| self.look(pid))
            .collect()
    }

    fn look(&self, pid: i32) -> Option<Seen> {
        let (id, group) = ProcessId::with_group(pid)?;
        // Another user's environment cannot be read: such a process is found by its group only.
        let slot = mark_of(pid).and_then(|mark| self.slot(&mark));
        id.is_alive().then_some(Seen { id, group, slot })
    }
}

fn mark_of(pid: i32) -> Option<String> {
    let mut environment = Vec::new();
    std::fs::File::open(format!("/proc/{pid}/environ"))
        .ok()?
        .take(ENVIRONMENT_LIMIT)
        .read_to_end(&mut environment)
        .ok()?;
    environment.split(|byte| *byte == 0).find_map(|variable| {
        let mark = variable.strip_prefix(MARK.as_bytes())?.strip_prefix(b"=")?;
        String::from_utf8(mark.to_vec()).ok()
    })
}

/// Sends `signal` to exactly this process, or to nobody if it is gone.
pub fn signal(id: ProcessId, signal: Signal) {
    let Some(pid) = Pid::from_raw(id.pid) else { return };
    let Ok(descriptor) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else { return };
    // The descriptor holds on to one process; only then is it asked whether it is the one that is meant.
    if id.is_alive() {
        // Gone in between is what was wanted.
        let _ = rustix::process::pidfd_send_signal(&descriptor, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_names_a_slot_of_its_own_folder_only() {
        let key = FolderKey::of(Path::new("/srv/shop"));
        let slot: SlotId = "green-1".parse().unwrap();
        assert_eq!(key.slot(&key.mark(slot, 7)), Some(slot));
        assert_eq!(key.slot(&FolderKey::of(Path::new("/srv/blog")).mark(slot, 7)), None);
        for bad in ["", "green-1/7", &format!("{}green-1/7", key.0), &format!("{}/green-x/7", key.0)] {
            assert_eq!(key.slot(bad), None, "{bad}");
        }
    }
}
