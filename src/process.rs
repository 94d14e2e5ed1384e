//! Processes that are not ours by birth: named by pid and start time, so that a reused pid is never mistaken.

use serde::{Deserialize, Serialize};

/// One process for all its life. A pid alone may be somebody else's by the time it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessId {
    pub pid: i32,
    /// When it started, in clock ticks since boot (field 22 of `/proc/PID/stat`, proc(5)).
    pub started_ticks: u64,
}

impl ProcessId {
    /// The process that has `pid` right now; none if there is none, or if it is a zombie.
    #[must_use]
    pub fn of(pid: i32) -> Option<Self> {
        Self::with_group(pid).map(|(id, _)| id)
    }

    /// The process that has `pid` right now, and the process group it is in.
    #[must_use]
    pub fn with_group(pid: i32) -> Option<(Self, i32)> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the command in parentheses and may itself hold spaces and parentheses.
        let after_command = stat.get(stat.rfind(')')? + 1..)?;
        let mut fields = after_command.split_ascii_whitespace();
        let state = fields.next()?;
        // `state` is field 3, the group field 5, the number of threads field 20, the start time field 22.
        let group = fields.nth(1)?.parse().ok()?;
        let thread_count: u64 = fields.nth(14)?.parse().ok()?;
        let started_ticks = fields.nth(1)?.parse().ok()?;
        // A leader whose other threads run on is a zombie only by name.
        if state == "X" || (state == "Z" && thread_count <= 1) {
            return None;
        }
        Some((Self { pid, started_ticks }, group))
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Sends `signal` to its whole process group if it still leads one; a process that is gone is fine.
    pub fn signal_group(self, signal: rustix::process::Signal) {
        if self.is_alive()
            && let Some(pid) = rustix::process::Pid::from_raw(self.pid)
        {
            // Gone between the question and the signal is what was wanted.
            let _ = rustix::process::kill_process_group(pid, signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_itself_and_no_other() {
        let me = ProcessId::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(me.is_alive());
        let group = rustix::process::getpgid(None).unwrap().as_raw_nonzero().get();
        assert_eq!(ProcessId::with_group(me.pid), Some((me, group)));
        assert!(!ProcessId { started_ticks: me.started_ticks + 1, ..me }.is_alive());
        assert_eq!(ProcessId::of(i32::MAX), None);
    }
}
