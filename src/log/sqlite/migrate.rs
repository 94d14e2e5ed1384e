//! The schema: which one a file has, and how it becomes the newest.

use events::chain::Hash;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, raw_sql};

/// Written in the file's header: "chov". `file` and SQLite's tools show it.
pub(super) const APPLICATION_ID: i64 = 0x6368_6f76;

/// What leads from each schema to the next. Never edited once released; only added to.
const STEPS: [&str; 1] = [include_str!("schema.sql")];

/// The schema number that this program writes.
pub(super) fn newest() -> i64 {
    STEPS.iter().map(|_| 1).sum()
}

/// Brings the file to the newest schema, in one transaction; `store_id` is what a new file is called from then on.
pub(super) async fn migrate(connection: &mut SqliteConnection, store_id: &str) -> Result<(), sqlx::Error> {
    let found = super::open::pragma(connection, "PRAGMA user_version").await?;
    if found == newest() {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        raw_sql(*step).execute(&mut *transaction).await?;
    }
    if found == 0 {
        sqlx::query("INSERT INTO meta(only, store_id, genesis) VALUES (1, ?, ?)")
            .bind(store_id)
            .bind(Hash::genesis(store_id).0.to_vec())
            .execute(&mut *transaction)
            .await?;
    }
    let stamp = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}", newest());
    raw_sql(AssertSqlSafe(stamp)).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// Lays the newest schema out on an empty database, without an identity: to compare with.
pub(super) async fn lay_out(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    for step in STEPS {
        raw_sql(step).execute(&mut *connection).await?;
    }
    Ok(())
}
