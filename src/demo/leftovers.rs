//! The processes of a demo, found by what the kernel says of them: none may be there twice, none may be left over.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::clock;
use crate::process::ProcessId;

/// How long processes have to end once asked, and in all.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often it is looked whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How far two looks are apart.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A process that works for the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    id: ProcessId,
    /// What it does: `serve`, `edge serve`, `sample-app green-1`.
    pub(super) role: String,
}

/// Every process but this one that runs `program` and whose command or working directory names `folder`.
pub(super) fn find(program: &Path, folder: &Path) -> Vec<Found> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let own = i32::try_from(std::process::id()).ok();
    pids.filter(|pid| Some(*pid) != own).filter_map(|pid| look(pid, program, folder)).collect()
}

fn look(pid: i32, program: &Path, folder: &Path) -> Option<Found> {
    let id = ProcessId::of(pid)?;
    let process = Path::new("/proc").join(pid.to_string());
    let arguments = words(&process.join("cmdline"));
    // A script as a program is the second word, after its interpreter.
    let after_program = arguments.iter().take(2).position(|word| Path::new(word) == program).map(|index| index + 1);
    let runs_program =
        after_program.is_some() || std::fs::read_link(process.join("exe")).is_ok_and(|exe| exe == program);
    let folder_text = folder.to_str()?;
    let is_in_folder = std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    let is_ours = runs_program && (is_in_folder || arguments.iter().any(|word| is_named(word, folder_text)));
    if !is_ours {
        return None;
    }
    let verbs = arguments.iter().skip(after_program.unwrap_or(1)).take_while(|word| !word.starts_with('-'));
    let mut role = verbs.cloned().collect::<Vec<_>>().join(" ");
    let environment = words(&process.join("environ"));
    if let Some(slot) = environment.iter().find_map(|word| word.strip_prefix("CHANGEOVER_SLOT=")) {
        role = format!("{role} {slot}");
    }
    Some(Found { id, role })
}

/// Whether `word` holds the path `folder`, or one below it.
fn is_named(word: &str, folder: &str) -> bool {
    let mut rests = word.match_indices(folder).filter_map(|(at, _)| word.get(at + folder.len()..));
    rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What is separated by NUL in a file of /proc; nothing, if the process is gone.
fn words(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// Roles that more than one process has, now and still a moment later: a process that is about to run another program
/// looks like the one that began it, for an instant.
pub(super) async fn there_twice(program: &Path, folder: &Path) -> Vec<String> {
    let before = find(program, folder);
    clock::pause(LOOK_AGAIN).await;
    let both: Vec<_> = find(program, folder).into_iter().filter(|found| before.contains(found)).collect();
    twice(&both)
}

fn twice(found: &[Found]) -> Vec<String> {
    let mut counts = BTreeMap::<&str, u32>::new();
    for process in found {
        *counts.entry(&process.role).or_default() += 1;
    }
    let twice = counts.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(role, count)| format!("{count} processes are `{role}`")).collect()
}

/// Ends every process of the demo: first those that would start others again, then the rest, at last by force. Returns
/// those that had to be forced, and those that are still there.
pub(super) async fn end(program: &Path, folder: &Path) -> Vec<String> {
    let is_application = |found: &Found| found.role.starts_with("sample-app");
    ask_to_end(program, folder, |found| !is_application(found)).await;
    ask_to_end(program, folder, |_| true).await;
    let forced = find(program, folder);
    for process in &forced {
        process.signal(Signal::KILL);
    }
    wait_until_gone(program, folder, |_| true).await;
    let mut trouble: Vec<_> = forced.iter().map(|it| format!("`{}` had to be killed", it.role)).collect();
    trouble.extend(find(program, folder).iter().map(|it| format!("`{}` is left over", it.role)));
    trouble
}

async fn ask_to_end(program: &Path, folder: &Path, is_meant: impl Fn(&Found) -> bool) {
    for process in find(program, folder).iter().filter(|it| is_meant(it)) {
        process.signal(Signal::TERM);
    }
    wait_until_gone(program, folder, is_meant).await;
}

async fn wait_until_gone(program: &Path, folder: &Path, is_meant: impl Fn(&Found) -> bool) {
    let gone = async {
        while find(program, folder).iter().any(&is_meant) {
            clock::pause(LOOK_EVERY).await;
        }
    };
    // Whether all are gone is looked at afterwards.
    let _ = tokio::time::timeout(PATIENCE, gone).await;
}

impl Found {
    fn signal(&self, signal: Signal) {
        if self.id.is_alive()
            && let Some(pid) = Pid::from_raw(self.id.pid)
        {
            // Gone between the question and the signal is what was wanted.
            let _ = kill_process(pid, signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_longer_name_is_another_folder() {
        assert!(is_named("--config=/tmp/demo-1/x.toml", "/tmp/demo-1"));
        assert!(is_named("/tmp/demo-1", "/tmp/demo-1"));
        assert!(!is_named("/tmp/demo-12/x.toml", "/tmp/demo-1"));
    }

    #[test]
    fn what_is_there_twice_is_named_once() {
        let found = |role: &str| Found { id: ProcessId { pid: 1, started_ticks: 1 }, role: role.to_owned() };
        let all = [found("serve"), found("sample-app green-1"), found("sample-app green-2"), found("serve")];
        assert_eq!(twice(&all), ["2 processes are `serve`"]);
    }
}
