//! The processes of a story, found by what the kernel says of them.

use std::path::Path;

use changeover::process::ProcessId;
use rustix::process::{Pid, Signal, kill_process};

/// A process that works in a story's folder, or for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: ProcessId,
    /// Its command, and its slot if it has one: `sample-app blue-1`.
    pub(crate) role: String,
}

impl Found {
    pub(crate) fn signal(&self, signal: Signal) {
        if self.id.is_alive() {
            // Gone between the question and the signal is what was wanted.
            let _ = kill_process(Pid::from_raw(self.id.pid).unwrap(), signal);
        }
    }

    pub(crate) fn is_application(&self) -> bool {
        self.role.contains("sample-app")
    }

    /// Whether it is a worker, or what one runs (`workers.sh`).
    pub(crate) fn is_of_workers(&self) -> bool {
        ["sh workers.sh", "flock", "sleep 0.02", "date"].iter().any(|it| self.role.starts_with(it))
    }
}

/// Every process but this one that works in `folder`, or whose command names it.
pub(crate) fn find(folder: &Path) -> Vec<Found> {
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let own = i32::try_from(std::process::id()).unwrap();
    pids.filter(|pid| *pid != own).filter_map(|pid| look(pid, folder)).collect()
}

fn look(pid: i32, folder: &Path) -> Option<Found> {
    let id = ProcessId::of(pid)?;
    let process = Path::new("/proc").join(pid.to_string());
    let arguments = words(&process.join("cmdline"));
    let name = folder.to_str()?;
    let is_in_folder = std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    if !is_in_folder && !arguments.iter().any(|it| it.contains(name)) {
        return None;
    }
    let slot = words(&process.join("environ"))
        .into_iter()
        .find_map(|it| it.strip_prefix("CHANGEOVER_SLOT=").map(str::to_owned));
    let verbs = arguments.iter().skip(1).take_while(|it| !it.starts_with('-')).cloned();
    let first = arguments.first()?.rsplit('/').next()?.to_owned();
    let role = [first].into_iter().chain(verbs).chain(slot).collect::<Vec<_>>().join(" ");
    Some(Found { id, role })
}

/// What is separated by NUL in a file of /proc; nothing, if the process is gone.
fn words(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
