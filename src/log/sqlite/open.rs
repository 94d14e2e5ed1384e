//! Opens a log: asserts what durability and immutability rest on, and makes the schema of a new file.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::error::OpenError;

/// Ours: the four bytes `chgo`.
pub(super) const APPLICATION_ID: i64 = 0x6368_676f;
/// The schema that this build writes; kept in `user_version`.
pub(super) const SCHEMA: i64 = 1;
/// The first SQLite whose WAL can't be reset under a reader (sqlite.org, release 3.51.3).
const NEEDED: [u32; 3] = [3, 51, 3];

const SCHEMA_SQL: &str = include_str!("schema.sql");

/// How every connection is opened.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("mmap_size", "0")
        .disable_statement_logging()
}

/// The one connection that writes. `store_id` names a log that is made anew.
pub(super) async fn writer(path: &Path, store_id: &str) -> Result<SqliteConnection, OpenError> {
    let damaged = |source| OpenError::Damaged { path: path.to_owned(), source };
    let options = options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "67108864")
        // The writer's own timer checkpoints; a commit should not pay for it.
        .pragma("wal_autocheckpoint", "4000");
    // A foreign file must not even be switched to WAL, so it is looked at first.
    identify(path).await?;
    let mut connection = options.connect().await.map_err(damaged)?;
    current(&mut connection).await?;
    make(&mut connection, store_id).await.map_err(damaged)?;
    let synchronous = pragma(&mut connection, "PRAGMA synchronous").await.map_err(damaged)?;
    if synchronous != 2 {
        return Err(OpenError::NotDurable { path: path.to_owned(), found: synchronous });
    }
    Ok(connection)
}

/// Refuses a file that is not ours, or that a newer build wrote. A new or empty file is fine.
pub(super) async fn identify(path: &Path) -> Result<(), OpenError> {
    if std::fs::metadata(path).map_or(true, |it| it.len() == 0) {
        return Ok(());
    }
    let damaged = |source| OpenError::Damaged { path: path.to_owned(), source };
    let mut connection = options(path).read_only(true).connect().await.map_err(damaged)?;
    let found = pragma(&mut connection, "PRAGMA application_id").await.map_err(damaged)?;
    let schema = pragma(&mut connection, "PRAGMA user_version").await.map_err(damaged)?;
    let tables = pragma(&mut connection, "SELECT count(*) FROM sqlite_schema").await.map_err(damaged)?;
    connection.close().await.map_err(damaged)?;
    if found != APPLICATION_ID && !(found == 0 && tables == 0) {
        return Err(OpenError::Foreign { path: path.to_owned(), found });
    }
    if schema > SCHEMA {
        return Err(OpenError::Newer { path: path.to_owned(), found: schema, known: SCHEMA });
    }
    Ok(())
}

async fn current(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let row = sqlx::query("SELECT sqlite_version()").fetch_one(connection).await;
    let found: String = row.and_then(|row| row.try_get(0)).unwrap_or_default();
    if is_current(&found) {
        return Ok(());
    }
    let needed = NEEDED.map(|it| it.to_string()).join(".");
    Err(OpenError::OldSqlite { found, needed })
}

fn is_current(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').map_while(|it| it.parse().ok()).collect();
    parts.as_slice() >= NEEDED.as_slice()
}

/// Makes the schema of a file that has none, in one transaction: a crash leaves an empty file, or a whole log.
async fn make(connection: &mut SqliteConnection, store_id: &str) -> Result<(), sqlx::Error> {
    if pragma(connection, "PRAGMA user_version").await? == SCHEMA {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN EXCLUSIVE").await?;
    transaction.execute(SCHEMA_SQL).await?;
    sqlx::query("INSERT INTO meta (name, value) VALUES ('store_id', ?1)")
        .bind(store_id)
        .execute(&mut *transaction)
        .await?;
    // Pragmas take no parameters.
    transaction.execute(sqlx::AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"))).await?;
    transaction.execute(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {SCHEMA}"))).await?;
    transaction.commit().await
}

/// One number that SQLite says of itself or of the file.
pub(super) async fn pragma(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query(sql).fetch_one(connection).await?.try_get(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_that_can_lose_the_wal_is_too_old() {
        for old in ["3.40.1", "3.51.2", "3.51", "", "2.99.99", "x"] {
            assert!(!is_current(old), "{old}");
        }
        for new in ["3.51.3", "3.52.0", "4.0.0", "3.51.10"] {
            assert!(is_current(new), "{new}");
        }
    }
}
