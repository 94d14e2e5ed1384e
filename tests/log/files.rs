//! The files themselves: for whom they are, who may make one, and what is said of one that may not be written.

use std::fs::{File, Permissions};
use std::io::{BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use changeover::log::lines::Format;
use changeover::log::sqlite::{BackupError, ImportError, Snapshot, SqliteLog, import};
use events::number::Position;
use rustix::fs::{FlockOperation, flock};

use crate::kit::{append, filled, open, place, try_open, until};
use crate::processes::{child_of, copy, file_from_parent, said, say};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Every name in the folder and its mode.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap());
    let mut modes: Vec<_> = entries.map(|it| (it.file_name().into_string().unwrap(), mode(&it.path()))).collect();
    modes.sort();
    modes
}

#[tokio::test]
async fn every_file_of_a_log_is_for_its_user_alone() {
    let (folder, file) = place();
    let log = open(&file).await;
    append(&log, "bot", 0, "a").await.unwrap();
    log.reader().save_snapshot(&Snapshot { position: Position(1), bytes: vec![1] }, "build").await.unwrap();
    log.reader().backup(&folder.path().join("copy.log")).await.unwrap();
    let mut lines = Vec::new();
    log.reader().export(Format::Ndjson, Position(0), &mut lines).await.unwrap();
    import(&folder.path().join("new.log"), lines.as_slice()).await.unwrap();
    let suffixes = ["", "-shm", "-wal", ".ballast", ".lock", ".snapshot"].map(|it| format!("bot.log{it}"));
    let found = modes(folder.path());
    for name in suffixes.iter().map(String::as_str).chain(["copy.log", "new.log"]) {
        assert!(found.iter().any(|(it, _)| it == name), "{name} is not there: {found:?}");
    }
    assert!(found.iter().all(|(_, mode)| *mode == 0o600), "{found:?}");
    log.close().await;
}

#[tokio::test]
async fn a_log_that_somebody_has_opened_to_others_stays_open_to_them() {
    let (folder, file) = place();
    filled(&file, 1).await;
    std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    let log = open(&file).await;
    append(&log, "bot", 0, "b").await.unwrap();
    assert_eq!(mode(&file), 0o640);
    assert_eq!(mode(&folder.path().join("bot.log-wal")), 0o640);
    log.close().await;
}

#[tokio::test]
async fn two_imports_into_one_file_do_not_disturb_each_other() {
    let (folder, file) = place();
    filled(&file, 4).await;
    let mut lines = Vec::new();
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    reader.export(Format::Ndjson, Position(0), &mut lines).await.unwrap();
    let to = folder.path().join("new.log");
    let draft = folder.path().join("new.log.importing");
    // What a dead import left behind is in nobody's way.
    std::fs::write(&draft, "half a log").unwrap();

    let (mut pipe, end) = UnixStream::pair().unwrap();
    let (begin, rest) = lines.split_at(lines.len() / 2);
    pipe.write_all(begin).unwrap();
    let first = {
        let to = to.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(import(&to, BufReader::new(end)))
        })
    };
    until("the first import", || std::fs::metadata(&draft).is_ok_and(|it| it.len() == 0 || it.len() > 10)).await;
    for _ in 0..2 {
        let error = import(&to, lines.as_slice()).await.unwrap_err();
        assert!(matches!(&error, ImportError::Busy(_)), "{error}");
        assert!(error.to_string().ends_with("new.log is underway; nothing was imported"), "{error}");
    }
    pipe.write_all(rest).unwrap();
    drop(pipe);
    let head = first.join().unwrap().unwrap();
    assert_eq!(head.position, Position(4));
    let reader = SqliteLog::open_read_only(&to).await.unwrap();
    assert_eq!(reader.verify(Some(head), |_| {}).await.unwrap().event_count, 4);
    assert!(matches!(import(&to, lines.as_slice()).await.unwrap_err(), ImportError::Exists(_)));
    assert!(!draft.exists());
}

#[tokio::test]
async fn two_backups_to_one_file_do_not_disturb_each_other() {
    let (folder, file) = place();
    filled(&file, 4).await;
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    let to = folder.path().join("copy.log");
    let draft = folder.path().join("copy.log.copying");
    std::fs::write(&draft, "half a copy").unwrap();
    let other = File::open(&draft).unwrap();
    flock(&other, FlockOperation::NonBlockingLockExclusive).unwrap();
    let error = reader.backup(&to).await.unwrap_err();
    assert!(matches!(&error, BackupError::Busy(_)), "{error}");
    assert_eq!(std::fs::read(&draft).unwrap(), b"half a copy", "it is somebody's");
    drop(other);
    let head = reader.backup(&to).await.unwrap();
    let copy = SqliteLog::open_read_only(&to).await.unwrap();
    assert_eq!(copy.verify(Some(head), |_| {}).await.unwrap().event_count, 4);
    assert!(!draft.exists());
}

#[tokio::test]
#[ignore = "a child of the test below"]
async fn asks_for_a_log() {
    let Some(file) = file_from_parent() else { return };
    match try_open(&file).await {
        Ok(_) => say("open"),
        Err(error) => say(&error.to_string()),
    }
}

/// What a user who owns nothing is told about a log; ourselves, if we are nobody special anyway.
fn told_to_nobody(folder: &Path, file: &Path) -> String {
    let program = folder.join("program");
    copy(&std::env::current_exe().unwrap(), &program);
    let mut command = Command::new("env");
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let output = child_of(command, &program, "files::asks_for_a_log", file).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let [told] = said(&output.stdout).try_into().unwrap();
    told
}

#[tokio::test]
async fn a_log_or_a_folder_that_may_not_be_written_is_refused_at_once_and_stays_as_it_is() {
    let (folder, _) = place();
    let inner = folder.path().join("log");
    std::fs::create_dir(&inner).unwrap();
    let file = inner.join("bot.log");
    filled(&file, 2).await;
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let before = std::fs::read(&file).unwrap();
    let set = |folder_mode, file_mode| {
        std::fs::remove_file(inner.join("bot.log.lock")).unwrap_or_default();
        std::fs::set_permissions(&file, Permissions::from_mode(file_mode)).unwrap();
        std::fs::set_permissions(&inner, Permissions::from_mode(folder_mode)).unwrap();
    };
    for (folder_mode, file_mode, told) in [
        (0o777, 0o444, "bot.log cannot be opened: this user may not write the file, or not its folder"),
        (0o777, 0o000, "bot.log cannot be used: Permission denied"),
        (0o555, 0o444, "bot.log.lock cannot be used: Permission denied"),
        (0o555, 0o666, "bot.log.lock cannot be used: Permission denied"),
    ] {
        set(folder_mode, file_mode);
        let said = told_to_nobody(folder.path(), &file);
        set(0o777, 0o644);
        assert!(said.contains(told), "{folder_mode:o} {file_mode:o}: {said}");
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
    let log = open(&file).await;
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, 2);
}
