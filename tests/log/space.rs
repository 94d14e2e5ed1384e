//! No space: nothing half-written, everything readable, and on it goes once there is some.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use crate::kit::StillClock;
use changeover::log::sqlite::SqliteLog;
use changeover::ports::{AppendError, Log as _};
use events::number::Position;

use crate::kit::{append, draft, expected, open, place, settings, until};
use crate::processes::{child, said};

fn bulky(id: &str) -> events::envelope::Draft {
    let mut bulky = draft(id);
    bulky.payload = format!("\"{}\"", "x".repeat(10_000));
    bulky
}

/// Appends until the log says that it is full, and returns how many events got in.
async fn fill(log: &SqliteLog) -> u64 {
    for index in 0..10_000 {
        match log.append(expected("bot", index, 1), vec![bulky(&format!("event/{index}"))]).await {
            Ok(_) => {}
            Err(AppendError::Full) => return index,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("there was always space");
}

#[tokio::test]
async fn a_full_log_is_whole_says_so_and_goes_on_when_there_is_space() {
    let (folder, file) = place();
    let mut small = settings();
    small.page_limit = Some(100);
    let log = SqliteLog::open(&file, Arc::new(StillClock), small).await.unwrap();
    assert!(!log.is_short_of_space());
    let ballast = folder.path().join("bot.log.ballast");
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), 64 * 1024);

    let count = fill(&log).await;
    assert!(count > 10, "{count}");
    assert!(log.is_short_of_space());
    assert!(!ballast.exists(), "the ballast was given up");
    assert_eq!(*log.head().borrow(), Position(count));
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, count);
    let error = log.append(expected("bot", count, 1), vec![bulky("x")]).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the disk is full: nothing was written and no step begins until there is space; the log can still be read"
    );

    log.allow_pages(1_000).await;
    log.append(expected("bot", count, 1), vec![bulky("x")]).await.unwrap();
    until("the ballast", || !log.is_short_of_space() && ballast.exists()).await;
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, count + 1);
    log.close().await;
}

/// A transaction of several statements that runs out of space in the middle leaves nothing, also not in the driver.
#[tokio::test]
async fn a_large_append_that_does_not_fit_leaves_nothing_and_fits_later() {
    let (_folder, file) = place();
    let mut small = settings();
    small.page_limit = Some(40);
    let log = SqliteLog::open(&file, Arc::new(StillClock), small).await.unwrap();
    append(&log, "bot", 0, "first").await.unwrap();
    let drafts: Vec<_> = (0..1300).map(|index| draft(&format!("event/{index}"))).collect();
    for _ in 0..2 {
        let outcome = log.append(expected("bot", 1, 1), drafts.clone()).await.map(|events| events.len());
        assert!(matches!(outcome, Err(AppendError::Full)), "{outcome:?}");
    }
    log.allow_pages(10_000).await;
    log.append(expected("bot", 1, 1), drafts).await.unwrap();
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, 1301);
}

/// Errors of the disk that are not "full": the kernel refuses to let the files grow.
#[test]
fn a_disk_that_answers_with_errors_loses_nothing_and_is_used_again_when_it_is_well() {
    let (_folder, file) = place();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    let output = child(shell, "space::outlives_a_disk", &file).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(said(&output.stdout), ["done"]);
}

#[tokio::test]
#[ignore = "a child of the test above"]
async fn outlives_a_disk() {
    let Some(file) = crate::processes::file_from_parent() else { return };
    let log = open(&file).await;
    let limit = |bytes| {
        let maximum = rustix::process::getrlimit(rustix::process::Resource::Fsize).maximum;
        let limit = rustix::process::Rlimit { current: bytes, maximum };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    };
    let mut version = 0;
    for round in 0..3 {
        append(&log, "bot", version, &format!("good/{round}")).await.unwrap();
        version += 1;
        limit(Some(log.wal_bytes()));
        for attempt in 0..2 {
            let error = append(&log, "bot", version, &format!("bad/{round}/{attempt}")).await.unwrap_err().to_string();
            assert!(error.contains("the disk answered with an error; look at `dmesg`"), "{error}");
        }
        limit(None);
        append(&log, "bot", version, &format!("bad/{round}/1")).await.unwrap();
        version += 1;
    }
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, version);
    log.close().await;
    assert_eq!(*open(&file).await.head().borrow(), Position(version));
    crate::processes::say("done");
}

/// A real file system that is full, in a mount namespace of its own that dies with the child. Where that is not
/// allowed, the test above has to do.
#[test]
fn the_ballast_lets_what_is_underway_be_written_on_a_full_disk() {
    let (folder, file) = place();
    let may_mount = Command::new("unshare").args(["-m", "true"]).status().is_ok_and(|it| it.success());
    if !may_mount {
        return;
    }
    let mount = format!("mount -t tmpfs -o size=3m none '{}' && exec \"$0\" \"$@\"", folder.path().display());
    let mut unshare = Command::new("unshare");
    unshare.args(["-m", "sh", "-c", &mount]);
    let output = child(unshare, "space::fills_a_disk", &file).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said(&output.stdout), ["done"], "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
#[ignore = "a child of the test above"]
async fn fills_a_disk() {
    let Some(file) = crate::processes::file_from_parent() else { return };
    let log = open(&file).await;
    assert!(!log.is_short_of_space());
    // Somebody else takes all the space there is.
    let filler: PathBuf = file.with_extension("filler");
    let taken = std::io::copy(&mut std::io::repeat(1), &mut std::fs::File::create(&filler).unwrap());
    assert_eq!(taken.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    // The WAL has no frame to use again: the first append needs new space, and gets that of the ballast.
    let mut version = 0;
    while !log.is_short_of_space() {
        append(&log, "bot", version, &format!("early/{version}")).await.unwrap();
        version += 1;
    }
    let first = version;
    loop {
        match append(&log, "bot", version, &format!("late/{version}")).await {
            Ok(_) => version += 1,
            Err(AppendError::Full) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(version > first, "the ballast was worth {} events", version - first);
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, version);
    assert!(log.is_short_of_space());
    std::fs::remove_file(&filler).unwrap();
    append(&log, "bot", version, "after").await.unwrap();
    until("the ballast", || !log.is_short_of_space()).await;
    log.close().await;
    let log = open(&file).await;
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, version + 1);
    crate::processes::say("done");
}
