//! What every test of the log needs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use changeover::clock::Clock;
use changeover::log::sqlite::{OpenError, Settings, SqliteLog};
use changeover::log::store_id::StoreId;
use changeover::ports::{AppendError, Expected, Log as _};
use events::actor::Actor;
use events::envelope::{Correlation, Draft, EventId, Recorded, Stream};
use events::number::{Epoch, Version};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

/// A folder of its own, and the name of a log in it that is not there yet.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    // As the kernel calls it, for whoever compares paths.
    let file = folder.path().canonicalize().unwrap().join("bot.log");
    (folder, file)
}

pub(crate) fn settings() -> Settings {
    Settings { ballast_bytes: 64 * 1024, ..Settings::new(StoreId::derived("test")) }
}

/// A clock that stands still, so that the same events have the same hashes.
pub(crate) struct StillClock;

#[async_trait]
impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        "2026-11-21T09:30:00.123456789Z".parse().unwrap()
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn pause(&self, _duration: Duration) {}
}

/// As [`open`], with an answer.
pub(crate) async fn try_open(file: &Path) -> Result<SqliteLog, OpenError> {
    SqliteLog::open(file, Arc::new(StillClock), settings()).await
}

pub(crate) async fn open(file: &Path) -> SqliteLog {
    try_open(file).await.unwrap()
}

pub(crate) fn draft(id: &str) -> Draft {
    Draft {
        event_id: EventId(id.to_owned()),
        kind: "LockTaken".to_owned(),
        schema_version: 1,
        actor: Actor::console(1000),
        correlation: Correlation("console/7".to_owned()),
        causation: None,
        payload: format!(r#"{{"why":"{id}"}}"#),
    }
}

pub(crate) fn expected(stream: &str, version: u64, epoch: u64) -> Expected {
    Expected { stream: Stream(stream.to_owned()), version: Version(version), epoch: Epoch(epoch) }
}

/// Appends one event in epoch 1.
pub(crate) async fn append(
    log: &SqliteLog,
    stream: &str,
    version: u64,
    id: &str,
) -> Result<Vec<Recorded>, AppendError> {
    log.append(expected(stream, version, 1), vec![draft(id)]).await
}

/// A closed log of `count` events, alternating between two streams.
pub(crate) async fn filled(file: &Path, count: u64) {
    let log = open(file).await;
    for index in 0..count {
        let stream = if index % 2 == 0 { "shop/production" } else { "blog/production" };
        append(&log, stream, index / 2, &format!("event/{index}")).await.unwrap();
    }
    log.close().await;
    // Whichever connection closed last, every page is in the file itself: what is damaged there must be what is read.
    meddle(file, "PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
}

/// A connection that knows nothing of changeover: what anybody with `sqlite3` could do.
pub(crate) async fn stranger(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new().filename(file).create_if_missing(true).connect().await
}

/// Runs SQL as a stranger; the error is SQLite's own text.
pub(crate) async fn meddle(file: &Path, sql: &str) -> Result<(), String> {
    let mut connection = stranger(file).await.unwrap();
    let outcome = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await;
    connection.close().await.unwrap();
    outcome.map(|_| ()).map_err(|error| error.as_database_error().unwrap().message().to_owned())
}

/// A figure for whoever runs the tests: how much was tried. Not through `print`, which is shown on failures only.
pub(crate) fn figure(text: &str) {
    std::io::stdout().write_all(format!("\nfigure: {text}\n").as_bytes()).unwrap();
}

/// Polls until `holds`, for at most ten seconds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        changeover::clock::pause(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come to pass");
}
