//! Appends: versions, epochs, ids, groups.

use std::sync::Arc;

use crate::kit::StillClock;
use changeover::log::sqlite::SqliteLog;
use changeover::ports::{AppendError, Log as _, LogReader as _};
use events::chain::{Hash, link};
use events::envelope::Stream;
use events::number::{Epoch, Position, Version};

use crate::kit::{append, draft, expected, open, place, settings};

#[tokio::test]
async fn what_was_appended_is_what_is_read_by_position_and_by_stream() {
    let (_folder, file) = place();
    let log = open(&file).await;
    let mut caused = draft("b");
    caused.causation = Some(events::envelope::EventId("a".to_owned()));
    caused.payload = "{\"text\":\"„Ümlaut“ \\u0000 \\n 🎬\"}".to_owned();
    let first = log.append(expected("shop/production", 0, 1), vec![draft("a"), caused]).await.unwrap();
    let second = append(&log, "bot", 0, "c").await.unwrap();

    assert_eq!(*log.head().borrow(), Position(3));
    let all: Vec<_> = first.iter().chain(&second).cloned().collect();
    assert_eq!(log.after(Position(0), 100).await.unwrap(), all);
    assert_eq!(log.after(Position(1), 1).await.unwrap(), all[1..2]);
    assert_eq!(log.after(Position(3), 1).await.unwrap(), []);
    let shop = Stream("shop/production".to_owned());
    assert_eq!(log.stream_after(&shop, Version(1), 9).await.unwrap(), first[1..]);
    assert_eq!(log.stream_after(&Stream("nobody".to_owned()), Version(0), 9).await.unwrap(), []);

    let mut previous = Hash::genesis(log.reader().store_id());
    for event in &all {
        assert_eq!((event.previous_hash, event.hash), (previous, link(event)));
        previous = event.hash;
    }
    log.close().await;
    assert_eq!(open(&file).await.after(Position(0), 100).await.unwrap(), all);
}

#[tokio::test]
async fn an_append_on_an_old_version_writes_nothing() {
    let (_folder, file) = place();
    let log = open(&file).await;
    append(&log, "bot", 0, "a").await.unwrap();
    for version in [0, 2, u64::MAX] {
        let error = log.append(expected("bot", version, 1), vec![draft("b"), draft("c")]).await.unwrap_err();
        assert_eq!(error.to_string(), format!("bot is at version 1, not {version}: somebody else was faster"));
    }
    assert_eq!(log.after(Position(0), 9).await.unwrap().len(), 1);
    append(&log, "bot", 1, "b").await.unwrap();
}

#[tokio::test]
async fn a_repeated_append_is_told_what_was_recorded_however_far_the_stream_has_moved() {
    let (_folder, file) = place();
    let log = open(&file).await;
    let once = log.append(expected("bot", 0, 1), vec![draft("a"), draft("b")]).await.unwrap();
    append(&log, "bot", 2, "c").await.unwrap();
    let twice = log.append(expected("bot", 0, 1), vec![draft("a"), draft("b")]).await.unwrap();
    assert_eq!(once, twice);
    // With the version of today, and by a later executor, it is still the same event.
    let later = log.append(expected("bot", 3, 2), vec![draft("a"), draft("b")]).await.unwrap();
    assert_eq!(once, later);
    log.close().await;
    let log = open(&file).await;
    assert_eq!(log.append(expected("bot", 0, 1), vec![draft("a"), draft("b")]).await.unwrap(), once);
    assert_eq!(*log.head().borrow(), Position(3));
}

