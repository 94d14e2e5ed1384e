//! Why a log can't be opened, and how SQLite's faults are told.

use std::io;
use std::path::PathBuf;

use crate::ports::{AppendError, ReadError};

/// Why a log was not opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{} is in use by another bot (process {holder}): one bot owns a log; stop that one first", path.display())]
    InUse { path: PathBuf, holder: String },
    #[error("{} cannot be used: {source}", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    #[error("{} is no log of changeover (application id {found:#x}): name another file", path.display())]
    Foreign { path: PathBuf, found: i64 },
    #[error("{} was written by a newer changeover (schema {found}, this one knows {known}): use that one", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("SQLite {found} can damage a log in WAL mode; at least {needed} is needed")]
    OldSqlite { found: String, needed: String },
    #[error("{} is not safe against power loss: synchronous is {found}, not 2", path.display())]
    NotDurable { path: PathBuf, found: i64 },
    #[error("{} is damaged or is no SQLite file: {source}; keep a copy of it, then restore a backup", path.display())]
    Damaged { path: PathBuf, source: sqlx::Error },
}

/// SQLite's primary result code, if that is what went wrong.
fn code(error: &sqlx::Error) -> Option<i64> {
    let extended: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// SQLITE_FULL (13): there was no space; or the write of a file failed for the same reason (10, with ENOSPC).
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    code(error) == Some(13) || error.to_string().contains("disk is full")
}

pub(super) fn append(error: &sqlx::Error) -> AppendError {
    match code(error) {
        Some(13) => AppendError::Full,
        Some(11) => AppendError::Broken(format!(
            "the file is damaged ({error}): nothing more is written; stop, keep a copy, and run `changeover log verify`"
        )),
        Some(8) => AppendError::Broken(format!("the file is read-only ({error}): make it writable for the bot")),
        _ => AppendError::Broken(error.to_string()),
    }
}

pub(super) fn read(error: &sqlx::Error) -> ReadError {
    match code(error) {
        Some(11) => ReadError(format!("the file is damaged ({error}): keep a copy, and run `changeover log verify`")),
        _ => ReadError(error.to_string()),
    }
}
