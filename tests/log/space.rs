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
