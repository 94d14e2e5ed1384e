//! Opening a log file: whose it is, what it is, and whether it keeps its promises here.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use events::chain::{Hash, link};
use events::number::Position;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::{migrate, place, record, trouble};
use crate::log::batch::Known;

/// The oldest SQLite that keeps a WAL whole with two connections at work: before it, a checkpoint could lose a commit.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// Why a log could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{file} is owned by {owner}: one bot owns a log; end that one first", file = file.display())]
    Owned { file: PathBuf, owner: String },
    #[error("there is no log at {}", .0.display())]
    Absent(PathBuf),
    #[error("{} is not a log of changeover: it {what}; name another file", file.display())]
    Foreign { file: PathBuf, what: String },
    #[error("{} has schema {found}, and this changeover knows up to {known}: use the newer changeover", file.display())]
    TooNew { file: PathBuf, found: i64, known: i64 },
    #[error("SQLite {found} can lose commits (fixed in 3.51.3): build changeover with the SQLite it brings along")]
    OldSqlite { found: String },
    #[error("{} does not keep commits through a power cut: SQLite answers `{name} = {value}`", file.display())]
    NotDurable { file: PathBuf, name: &'static str, value: String },
    #[error(
        "{}: {what}; somebody has had hands on it: keep the file, run `changeover log verify` on it, and go back to \
         the newest backup that passes", file.display()
    )]
    Altered { file: PathBuf, what: String },
    #[error("{} cannot be opened: {what}", file.display())]
    Broken { file: PathBuf, what: String },
    #[error(
        "{} cannot be read where it is: SQLite must write a file beside it, and this user may not; copy the log and, \
         if they are there, its -wal and -shm into a folder of your own, and read that", file.display()
    )]
    ReadOnlyFolder { file: PathBuf },
    #[error("{} cannot be used: {source}", file.display())]
    Forbidden { file: PathBuf, source: io::Error },
}

/// What an opened file says of itself.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) store_id: String,
}

/// The one name of a file, so that a link to it is guarded by the same lock.
pub(super) fn canonical(path: &Path) -> Result<PathBuf, OpenError> {
    let forbidden = |source| OpenError::Forbidden { file: path.to_owned(), source };
    if path.exists() {
        return path.canonicalize().map_err(forbidden);
    }
    let name = path.file_name().ok_or_else(|| forbidden(io::ErrorKind::InvalidFilename.into()))?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(folder.canonicalize().map_err(forbidden)?.join(name))
}

/// How the one connection that writes is opened.
pub(super) fn writing(file: &Path) -> SqliteConnectOptions {
    common(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "67108864")
        // Checkpoints are the upkeep's work; a commit pays for one only if that falls 16 MiB behind.
        .pragma("wal_autocheckpoint", "4096")
}

/// How connections that only read are opened.
pub(super) fn reading(file: &Path) -> SqliteConnectOptions {
    common(file).read_only(true)
}

fn common(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("mmap_size", "0")
        .disable_statement_logging()
}

/// Looks at a file without changing it: an error if it is anything but a log of ours. `false`: it is yet to be created.
pub(super) async fn identify(file: &Path) -> Result<bool, OpenError> {
    match std::fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(OpenError::Forbidden { file: file.to_owned(), source }),
        Ok(metadata) if metadata.len() == 0 => return Ok(false),
        Ok(_) => {}
    }
    // Not by opening it: to close it again would end what locks this process has on it.
    if let Err(error) = rustix::fs::access(file, rustix::fs::Access::READ_OK) {
        return Err(OpenError::Forbidden { file: file.to_owned(), source: error.into() });
    }
    let looked = match look(reading(file)).await {
        // A creation that was cut short in the middle: to read it is to undo what it left.
        Err(error) if trouble::is_forbidden(&error) && has_journal(file) => look(common(file)).await,
        looked => looked,
    };
    let (application, schema, table_count) = looked.map_err(|error| broken(file, &error))?;
    if application == 0 && schema == 0 && table_count == 0 {
        return Ok(false);
    }
    if application != migrate::APPLICATION_ID {
        let what = format!("is a SQLite database of another program (application id {application})");
        return Err(OpenError::Foreign { file: file.to_owned(), what });
    }
    if schema > migrate::newest() {
        return Err(OpenError::TooNew { file: file.to_owned(), found: schema, known: migrate::newest() });
    }
    Ok(true)
}

/// The application, the schema and the number of tables that a file says of itself.
async fn look(options: SqliteConnectOptions) -> Result<(i64, i64, i64), sqlx::Error> {
    let mut connection = options.connect().await?;
    let application = pragma(&mut connection, "PRAGMA application_id").await?;
    let schema = pragma(&mut connection, "PRAGMA user_version").await?;
    let table_count = pragma(&mut connection, "SELECT count(*) FROM sqlite_schema").await?;
    // What was read is the answer; a connection that only read has nothing to lose.
    let _ = connection.close().await;
    Ok((application, schema, table_count))
}

/// Whether there is a journal of the kind that SQLite keeps before it keeps a WAL.
fn has_journal(file: &Path) -> bool {
    let mut name = file.as_os_str().to_owned();
    name.push("-journal");
    Path::new(&name).exists()
}

/// Puts an empty file there for SQLite to fill: it would make one that everybody may read.
pub(super) fn create(file: &Path) -> Result<(), OpenError> {
    match place::private().create_new(true).open(file) {
        Ok(_) => Ok(()),
        // Empty since a creation was cut short.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::Forbidden { file: file.to_owned(), source }),
    }
}

