//! Another program, run to its end within bounds: by its arguments, never through a shell, in a process group of its own.

use std::ffi::{OsStr, OsString};
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::signal::unix::{self, SignalKind};

use crate::clock;
use crate::config::environment::Variables;
use crate::output::Output;

/// How long a program that is told to end may take before it is killed.
pub const GRACE: Duration = Duration::from_secs(5);

/// How long a killed program may take to be gone, and how long its output is still read then.
const LAST: Duration = Duration::from_secs(5);
const REST_OF_OUTPUT: Duration = Duration::from_millis(200);

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Argv {
    pub program: String,
    pub arguments: Vec<String>,
}

/// A list that can't be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what is run must be a list of a program and its arguments, none of them with a zero byte")]
pub struct BadArgv;

impl TryFrom<Vec<String>> for Argv {
    type Error = BadArgv;

    fn try_from(mut list: Vec<String>) -> Result<Self, BadArgv> {
        if list.first().is_none_or(String::is_empty) || list.iter().any(|it| it.contains('\0')) {
            return Err(BadArgv);
        }
        let arguments = list.split_off(1);
        Ok(Self { program: list.concat(), arguments })
    }
}

impl From<Argv> for Vec<String> {
    fn from(argv: Argv) -> Self {
        [vec![argv.program], argv.arguments].concat()
    }
}

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exited(ExitStatus),
    /// It took too long and was ended.
    Late,
    /// We were told to stop and ended it.
    Stopped,
}

/// One program to run, with everything it is given.
#[derive(Debug)]
pub struct Program<'a> {
    pub program: &'a OsStr,
    pub arguments: Vec<OsString>,
    /// Where it runs; where this process does, if none.
    pub folder: Option<&'a Path>,
    /// Its whole environment.
    pub variables: Variables,
    /// What it reads; nothing, if none.
    pub stdin: Option<std::fs::File>,
}

/// Where a program's output goes. Without a place of their own, errors go where the output goes, in order.
#[derive(Debug, Clone, Copy)]
pub struct Streams<'a> {
    pub output: &'a Mutex<Output>,
    pub errors: Option<&'a Mutex<Output>>,
}

impl Program<'_> {
    /// Runs it until it ends, `patience` is over or `stopped`. On return nothing of its process group is alive; what
    /// left the group is the caller's to find (`strays`). Dropped before its end, it is killed with its group.
    pub async fn run(
        self,
        streams: Streams<'_>,
        patience: Duration,
        stopped: impl Future<Output = ()>,
    ) -> io::Result<End> {
        let mut command = tokio::process::Command::new(self.program);
        command.args(&self.arguments).env_clear().envs(&self.variables.0).process_group(0).kill_on_drop(true);
        command.stdin(self.stdin.map_or_else(Stdio::null, Stdio::from));
        if let Some(folder) = self.folder {
            command.current_dir(folder);
        }
        let (reader, writer) = io::pipe()?;
        let (error_reader, error_writer) = match streams.errors {
            Some(_) => io::pipe().map(|(reader, writer)| (Some(reader), writer))?,
            None => (None, writer.try_clone()?),
        };
        let mut child = command.stdout(writer).stderr(error_writer).spawn()?;
        // Our copies of the writing ends: with them open, the end of the output would never come.
        drop(command);
        let group = Group::of(&child)?;

        let draining = async {
            let errors = async {
                if let (Some(reader), Some(errors)) = (error_reader, streams.errors) {
                    drain(reader.into(), errors).await;
                }
            };
            tokio::join!(drain(reader.into(), streams.output), errors);
        };
        let ending = group.end(&mut child, patience, stopped);
        tokio::pin!(draining, ending);
        let mut is_drained = false;
        let end = loop {
            tokio::select! {
                end = &mut ending => break end,
                () = &mut draining, if !is_drained => is_drained = true,
            }
        };
        if !is_drained {
            // A process that left the group may keep the output open for ever.
            let _ = tokio::time::timeout(REST_OF_OUTPUT, draining).await;
        }
        end
    }
}

/// The process group that a program leads; killed when dropped.
struct Group {
    leader: Pid,
    /// Notes that some child of this process has changed.
    changed: unix::Signal,
}

impl Group {
    fn of(child: &tokio::process::Child) -> io::Result<Self> {
        let changed = unix::signal(SignalKind::child())?;
        let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        let leader = pid.ok_or_else(|| io::Error::other("a program without a process id"))?;
        Ok(Self { leader, changed })
    }

    async fn end(
        mut self,
        child: &mut tokio::process::Child,
        patience: Duration,
        stopped: impl Future<Output = ()>,
    ) -> io::Result<End> {
        let early = tokio::select! {
            biased;
            () = self.exited() => None,
            () = stopped => Some(End::Stopped),
            () = clock::pause(patience) => Some(End::Late),
        };
        if early.is_some() {
            self.signal(Signal::TERM);
            let _ = tokio::time::timeout(GRACE, self.exited()).await;
        }
        // The leader is not reaped yet, so that the group's number can't be another group's.
        drop(self);
        let status = tokio::time::timeout(LAST, child.wait()).await.map_err(|_| io::ErrorKind::TimedOut)??;
        Ok(early.unwrap_or(End::Exited(status)))
    }

    /// Returns once the leader has ended, and leaves it unreaped. Cancel-safe.
    async fn exited(&mut self) {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        // An error means that there is no such child: it has ended.
        while matches!(rustix::process::waitid(WaitId::Pid(self.leader), look), Ok(None)) {
            self.changed.recv().await;
        }
    }

    fn signal(&self, signal: Signal) {
        // A group that is gone is what was wanted.
        let _ = rustix::process::kill_process_group(self.leader, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Reads until the last writer is gone; an output that can't be read is an output that ended.
async fn drain(reader: OwnedFd, output: &Mutex<Output>) {
    let Ok(mut reader) = pipe::Receiver::from_owned_fd(reader) else { return };
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = reader.read(&mut piece).await {
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        output.push(piece.get(..read).unwrap_or_default());
    }
}
