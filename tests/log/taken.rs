//! A log that is taken away from a running bot: moved, copied, or its lock deleted by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use changeover::engine::Book;
use changeover::log::sqlite::{OpenError, SqliteLog};
use changeover::ports::{AppendError, Log as _, LogReader as _};
use events::fold::State;
use events::number::Position;

use crate::kit::{append, draft, expected, open, place, try_open};

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Moves the log and what `suffixes` name, and puts copies in their place.
fn replace_by_copies(file: &Path, suffixes: &[&str]) -> PathBuf {
    let moved = file.with_file_name("moved.log");
    for suffix in suffixes {
        std::fs::rename(beside(file, suffix), beside(&moved, suffix)).unwrap();
        std::fs::copy(beside(&moved, suffix), beside(file, suffix)).unwrap();
    }
    moved
}

/// A bot that appended once.
async fn first(file: &Path) -> SqliteLog {
    let log = open(file).await;
    log.begin_epoch().await.unwrap();
    append(&log, "bot", 0, "first").await.unwrap();
    log
}

#[tokio::test]
async fn a_bot_whose_log_was_moved_away_appends_nothing_anywhere_and_says_why() {
    // SQLite's own files are moved along by some people, and forgotten by others.
    for suffixes in [["", "-wal", "-shm"].as_slice(), &[""]] {
        let (_folder, file) = place();
        let first = first(&file).await;
        let moved = replace_by_copies(&file, suffixes);
        let error = append(&first, "bot", 1, "lost").await.unwrap_err();
        assert!(matches!(&error, AppendError::Lost(_)), "{error}");
        let told = format!("the log {} was replaced by another file; another one may have taken over", file.display());
        assert!(error.to_string().ends_with(&told), "{error}");
        // A repeat of what is in both files is no append.
        append(&first, "bot", 0, "first").await.unwrap();
        assert!(first.lost().await.contains("was replaced by another file"));
        assert!(!first.is_ours());

        // The lock was left where it is, so nobody else may begin before the first one ends.
        assert!(matches!(try_open(&file).await.unwrap_err(), OpenError::Owned { .. }));
        std::fs::remove_file(beside(&file, ".lock")).unwrap();
        let second = open(&file).await;
        let epoch = second.begin_epoch().await.unwrap().0;
        second.append(expected("bot", 1, epoch), vec![draft("second")]).await.unwrap();
        assert!(matches!(append(&first, "bot", 1, "lost").await.unwrap_err(), AppendError::Lost(_)));
        // Nor does it take the second one's files with it when it goes.
        first.close().await;
        second.append(expected("bot", 2, epoch), vec![draft("third")]).await.unwrap();
        second.close().await;
        let again = open(&file).await;
        assert_eq!(again.reader().verify(None, |_| {}).await.unwrap().event_count, 3);
        let ids: Vec<_> = again.after(Position(0), 9).await.unwrap().into_iter().map(|it| it.event_id.0).collect();
        assert_eq!(ids, ["first", "second", "third"]);
        if suffixes.len() > 1 {
            let left = SqliteLog::open_read_only(&moved).await.unwrap();
            assert_eq!(left.newest().await.unwrap().unwrap().position, Position(1));
        }
    }
}

#[tokio::test]
async fn a_bot_whose_log_or_lock_is_gone_is_told_so() {
    for (suffix, told) in [("", "the log "), (".lock", "its lock ")] {
        let (_folder, file) = place();
        let first = first(&file).await;
        std::fs::rename(beside(&file, suffix), file.with_file_name("away")).unwrap();
        let lost = first.lost().await;
        assert!(lost.starts_with(told) && lost.contains(" is gone (No such file or directory"), "{lost}");
        first.close().await;
    }
}

#[tokio::test]
async fn a_log_that_was_closed_is_never_lost() {
    let (_folder, file) = place();
    let first = first(&file).await;
    first.close().await;
    std::fs::remove_file(&file).unwrap();
    assert!(first.is_ours());
    tokio::select! {
        biased;
        lost = first.lost() => panic!("{lost}"),
        () = std::future::ready(()) => {}
    }
}

/// What the engine asks before it goes on with what it finds begun in the log.
#[tokio::test]
async fn a_bot_that_reads_of_a_newer_one_knows_that_it_is_fenced() {
    let (_folder, file) = place();
    let first = Arc::new(open(&file).await);
    let old = first.begin_epoch().await.unwrap();
    let book = Book::new(first.clone(), State::default(), old);
    first.append(expected("bot", 0, old.0), vec![draft("first")]).await.unwrap();
    book.catch_up().await.unwrap();
    book.assert_not_fenced().unwrap();
    std::fs::remove_file(beside(&file, ".lock")).unwrap();
    let second = open(&file).await;
    let new = second.begin_epoch().await.unwrap();
    second.append(expected("bot", 1, new.0), vec![draft("second")]).await.unwrap();
    book.catch_up().await.unwrap();
    let error = book.assert_not_fenced().unwrap_err();
    assert!(matches!(&error, AppendError::Fenced { epoch, current } if (*epoch, *current) == (old, new)), "{error}");
}