#[tokio::test]
async fn an_id_is_for_one_content_only() {
    let (_folder, file) = place();
    let log = open(&file).await;
    append(&log, "bot", 0, "a").await.unwrap();
    let changes: [fn(&mut events::envelope::Draft); 6] = [
        |it| it.payload = "{}".to_owned(),
        |it| it.kind.push('x'),
        |it| it.schema_version = 2,
        |it| it.actor = events::actor::Actor::console(0),
        |it| it.correlation.0.push('x'),
        |it| it.causation = Some(events::envelope::EventId(String::new())),
    ];
    for change in changes {
        let mut other = draft("a");
        change(&mut other);
        for version in [0, 1] {
            let error = log.append(expected("bot", version, 1), vec![other.clone()]).await.unwrap_err();
            assert!(matches!(&error, AppendError::Forged(id) if id.as_str() == "a"), "{error}");
        }
    }
    let elsewhere = log.append(expected("shop/production", 0, 1), vec![draft("a")]).await.unwrap_err();
    assert!(matches!(elsewhere, AppendError::Forged(_)), "{elsewhere}");
    let mixed = log.append(expected("bot", 1, 1), vec![draft("a"), draft("b")]).await.unwrap_err();
    assert!(matches!(mixed, AppendError::Forged(_)), "{mixed}");
    assert_eq!(*log.head().borrow(), Position(1));
}

#[tokio::test]
async fn an_older_epoch_appends_nothing_and_is_not_even_told_of_a_repeat() {
    let (_folder, file) = place();
    let log = open(&file).await;
    let first = log.begin_epoch().await.unwrap();
    assert_eq!(first, Epoch(1));
    append(&log, "bot", 0, "a").await.unwrap();
    let second = log.begin_epoch().await.unwrap();
    for id in ["a", "b"] {
        let error = append(&log, "bot", 0, id).await.unwrap_err();
        assert_eq!(error.to_string(), "epoch 1 was fenced by epoch 2: another bot has taken over this log");
    }
    log.append(expected("bot", 1, second.0), vec![draft("b")]).await.unwrap();
    log.close().await;
    let log = open(&file).await;
    assert_eq!(log.epoch_at_opening(), second);
    assert!(matches!(append(&log, "bot", 2, "c").await.unwrap_err(), AppendError::Fenced { .. }));
    assert_eq!(log.begin_epoch().await.unwrap(), Epoch(3));
}

#[tokio::test]
async fn one_callers_error_fails_nobody_else_in_the_batch() {
    let (_folder, file) = place();
    let log = Arc::new(open(&file).await);
    append(&log, "bot", 0, "taken").await.unwrap();
    let tasks: Vec<_> = (0..600_u64)
        .map(|index| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let stream = format!("stream/{index}");
                match index % 6 {
                    0 => append(&log, &stream, 7, &format!("bad/{index}")).await,
                    1 => append(&log, "bot", 1, "taken").await,
                    2 => log.append(expected(&stream, 0, 0), vec![draft(&format!("old/{index}"))]).await,
                    3 => append(&log, "bot", 0, "taken").await,
                    _ => append(&log, &stream, 0, &format!("good/{index}")).await,
                }
            })
        })
        .collect();
    let mut good = 0;
    for (index, task) in tasks.into_iter().enumerate() {
        let outcome = task.await.unwrap();
        match (index % 6, outcome) {
            (0, Err(AppendError::Moved { .. })) | (2, Err(AppendError::Fenced { .. })) => {}
            (1 | 3, Ok(events)) => assert_eq!(events[0].position, Position(1)),
            (4 | 5, Ok(events)) => {
                assert_eq!(events[0].stream.as_str(), format!("stream/{index}"));
                good += 1;
            }
            (_, other) => panic!("{index}: {other:?}"),
        }
    }
    assert_eq!((good, *log.head().borrow()), (200, Position(201)));
    log.reader().verify(None, |_| {}).await.unwrap();
}

