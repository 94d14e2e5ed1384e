//! Lines in, as a new log: the same id, positions, times and hashes, or nothing.

use std::io::{self, BufRead, Read as _};
use std::path::{Path, PathBuf};

use events::envelope::Recorded;
use sqlx::sqlite::{SqliteConnection, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use super::open::{self, OpenError};
use super::place::{Draft, PlaceError};
use super::record::Inserts;
use super::{migrate, trouble};
use crate::log::batch;
use crate::log::chain::{Chain, Head};
use crate::log::lines::Lines;

/// The longest line, in bytes: a payload at its limit and its envelope.
const LINE_BYTE_LIMIT: u64 = 256 * 1024;

/// So many events are written at a time.
const BATCH_EVENT_COUNT: usize = 512;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("line {line}: {what}; nothing was imported")]
    Line { line: u64, what: String },
    #[error("the lines end after line {0}, and the log does not: the export was cut off; nothing was imported")]
    CutOff(u64),
    #[error("the lines cannot be read: {0}; nothing was imported")]
    Read(io::Error),
    #[error("{} is there already: import into a new file", .0.display())]
    Exists(PathBuf),
    #[error("another import into {} is underway; nothing was imported", .0.display())]
    Busy(PathBuf),
    #[error("{} cannot be written: {what}; nothing was imported", file.display())]
    Write { file: PathBuf, what: String },
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Builds the log `to` from the lines of an export of either format. Every line must follow from the one before. The
/// file appears only when it is complete and on disk.
pub async fn import(to: &Path, lines: impl BufRead + Send) -> Result<Head, ImportError> {
    let to = open::canonical(to)?;
    let misplaced = |error| match error {
        PlaceError::Exists => ImportError::Exists(to.clone()),
        PlaceError::Busy => ImportError::Busy(to.clone()),
        PlaceError::Broken(error) => unwritten(&to, error.to_string()),
    };
    let draft = Draft::begin(&to, "importing").map_err(misplaced)?;
    let head = fill(draft.path(), lines).await?;
    draft.place(&to).map_err(misplaced)?;
    Ok(head)
}

async fn fill(draft: &Path, mut lines: impl BufRead + Send) -> Result<Head, ImportError> {
    let failed = |error: sqlx::Error| unwritten(draft, trouble::sentence(&error));
    // Nobody relies on the draft before it is complete, and then it is synced as a whole.
    let options = open::writing(draft).synchronous(SqliteSynchronous::Off);
    let mut connection = options.connect().await.map_err(failed)?;
    let outcome = follow(&mut connection, draft, &mut lines).await;
    let checkpointed = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await;
    let closed = connection.close().await;
    let head = outcome?;
    checkpointed.map_err(failed)?;
    closed.map_err(failed)?;
    Ok(head)
}

async fn follow(
    connection: &mut SqliteConnection,
    draft: &Path,
    input: &mut (impl BufRead + Send),
) -> Result<Head, ImportError> {
    let mut import = Import { lines: Lines::default(), chain: None, inserts: Inserts::new(), batch: Vec::new() };
    let mut line_number = 0;
    while let Some(line) = next_line(input, line_number + 1)? {
        line_number += 1;
        let bad = |what: String| ImportError::Line { line: line_number, what };
        let event = import.lines.take(&line).map_err(bad)?;
        if import.chain.is_none()
            && let Some(store_id) = import.lines.store_id()
        {
            let laid_out = migrate::migrate(connection, store_id.as_str()).await;
            laid_out.map_err(|error| unwritten(draft, trouble::sentence(&error)))?;
            import.chain = Some(Chain::from_genesis(store_id.as_str()));
        }
        if let (Some(event), Some(chain)) = (event, &mut import.chain) {
            chain.follow(&event).map_err(|flaw| bad(flaw.to_string()))?;
            batch::check_recorded(&event).map_err(|error| bad(error.to_string()))?;
            import.batch.push(event);
        }
        if import.batch.len() == BATCH_EVENT_COUNT {
            import.write(connection).await.map_err(bad)?;
        }
    }
    import.write(connection).await.map_err(|what| ImportError::Line { line: line_number, what })?;
    import.end(line_number)
}

struct Import {
    lines: Lines,
    /// None until a line has named the log.
    chain: Option<Chain>,
    inserts: Inserts,
    batch: Vec<Recorded>,
}

impl Import {
    async fn write(&mut self, connection: &mut SqliteConnection) -> Result<(), String> {
        if !self.batch.is_empty() {
            let written = self.inserts.write(connection, &self.batch).await;
            written.map_err(|error| {
                format!("this one or one of the {} before cannot be stored: {error}", self.batch.len() - 1)
            })?;
            self.batch.clear();
        }
        Ok(())
    }

    fn end(self, line_number: u64) -> Result<Head, ImportError> {
        if !self.lines.is_closed() {
            return Err(ImportError::CutOff(line_number));
        }
        let bad = |what: String| ImportError::Line { line: line_number, what };
        let chain = self.chain.ok_or_else(|| bad("there is no event that would name the log".to_owned()))?;
        let head = chain.head();
        match self.lines.head() {
            Some(said) if *said != head => Err(bad(format!("the log ends at {said}, the lines at {head}"))),
            Some(_) | None => Ok(head),
        }
    }
}

/// The next line without its end; none after the last.
fn next_line(input: &mut impl BufRead, line: u64) -> Result<Option<String>, ImportError> {
    let mut bytes = Vec::new();
    let read = input.take(LINE_BYTE_LIMIT + 1).read_until(b'\n', &mut bytes).map_err(ImportError::Read)?;
    if read == 0 {
        return Ok(None);
    }
    if bytes.len() > usize::try_from(LINE_BYTE_LIMIT).unwrap_or(usize::MAX) {
        return Err(ImportError::Line { line, what: format!("it is longer than {LINE_BYTE_LIMIT} bytes") });
    }
    String::from_utf8(bytes).map(Some).map_err(|_| ImportError::Line { line, what: "it is no UTF-8".to_owned() })
}

fn unwritten(file: &Path, what: String) -> ImportError {
    ImportError::Write { file: file.to_owned(), what }
}
