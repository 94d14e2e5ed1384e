//! Writes records as they come, on a thread of its own: a slow disk must not stall the schedule.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::{Line, ProbeError};

/// How many lines wait for the disk before the schedule waits too (which the records then show as lateness).
const WAITING_LIMIT: usize = 16 * 1024;

/// The open file of records.
pub(super) struct Recorder {
    path: PathBuf,
    lines: SyncSender<Line>,
    writer: JoinHandle<io::Result<()>>,
}

impl Recorder {
    pub(super) fn create(path: &Path) -> Result<Self, ProbeError> {
        let unwritable = |source| ProbeError::Unwritable { path: path.to_owned(), source };
        let file = File::create(path).map_err(unwritable)?;
        let (lines, received) = sync_channel(WAITING_LIMIT);
        let writer = std::thread::Builder::new()
            .name("records".to_owned())
            .spawn(move || write(file, &received))
            .map_err(unwritable)?;
        Ok(Self { path: path.to_owned(), lines, writer })
    }

    /// Whether the line will be written; if not, [`Recorder::finish`] says why.
    pub(super) fn write(&self, line: Line) -> bool {
        self.lines.send(line).is_ok()
    }

    /// Returns once everything is in the file.
    pub(super) fn finish(self) -> Result<(), ProbeError> {
        drop(self.lines);
        let written = self.writer.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread died")));
        written.map_err(|source| ProbeError::Unwritable { path: self.path, source })
    }
}

fn write(file: File, lines: &Receiver<Line>) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(64 * 1024, file);
    for line in lines {
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}
