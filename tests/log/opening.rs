//! Opening: whose file it is, what it is, and where it lies.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use crate::kit::StillClock;
use changeover::log::sqlite::{OpenError, SqliteLog};
use changeover::log::store_id::StoreId;
use changeover::ports::LogReader as _;
use events::number::Position;

use crate::kit::{append, filled, meddle, open, place, settings};
use crate::processes::copy;

async fn refusal(file: &Path) -> OpenError {
    SqliteLog::open(file, Arc::new(StillClock), settings()).await.unwrap_err()
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_refused_and_not_touched() {
    let (folder, file) = place();
    meddle(&file, "CREATE TABLE invoices(id)").await.unwrap();
    let before = std::fs::read(&file).unwrap();
    let error = refusal(&file).await;
    assert!(matches!(&error, OpenError::Foreign { .. }), "{error}");
    assert!(error.to_string().contains("is a SQLite database of another program (application id 0)"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was put beside it");

    std::fs::write(
        &file,
        "dear diary, this is a text of more than one hundred bytes, so that nobody takes it for empty: today".repeat(9),
    )
    .unwrap();
    let before = std::fs::read(&file).unwrap();
    let error = refusal(&file).await;
    assert!(matches!(&error, OpenError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert!(matches!(SqliteLog::open_read_only(&file).await.unwrap_err(), OpenError::Foreign { .. }));
}

#[tokio::test]
async fn a_log_of_a_newer_program_is_refused() {
    let (_folder, file) = place();
    filled(&file, 1).await;
    meddle(&file, "PRAGMA user_version = 2").await.unwrap();
    let error = refusal(&file).await;
    assert!(
        error.to_string().ends_with("has schema 2, and this changeover knows up to 1: use the newer changeover"),
        "{error}"
    );
    assert!(matches!(SqliteLog::open_read_only(&file).await.unwrap_err(), OpenError::TooNew { .. }));
}

#[tokio::test]
async fn a_creation_that_was_cut_short_is_begun_again() {
    let (_folder, file) = place();
    std::fs::write(&file, "").unwrap();
    open(&file).await.close().await;
    let (_folder, file) = place();
    meddle(&file, "PRAGMA journal_mode = WAL").await.unwrap();
    assert_ne!(std::fs::metadata(&file).unwrap().len(), 0);
    open(&file).await.close().await;
}

#[tokio::test]
async fn a_log_is_called_what_it_was_created_as() {
    let (_folder, file) = place();
    filled(&file, 1).await;
    let mut other = settings();
    other.store_id = StoreId::derived("another");
    let log = SqliteLog::open(&file, Arc::new(StillClock), other).await.unwrap();
    assert_eq!(log.reader().store_id(), StoreId::derived("test").as_str());
    assert_ne!(StoreId::random().unwrap(), StoreId::random().unwrap());
}

#[tokio::test]
async fn a_second_bot_is_refused_by_whatever_name_it_calls_the_file() {
    let (folder, file) = place();
    let log = open(&file).await;
    let link = folder.path().join("link.log");
    symlink(&file, &link).unwrap();
    for name in [&file, &link, &folder.path().join("../").join(folder.path().file_name().unwrap()).join("bot.log")] {
        let error = refusal(name).await;
        let pid = std::process::id();
        assert!(
            error.to_string().ends_with(&format!("is owned by process {pid}: one bot owns a log; end that one first")),
            "{error}"
        );
    }
    log.close().await;
    open(&link).await.close().await;
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let (folder, _) = place();
    let error = refusal(&folder.path().join("nowhere/bot.log")).await;
    assert!(error.to_string().contains("nowhere/bot.log cannot be used: No such file or directory"), "{error}");
    let error = SqliteLog::open_read_only(&folder.path().join("bot.log")).await.unwrap_err();
    assert!(error.to_string().starts_with("there is no log at "), "{error}");
}

#[tokio::test]
async fn readers_see_what_is_durable_while_a_bot_writes_and_write_nothing() {
    let (_folder, file) = place();
    filled(&file, 2).await;
    let log = open(&file).await;
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    assert_eq!(reader.after(Position(0), 9).await.unwrap().len(), 2);
    append(&log, "bot", 0, "new").await.unwrap();
    assert_eq!(reader.newest().await.unwrap().unwrap().position, Position(3));
}

/// Runs the real program as a user who owns nothing, or as ourselves if we are nobody special anyway.
fn as_nobody(folder: &Path) -> Command {
    let program = folder.join("changeover");
    copy(Path::new(env!("CARGO_BIN_EXE_changeover")), &program);
    let mut command = Command::new(&program);
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    command
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_named_with_a_way_out() {
    let (folder, file) = place();
    filled(&file, 2).await;
    let mut command = as_nobody(folder.path());
    for name in ["bot.log", "changeover"] {
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o555)).unwrap();
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let output = command.args(["log", "verify"]).arg(&file).output().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot be read where it is: SQLite must write a file beside it"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
