//! Scans, partial checks and snapshots.

use changeover::log::sqlite::{Snapshot, SqliteLog, VerifyError};
use changeover::ports::{Log as _, LogReader as _, ReadError};
use events::number::{Position, Version};

use crate::kit::{append, draft, expected, filled, meddle, open, place};

#[tokio::test]
async fn a_scan_over_many_pages_shows_each_event_once_and_in_order() {
    let (_folder, file) = place();
    let log = open(&file).await;
    let drafts = (0..1000).map(|index| draft(&format!("event/{index}"))).collect();
    let all = log.append(expected("bot", 0, 1), drafts).await.unwrap();
    for begin in [0, 1, 255, 256, 257, 999, 1000, 5000] {
        let mut seen = Vec::new();
        let end = log
            .reader()
            .fold_pages::<ReadError>(Position(begin), |page| {
                assert!(page.len() <= 256);
                seen.extend(page);
                Ok(())
            })
            .await
            .unwrap();
        let begin_index = usize::try_from(begin).unwrap().min(1000);
        assert_eq!(seen, all[begin_index..]);
        assert_eq!(end, Position(begin.max(1000)));
        assert_eq!(log.stream_after(&all[0].stream, Version(begin), 2000).await.unwrap(), seen);
    }
    let stopped = log.reader().fold_pages(Position(0), |_| Err(ReadError("enough".to_owned()))).await.unwrap_err();
    assert_eq!(stopped.to_string(), "the log cannot be read: enough");
}

#[tokio::test]
async fn a_scan_over_a_gap_is_an_error_and_not_a_shorter_log() {
    let (_folder, file) = place();
    filled(&file, 6).await;
    meddle(&file, "DROP TRIGGER events_not_deleted; DELETE FROM events WHERE position = 3").await.unwrap();
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    let error = reader.fold_pages::<ReadError>(Position(0), |_| Ok(())).await.unwrap_err();
    assert_eq!(error.to_string(), "the log cannot be read: event 3 is missing");
    let stream = events::envelope::Stream("shop/production".to_owned());
    let error = reader.stream_after(&stream, Version(0), 9).await.unwrap_err();
    assert_eq!(error.to_string(), "the log cannot be read: version 2 of shop/production is missing");
}

#[tokio::test]
async fn a_check_from_a_position_trusts_what_is_before_and_nothing_after() {
    let (_folder, file) = place();
    filled(&file, 600).await;
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    let mut steps = Vec::new();
    let verified = reader.verify_from(Position(100), |at| steps.push(at.0)).await.unwrap();
    assert_eq!((verified.event_count, verified.head.position), (500, Position(600)));
    assert_eq!(steps, [356, 600]);
    assert_eq!(reader.verify_from(Position(0), |_| {}).await.unwrap().event_count, 600);
    assert_eq!(reader.verify_from(Position(600), |_| {}).await.unwrap().event_count, 0);
    meddle(&file, "DROP TRIGGER events_not_updated; UPDATE events SET payload = '{}' WHERE position = 300")
        .await
        .unwrap();
    let error = reader.verify_from(Position(299), |_| {}).await.unwrap_err();
    assert!(matches!(&error, VerifyError::Damaged(it) if it.position == Some(Position(300))), "{error}");
    assert_eq!(reader.verify_from(Position(300), |_| {}).await.unwrap().event_count, 300);
    let error = reader.verify_from(Position(601), |_| {}).await.unwrap_err();
    assert!(matches!(&error, VerifyError::Damaged(it) if it.position == Some(Position(601))), "{error}");
}

#[tokio::test]
async fn a_snapshot_is_there_until_anything_about_it_is_wrong() {
    let (folder, file) = place();
    let log = open(&file).await;
    append(&log, "bot", 0, "a").await.unwrap();
    let reader = log.reader();
    let path = folder.path().join("bot.log.snapshot");
    let snapshot = Snapshot { position: Position(1), bytes: b"one\ntwo\n\0".to_vec() };
    assert_eq!(reader.load_snapshot("1.0").await, None);

    reader.save_snapshot(&snapshot, "1.0").await.unwrap();
    assert_eq!(reader.load_snapshot("1.0").await.as_ref(), Some(&snapshot));
    assert_eq!(reader.load_snapshot("1.1").await, None, "another build");
    assert!(!path.exists(), "and it is gone");

    reader.save_snapshot(&snapshot, "1.0").await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    for length in [0, 5, whole.len() - 10, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(reader.load_snapshot("1.0").await, None, "cut at {length}");
    }
    for at in (0..whole.len()).step_by(7) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        assert_eq!(reader.load_snapshot("1.0").await, None, "flipped at {at}");
    }
    let beyond = Snapshot { position: Position(2), ..snapshot.clone() };
    reader.save_snapshot(&beyond, "1.0").await.unwrap();
    assert_eq!(reader.load_snapshot("1.0").await, None, "the log ends before it");

    // Another log, of which an event at the same position exists.
    reader.save_snapshot(&snapshot, "1.0").await.unwrap();
    let (_other_folder, other_file) = place();
    let other = open(&other_file).await;
    append(&other, "bot", 0, "b").await.unwrap();
    std::fs::copy(&path, other_file.with_extension("log.snapshot")).unwrap();
    assert_eq!(other.reader().load_snapshot("1.0").await, None);
    assert_eq!(reader.load_snapshot("1.0").await, Some(snapshot));
}