/// What must hold of every connection that writes; asked of SQLite itself, because a setting that it does not take is
/// no error to it.
pub(super) async fn assert_durable(connection: &mut SqliteConnection, file: &Path) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| broken(file, &error);
    let version: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *connection).await.map_err(failed)?;
    if !is_new_enough(&version) {
        return Err(OpenError::OldSqlite { found: version });
    }
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await.map_err(failed)?;
    let not_durable = |name, value| OpenError::NotDurable { file: file.to_owned(), name, value };
    if journal != "wal" {
        return Err(not_durable("journal_mode", journal));
    }
    let expected = [("synchronous", "PRAGMA synchronous", 2), ("foreign_keys", "PRAGMA foreign_keys", 1)];
    for (name, question, wanted) in expected {
        let value = pragma(connection, question).await.map_err(failed)?;
        if value != wanted {
            return Err(not_durable(name, value.to_string()));
        }
    }
    Ok(())
}

/// SQLite opens a file that may not be written for reading, and only tells who writes.
pub(super) async fn assert_writable(connection: &mut SqliteConnection, file: &Path) -> Result<(), OpenError> {
    let written = sqlx::query("UPDATE meta SET only = only WHERE false").execute(connection).await;
    let broken = |error| OpenError::Broken { file: file.to_owned(), what: trouble::sentence(&error) };
    written.map(|_| ()).map_err(broken)
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|it| it.parse::<u32>().unwrap_or(0));
    let found: [u32; 3] = std::array::from_fn(|_| numbers.next().unwrap_or(0));
    found >= OLDEST_SQLITE
}

/// The tables, indexes and triggers are the ones of our schema, to the letter. Gives what differs.
pub(super) async fn altered(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let mut pattern = SqliteConnectOptions::new().in_memory(true).disable_statement_logging().connect().await?;
    migrate::lay_out(&mut pattern).await?;
    let expected = objects(&mut pattern).await?;
    let found = objects(connection).await?;
    let missing = expected.iter().find(|(name, text)| found.get(*name) != Some(*text));
    if let Some((name, _)) = missing {
        let how = if found.contains_key(name) { "was changed" } else { "is missing" };
        return Ok(Some(format!("{name} {how}")));
    }
    Ok(found.keys().find(|name| !expected.contains_key(*name)).map(|name| format!("{name} does not belong there")))
}

/// Every object of the schema: `trigger events_not_updated`, and its text. Statistics of ANALYZE do no harm.
async fn objects(connection: &mut SqliteConnection) -> Result<BTreeMap<String, String>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat_'",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Who the log is.
pub(super) async fn identity(connection: &mut SqliteConnection) -> Result<Identity, sqlx::Error> {
    let store_id = sqlx::query_scalar("SELECT store_id FROM meta").fetch_one(connection).await?;
    Ok(Identity { store_id })
}

/// The newest event and what follows from it; checked by its own hash.
pub(super) async fn head(
    connection: &mut SqliteConnection,
    file: &Path,
    identity: &Identity,
) -> Result<Known, OpenError> {
    let failed = |error: sqlx::Error| broken(file, &error);
    let altered = |what| OpenError::Altered { file: file.to_owned(), what };
    let newest = pragma(connection, "SELECT coalesce(max(position), 0) FROM events").await.map_err(failed)?;
    if newest == 0 {
        return Ok(Known::new(Position(0), Hash::genesis(&identity.store_id)));
    }
    let row = sqlx::query(super::read::PAGE).bind(newest - 1).bind(1).fetch_one(connection).await.map_err(failed)?;
    let events = record::page(&row).map_err(failed)?;
    let events = events.map_err(|unreadable| altered(format!("event {newest} {}", unreadable.what)))?;
    let event = events.first().ok_or_else(|| altered(format!("event {newest} cannot be read")))?;
    if link(event) != event.hash {
        return Err(altered(format!("event {newest} was changed after it was written")));
    }
    Ok(Known { epoch: event.epoch, ..Known::new(event.position, event.hash) })
}

/// One number.
pub(super) async fn pragma(connection: &mut SqliteConnection, question: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(question).fetch_one(connection).await
}

/// An answer of SQLite while opening.
pub(super) fn broken(file: &Path, error: &sqlx::Error) -> OpenError {
    let file = file.to_owned();
    if trouble::is_foreign(error) {
        return OpenError::Foreign { file, what: "is no SQLite database, or its first page is damaged".to_owned() };
    }
    if trouble::is_forbidden(error) && file.exists() {
        return OpenError::ReadOnlyFolder { file };
    }
    OpenError::Broken { file, what: trouble::sentence(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_that_can_lose_commits_is_too_old() {
        for old in ["3.40.1", "3.51.2", "3.9.9", "2.99.99", "", "x"] {
            assert!(!is_new_enough(old), "{old}");
        }
        for new in ["3.51.3", "3.51.10", "3.52.0", "4.0.0", "3.100"] {
            assert!(is_new_enough(new), "{new}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_could_lose_commits_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bot.log");
        let mut refusals = Vec::new();
        for options in [
            writing(&file),
            writing(&file).synchronous(SqliteSynchronous::Normal),
            writing(&file).foreign_keys(false),
            writing(&file).journal_mode(SqliteJournalMode::Delete),
        ] {
            let mut connection = options.connect().await.unwrap();
            let answer = assert_durable(&mut connection, Path::new("bot.log")).await;
            refusals.push(answer.map_or_else(|error| error.to_string(), |()| "fine".to_owned()));
            connection.close().await.unwrap();
        }
        expect_test::expect![[r#"
            [
                "fine",
                "bot.log does not keep commits through a power cut: SQLite answers `synchronous = 1`",
                "bot.log does not keep commits through a power cut: SQLite answers `foreign_keys = 0`",
                "bot.log does not keep commits through a power cut: SQLite answers `journal_mode = delete`",
            ]
        "#]]
        .assert_debug_eq(&refusals);
    }
}
