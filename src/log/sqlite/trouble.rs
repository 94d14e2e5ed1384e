//! What SQLite answers when it cannot, in sentences that say what to do.

use crate::ports::{AppendError, ReadError};

/// Why a write did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No space; the transaction is undone.
    Full,
    /// A trigger or a constraint said no; the transaction is undone.
    Refused(String),
    /// The file is not in its place any more, as a clause.
    Lost(String),
    /// Anything else, as a sentence.
    Broken(String),
}

impl Trouble {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        match code(error) {
            Some(SQLITE_FULL) => Self::Full,
            Some(SQLITE_CONSTRAINT) => Self::Refused(error.to_string()),
            _ => Self::Broken(sentence(error)),
        }
    }
}

impl From<Trouble> for AppendError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Full => Self::Full,
            Trouble::Lost(what) => Self::Lost(what),
            Trouble::Refused(text) | Trouble::Broken(text) => Self::Broken(text),
        }
    }
}

/// Primary result codes, <https://www.sqlite.org/rescode.html>.
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_READONLY: i32 = 8;
const SQLITE_IOERR: i32 = 10;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_CANTOPEN: i32 = 14;
const SQLITE_CONSTRAINT: i32 = 19;
const SQLITE_NOTADB: i32 = 26;

/// The primary result code; none when the error is not SQLite's.
fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// Whether the bytes of the file are not what SQLite wrote.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(SQLITE_CORRUPT | SQLITE_NOTADB)) || matches!(error, sqlx::Error::ColumnDecode { .. })
}

/// Whether the file is there and may not be opened, or not be written.
pub(super) fn is_forbidden(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(SQLITE_READONLY | SQLITE_CANTOPEN))
}

/// Whether the file is not SQLite's at all.
pub(super) fn is_foreign(error: &sqlx::Error) -> bool {
    code(error) == Some(SQLITE_NOTADB)
}

/// What happened and what to do.
pub(super) fn sentence(error: &sqlx::Error) -> String {
    let advice = match code(error) {
        _ if is_damage(error) => {
            "the file is damaged; stop the bot, keep the file, run `changeover log verify` on it, and go back to the \
             newest backup that passes"
        }
        Some(SQLITE_BUSY | SQLITE_LOCKED) => {
            "another program keeps the file locked; end it (`fuser -v FILE` names it), then try again"
        }
        Some(SQLITE_READONLY) => "this user may not write the file, or not its folder, or the disk is read-only",
        Some(SQLITE_CANTOPEN) => "the file is gone, or this user may not open it, or not write its folder",
        Some(SQLITE_IOERR) => "the disk answered with an error; look at `dmesg`, and make a backup to another disk",
        Some(SQLITE_FULL) => "the disk is full",
        _ => return error.to_string(),
    };
    format!("{advice} ({error})")
}

/// The same, for a reader.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(super) fn unreadable(error: sqlx::Error) -> ReadError {
    ReadError(sentence(&error))
}
