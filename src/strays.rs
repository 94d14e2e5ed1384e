//! Processes that were left behind: found by a mark in their environment or by descent, whatever group or session they
//! moved to, and ended.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal};

use crate::clock::{self, Clock as _, SystemClock};
use crate::process::{ProcessId, Stat};

/// The environment variable that marks everything that one job starts. Its value is the path of the job's folder.
pub const MARK: &str = "CHANGEOVER_JOB";

/// How long the search pauses between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Processes that could not be ended.
#[derive(Debug, thiserror::Error)]
#[error("{} processes would not end, such as {first}", others + 1)]
pub struct Unended {
    first: i32,
    others: usize,
}

/// Every process alive that carries `mark` or descends from one that does; but not this process. What lost its mark
/// (`env -i`) *and* its parents is found only by an ancestor: a job adopts (`set_child_subreaper`) and carries the mark
/// itself, so that nothing gets away while it lives.
#[must_use]
pub fn find(mark: &str) -> Vec<ProcessId> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let everybody: Vec<Seen> = pids.filter_map(|pid| Seen::look(pid, mark)).collect();
    let mut ours: BTreeSet<i32> = everybody.iter().filter(|it| it.is_marked).map(|it| it.id.pid).collect();
    loop {
        let children: Vec<i32> = everybody.iter().filter(|it| ours.contains(&it.parent)).map(|it| it.id.pid).collect();
        let before = ours.len();
        ours.extend(children);
        if ours.len() == before {
            break;
        }
    }
    let me = i32::try_from(std::process::id()).unwrap_or_default();
    everybody.into_iter().map(|it| it.id).filter(|id| ours.contains(&id.pid) && id.pid != me).collect()
}

/// Kills everything that [`find`] finds until there is nothing, at most for `patience`; says how many were killed.
pub async fn end(mark: &str, patience: Duration) -> Result<usize, Unended> {
    let clock = SystemClock::new();
    let mut ended = BTreeSet::new();
    loop {
        let left = find(mark);
        let Some(first) = left.first() else { return Ok(ended.len()) };
        if clock.elapsed() > patience {
            return Err(Unended { first: first.pid, others: left.len() - 1 });
        }
        for id in left {
            signal(id, Signal::KILL);
            ended.insert(id.pid);
        }
        clock::pause(PAUSE).await;
    }
}

/// Sends `signal` to one process, and to no other that got its number meanwhile.
pub fn signal(id: ProcessId, signal: Signal) {
    let Some(pid) = Pid::from_raw(id.pid) else { return };
    let Ok(handle) = rustix::process::pidfd_open(pid, PidfdFlags::empty()) else { return };
    // Still the same after the handle was opened: so the handle is its handle.
    if id.is_alive() {
        // Gone between the question and the signal is what was wanted.
        let _ = rustix::process::pidfd_send_signal(handle, signal);
    }
}

/// A process as it was seen.
struct Seen {
    id: ProcessId,
    parent: i32,
    is_marked: bool,
}

impl Seen {
    /// None for what is gone or a zombie. A process of another user shows no environment and so has no mark.
    fn look(pid: i32, mark: &str) -> Option<Self> {
        let Stat { parent, started_ticks, .. } = Stat::of(pid)?;
        let id = ProcessId { pid, started_ticks };
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let wanted = format!("{MARK}={mark}");
        let is_marked = environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
        Some(Self { id, parent, is_marked })
    }
}
