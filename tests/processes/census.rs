//! Who runs, found without asking the supervisor: by working folder and by the slot in the environment.

use std::collections::BTreeMap;
use std::path::Path;

use changeover::process::ProcessId;

/// A process that somebody started in a release folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: ProcessId,
    pub(crate) slot: String,
    pub(crate) is_leader: bool,
    /// It waits to be recorded, and is no application yet.
    pub(crate) is_waiting: bool,
    pub(crate) parent: i32,
}

/// Every process that has a slot and works below `folder`.
pub(crate) fn all(folder: &Path) -> Vec<Found> {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid: i32| look(pid, folder))
        .collect()
}

/// The applications of each slot; more than one is what must never be.
pub(crate) fn applications(folder: &Path) -> BTreeMap<String, Vec<ProcessId>> {
    let mut slots = BTreeMap::<String, Vec<ProcessId>>::new();
    for found in all(folder).into_iter().filter(|it| it.is_leader && !it.is_waiting) {
        slots.entry(found.slot).or_default().push(found.id);
    }
    slots
}

/// The supervisors of `folder`, whether they supervise or wait to.
pub(crate) fn supervisors(folder: &Path) -> usize {
    let names_it = |command: &[u8]| {
        let mut words = command.split(|byte| *byte == 0);
        words.nth(1) == Some(b"supervise") && words.any(|it| it == folder.as_os_str().as_encoded_bytes())
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter(|it| std::fs::read(it.path().join("cmdline")).is_ok_and(|command| names_it(&command))).count()
}

/// Zombies that `parent` has not reaped.
pub(crate) fn zombies_of(parent: u32) -> usize {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok())
        .filter(|stat| {
            let mut fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace();
            fields.next() == Some("Z") && fields.next() == Some(&parent.to_string())
        })
        .count()
}

fn look(pid: i32, folder: &Path) -> Option<Found> {
    let id = ProcessId::of(pid)?;
    let proc = Path::new("/proc").join(pid.to_string());
    if !proc.join("cwd").read_link().ok()?.starts_with(folder) {
        return None;
    }
    let environment = String::from_utf8_lossy(&std::fs::read(proc.join("environ")).ok()?).into_owned();
    let slot = environment.split('\0').find_map(|it| it.strip_prefix("CHANGEOVER_SLOT="))?.to_owned();
    let command = String::from_utf8_lossy(&std::fs::read(proc.join("cmdline")).ok()?).into_owned();
    let stat = std::fs::read_to_string(proc.join("stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let group: i32 = fields.next()?.parse().ok()?;
    let is_waiting = command.starts_with("changeover\0launch\0");
    (ProcessId::of(pid) == Some(id)).then_some(Found { id, slot, is_leader: group == pid, is_waiting, parent })
}
