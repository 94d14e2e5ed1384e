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
        let stat = Stat::of(pid)?;
        Some((Self { pid, started_ticks: stat.started_ticks }, stat.group))
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

/// What `/proc/PID/stat` says of a process (proc(5)), as far as we want to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub parent: i32,
    pub group: i32,
    pub started_ticks: u64,
}

impl Stat {
    /// Of the process that has `pid` right now; none if there is none, or if it is a zombie.
    #[must_use]
    pub fn of(pid: i32) -> Option<Self> {
        Self::read(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Reads the line. Its second field is the command in parentheses, which the process chooses: it may hold spaces,
    /// parentheses, and bytes that are no text. None for a zombie, and for what is no such line.
    #[must_use]
    pub fn read(line: &[u8]) -> Option<Self> {
        let end = line.iter().rposition(|byte| *byte == b')')?;
        let mut fields = str::from_utf8(line.get(end + 1..)?).ok()?.split_ascii_whitespace();
        // The state is field 3, the parent 4, the group 5, the number of threads 20, the start time 22.
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        let thread_count: u64 = fields.nth(14)?.parse().ok()?;
        let started_ticks = fields.nth(1)?.parse().ok()?;
        // A leader whose other threads run on is a zombie only by name.
        let is_gone = state == "X" || (state == "Z" && thread_count <= 1);
        (!is_gone).then_some(Self { parent, group, started_ticks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_be_called_anything() {
        // The kernel cuts names after 15 bytes, also within a letter.
        for name in [&b"shop"[..], b"a b", b") Z 1", b"((", b"anwendungsgr\xc3\xb6\xc3", b""] {
            let line = [b"42 (", name, b") S 7 40 40 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 3 0 9001 5 6\n"].concat();
            assert_eq!(Stat::read(&line), Some(Stat { parent: 7, group: 40, started_ticks: 9001 }), "{name:?}");
        }
    }

    #[test]
    fn a_zombie_is_gone_unless_threads_of_it_run() {
        let line = |state, threads| format!("42 (shop) {state} 7 40 40 0 -1 0 1 2 3 4 5 6 7 8 20 0 {threads} 0 9001");
        assert_eq!(Stat::read(line("Z", 1).as_bytes()), None);
        assert_eq!(Stat::read(line("X", 1).as_bytes()), None);
        assert!(Stat::read(line("Z", 2).as_bytes()).is_some());
        assert_eq!(Stat::read(b"42 (shop) S 7"), None);
    }

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