/// Callers race for the same stream: each retries until its event is in. Every event gets in exactly once, in the order
/// of positions, whatever the groups were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_on_few_streams_lose_nothing_and_double_nothing() {
    let (_folder, file) = place();
    let log = Arc::new(open(&file).await);
    let tasks: Vec<_> = (0..64_u64)
        .map(|caller| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let stream = format!("stream/{}", caller % 4);
                let mut version = 0;
                for round in 0..10 {
                    let id = format!("{caller}/{round}");
                    loop {
                        let drafts = vec![draft(&id), draft(&format!("{id}/too"))];
                        match log.append(expected(&stream, version, 1), drafts).await {
                            Ok(events) => {
                                version = events[1].version.0;
                                break;
                            }
                            Err(AppendError::Moved { actual, .. }) => version = actual.0,
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let events = log.after(Position(0), usize::MAX).await.unwrap();
    assert_eq!(events.len(), 64 * 10 * 2);
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| &event.event_id).collect();
    assert_eq!(ids.len(), events.len());
    for pair in events.chunks(2) {
        assert_eq!(pair[1].event_id.as_str(), format!("{}/too", pair[0].event_id), "all or none, side by side");
    }
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, 1280);
}

#[tokio::test]
async fn one_append_may_be_larger_than_a_batch_and_is_still_all_or_none() {
    let (_folder, file) = place();
    let log = open(&file).await;
    let mut drafts: Vec<_> = (0..1300).map(|index| draft(&format!("event/{index}"))).collect();
    assert_eq!(log.append(expected("bot", 0, 1), drafts.clone()).await.unwrap().len(), 1300);
    for draft in &mut drafts {
        draft.event_id.0.push('x');
    }
    drafts[1200] = draft("event/7");
    assert!(matches!(log.append(expected("bot", 1300, 1), drafts).await.unwrap_err(), AppendError::Forged(_)));
    assert_eq!(log.reader().verify(None, |_| {}).await.unwrap().event_count, 1300);
    assert_eq!(log.append(expected("bot", 1300, 1), vec![]).await.unwrap(), []);
}

#[tokio::test]
async fn a_caller_that_stops_waiting_does_not_stop_its_append() {
    let (_folder, file) = place();
    let log = Arc::new(open(&file).await);
    let mut head = log.head();
    let waiting = {
        let log = Arc::clone(&log);
        async move { append(&log, "bot", 0, "a").await }
    };
    tokio::select! {
        biased;
        _ = waiting => panic!("an append that is durable at once is none"),
        () = std::future::ready(()) => {}
    }
    head.wait_for(|it| *it == Position(1)).await.unwrap();
    assert_eq!(append(&log, "bot", 0, "a").await.unwrap()[0].position, Position(1));
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_before_it_is_queued() {
    let (_folder, file) = place();
    let log = open(&file).await;
    let mut large = draft("a");
    large.payload = format!("\"{}\"", "x".repeat(64 * 1024));
    let error = log.append(expected("bot", 0, 1), vec![large]).await.unwrap_err();
    assert_eq!(error.to_string(), "a payload of 65538 bytes is over the limit of 65536");
    let mut odd = draft("a");
    odd.payload = "{".to_owned();
    let error = log.append(expected("bot", 0, 1), vec![odd]).await.unwrap_err();
    assert!(matches!(error, AppendError::Malformed(..)), "{error}");
    for (stream, epoch) in [("b\u{1e}t", 1), ("", 1), ("bot", u64::MAX)] {
        let error = log.append(expected(stream, 0, epoch), vec![draft("a")]).await.unwrap_err();
        assert!(matches!(error, AppendError::Broken(..)), "{error}");
    }
    append(&log, "bot", 0, "a").await.unwrap();
}

#[tokio::test]
async fn after_closing_an_append_says_so_and_what_was_queued_is_written() {
    let (_folder, file) = place();
    let log = Arc::new(open(&file).await);
    let tasks: Vec<_> = (0..50_u64)
        .map(|index| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { append(&log, &format!("s/{index}"), 0, &format!("e/{index}")).await })
        })
        .collect();
    tokio::task::yield_now().await;
    log.close().await;
    log.close().await;
    let mut written = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => written += 1,
            Err(AppendError::Closed) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert!(matches!(append(&log, "bot", 0, "z").await.unwrap_err(), AppendError::Closed));
    let log = SqliteLog::open(&file, Arc::new(StillClock), settings()).await.unwrap();
    assert_eq!(*log.head().borrow(), Position(written));
    assert!(written > 0, "the first callers were there before the closing");
}
