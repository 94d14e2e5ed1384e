//! A child on a disk that fails, what it told, and what the disk saw.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::processes::{child, said};
use crate::shim::library;

/// Where a child finds the journal that it may write to as well.
const JOURNAL: &str = "SHIM_JOURNAL";

pub(crate) const NO_SPACE: i32 = 28;
pub(crate) const BROKEN: i32 = 5;
pub(crate) const READ_ONLY: i32 = 30;
pub(crate) const FORBIDDEN: i32 = 13;
/// No error: half of the bytes are taken.
pub(crate) const SHORT: i32 = 0;

/// Which calls fail, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) kind: &'static str,
    /// The first of them, counted from 1.
    pub(crate) first: usize,
    /// Whether the disk is well again after it.
    pub(crate) is_once: bool,
    pub(crate) errno: i32,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = if self.is_once { self.first } else { usize::MAX };
        write!(f, "{}:{}:{last}:{}", self.kind, self.first, self.errno)
    }
}

/// Runs the ignored test `name` on `file` over the shim, to its end.
pub(crate) fn run(name: &str, file: &Path, fault: Option<Fault>, journal: Option<&Path>) -> Told {
    let mut command = Command::new("env");
    command.arg(format!("LD_PRELOAD={}", library().display())).env("SHIM_FILES", file);
    if let Some(fault) = fault {
        command.env("SHIM_FAULT", fault.to_string());
    }
    if let Some(journal) = journal {
        command.env(JOURNAL, journal);
    }
    let output = child(command, name, file).wait_with_output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{fault:?}: {text}");
    Told { lines: said(&output.stdout) }
}

/// What a child said.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
}

impl Told {
    /// What follows `word` in each line that begins with it, in order.
    pub(crate) fn of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '))
    }

    pub(crate) fn set<'a>(&'a self, word: &'a str) -> BTreeSet<&'a str> {
        self.of(word).collect()
    }
}

/// One call that the disk let through, or what a child noted in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Read(PathBuf),
    Write { path: PathBuf, offset: usize, bytes: Vec<u8> },
    Sync(PathBuf),
    Open(PathBuf),
    Truncate { path: PathBuf, size: usize },
    Create(PathBuf),
    Unlink(PathBuf),
    Rename { from: PathBuf, to: PathBuf },
    SyncFolder,
    Noted(String),
}

/// Says in the journal, if there is one, what the child knows by now.
pub(crate) fn note(text: &str) {
    let Some(path) = std::env::var_os(JOURNAL) else { return };
    let mut record = Vec::new();
    for number in [9, text.len(), 0, 0] {
        record.extend_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
    }
    record.extend_from_slice(text.as_bytes());
    std::fs::File::options().append(true).open(path).unwrap().write_all(&record).unwrap();
}

/// The journal of a child, in the order of time.
pub(crate) fn calls(journal: &Path) -> Vec<Call> {
    let bytes = std::fs::read(journal).unwrap();
    let mut rest = bytes.as_slice();
    let mut calls = Vec::new();
    while !rest.is_empty() {
        let [kind, name_length, offset, length] = std::array::from_fn(|_| {
            usize::try_from(u64::from_le_bytes(take(&mut rest, 8).try_into().unwrap())).unwrap()
        });
        let name = String::from_utf8(take(&mut rest, name_length).to_vec()).unwrap();
        let bytes = take(&mut rest, length).to_vec();
        let path = PathBuf::from(&name);
        calls.push(match kind {
            0 => Call::Read(path),
            1 => Call::Write { path, offset, bytes },
            2 => Call::Sync(path),
            3 => Call::Open(path),
            4 => Call::Truncate { path, size: offset },
            5 => Call::Create(path),
            6 => Call::Unlink(path),
            7 => Call::Rename { from: path, to: PathBuf::from(String::from_utf8(bytes).unwrap()) },
            8 => Call::SyncFolder,
            9 => Call::Noted(name),
            other => panic!("no call is of kind {other}"),
        });
    }
    calls
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}
