//! Damage: what each kind looks like, and who finds it.

use std::os::unix::fs::FileExt as _;
use std::path::Path;

use changeover::log::chain::Head;
use changeover::log::sqlite::{SqliteLog, VerifyError};
use changeover::ports::{Log as _, LogReader as _};
use events::chain::{Hash, link};
use events::number::Position;
use expect_test::expect;

use crate::kit::{append, filled, meddle, open, place, stranger};

async fn verdict(file: &Path, head: Option<Head>) -> String {
    let reader = SqliteLog::open_read_only(file).await.unwrap();
    match reader.verify(head, |_| {}).await {
        Ok(verified) => format!("{} events are fine", verified.event_count),
        Err(VerifyError::Damaged(damage)) => damage.to_string(),
        Err(VerifyError::Unread(error)) => panic!("{error}"),
    }
}

const WITHOUT_TRIGGERS: &str = "DROP TRIGGER events_not_updated; DROP TRIGGER events_not_deleted; \
                                DROP TRIGGER events_append_only; DROP TRIGGER meta_not_updated;";

/// What somebody who drops the triggers first does to the rows, and what is said of it; the triggers are put back.
async fn after(sql: &str) -> String {
    let (_folder, file) = place();
    filled(&file, 6).await;
    let schema = include_str!("../../src/log/sqlite/schema.sql");
    let triggers: String =
        schema.split("\n\n").filter_map(|it| it.find("CREATE TRIGGER").map(|at| &it[at..])).collect();
    let kept =
        triggers.split_inclusive("END;").filter(|it| !it.contains("meta_written") && !it.contains("meta_not_del"));
    meddle(&file, &format!("{WITHOUT_TRIGGERS} {sql}; {}", kept.collect::<String>())).await.unwrap();
    verdict(&file, None).await
}

#[tokio::test]
async fn verify_names_what_was_done_and_what_to_do() {
    let swap = "UPDATE events SET position = 99 WHERE position = 3; UPDATE events SET position = 3 WHERE position = 4; \
                UPDATE events SET position = 4 WHERE position = 99";
    let said = [
        after("SELECT 1").await,
        after("UPDATE events SET payload = replace(payload, 'event/2', 'event/x') WHERE position = 3").await,
        after("DELETE FROM events WHERE position = 3").await,
        after("DELETE FROM events WHERE position = 1").await,
        after(swap).await,
        after("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 5").await,
        after("UPDATE events SET prev_hash = zeroblob(32) WHERE position = 5").await,
        after("UPDATE events SET hash = zeroblob(32) WHERE position = 6").await,
        after("UPDATE events SET executor_epoch = 2 WHERE position = 2").await,
        after("UPDATE events SET version = 9 WHERE position = 6").await,
        after("UPDATE events SET causation_id = '' WHERE position = 4").await,
        after("UPDATE events SET actor = 'a' || char(31) || 'b' WHERE position = 4").await,
        after("UPDATE events SET actor = 'a' || char(30) || 'b' WHERE position = 4").await,
        after("UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE position = 4").await,
        after("UPDATE meta SET store_id = '0123456789abcdef0123456789abcdef'").await,
        after("UPDATE meta SET genesis = zeroblob(32)").await,
    ];
    let said: Vec<_> = said.iter().map(|it| it.split_once(". Stop").map_or(it.as_str(), |(what, _)| what)).collect();
    expect![[r#"
        [
            "6 events are fine",
            "event 3 was changed after it was written: its columns give 804cb8481665, it carries fe1777f72892. Up to event 2 every event fits its hash",
            "event 3 is missing: the next one that is there is event 4. Up to event 2 every event fits its hash",
            "event 1 is missing: the next one that is there is event 2. No event before it can vouch for the log",
            "event 3 does not follow the one before: it points back to fe1777f72892, which has 390db673f888. Up to event 2 every event fits its hash",
            "event 5 was changed after it was written: its columns give 68f08e96c988, it carries b490b1c5d5ae. Up to event 4 every event fits its hash",
            "event 5 does not follow the one before: it points back to 000000000000, which has d84cfa7ad600. Up to event 4 every event fits its hash",
            "event 6 was changed after it was written: its columns give 8a1d689381f6, it carries 000000000000. Up to event 5 every event fits its hash",
            "event 2 was changed after it was written: its columns give 704d8a519d59, it carries 390db673f888. Up to event 1 every event fits its hash",
            "event 6 was changed after it was written: its columns give 32dcdea538b5, it carries 8a1d689381f6. Up to event 5 every event fits its hash",
            "event 4 was changed after it was written: its columns give bf4ae4d7d4f1, it carries d84cfa7ad600. Up to event 3 every event fits its hash",
            "event 4 has `-` for a number. Up to event 3 every event fits its hash",
            "event 4 has no correlation_id. Up to event 3 every event fits its hash",
            "event 4 holds bytes that are no text. Up to event 3 every event fits its hash",
            "the id of the log does not fit what its first event points back to. No event before it can vouch for the log",
            "the id of the log does not fit what its first event points back to. No event before it can vouch for the log",
        ]
    "#]].assert_debug_eq(&said);
}

#[tokio::test]
async fn a_missing_or_changed_trigger_is_found_and_the_bot_does_not_start() {
    let (_folder, file) = place();
    filled(&file, 3).await;
    meddle(&file, "DROP TRIGGER events_not_deleted").await.unwrap();
    expect!["trigger events_not_deleted is missing: somebody has had hands on this file. Every event fits its hash. Stop the bot, keep this file, and make a new one of its events: `changeover log export FILE | changeover log import NEW-FILE`."].assert_eq(&verdict(&file, None).await);
    let error = SqliteLog::open(&file, std::sync::Arc::new(crate::kit::StillClock), crate::kit::settings());
    let error = error.await.unwrap_err().to_string();
    assert!(error.contains("trigger events_not_deleted is missing"), "{error}");
    let idle = "CREATE TRIGGER events_not_deleted BEFORE DELETE ON events BEGIN SELECT 1; END";
    meddle(&file, idle).await.unwrap();
    let said = verdict(&file, None).await;
    assert!(said.starts_with("trigger events_not_deleted was changed"), "{said}");
}

#[tokio::test]
async fn a_missing_table_is_named_and_nothing_good_is_said_of_the_events() {
    let (_folder, file) = place();
    filled(&file, 3).await;
    meddle(&file, "DROP TABLE events").await.unwrap();
    let error = SqliteLog::open_read_only(&file).await.unwrap_err().to_string();
    assert!(error.contains("no such table: events"), "{error}");
    let (_folder, file) = place();
    filled(&file, 3).await;
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    meddle(&file, "DROP TABLE events").await.unwrap();
    let VerifyError::Damaged(damage) = reader.verify(None, |_| {}).await.unwrap_err() else { panic!("it was read") };
    assert_eq!(damage.position, Some(Position(1)));
    assert!(damage.what.contains("is missing: somebody has had hands on this file"), "{damage}");
}

#[tokio::test]
async fn only_a_head_kept_elsewhere_shows_a_cut_or_rewritten_log() {
    let (_folder, file) = place();
    filled(&file, 6).await;
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    let head = reader.verify(None, |_| {}).await.unwrap().head;
    let earlier = Head { position: Position(4), hash: reader.at(Position(4)).await.unwrap().unwrap().hash };
    let events = reader.after(Position(0), 9).await.unwrap();
    reader.close().await;
    assert_eq!(verdict(&file, Some(head)).await, "6 events are fine");
    assert_eq!(verdict(&file, Some(earlier)).await, "6 events are fine");
    let nothing = Head { position: Position(0), hash: Hash::genesis(reader.store_id()) };
    assert_eq!(verdict(&file, Some(nothing)).await, "6 events are fine");

    // Rewritten with all the care in the world: every hash is computed anew.
    let mut connection = stranger(&file).await.unwrap();
    sqlx::raw_sql("DROP TRIGGER events_not_updated").execute(&mut connection).await.unwrap();
    let mut previous = Hash::genesis(reader.store_id());
    for mut event in events {
        event.payload = event.payload.replace("event/2", "event/x");
        event.previous_hash = previous;
        event.hash = link(&event);
        previous = event.hash;
        sqlx::query("UPDATE events SET payload = ?, prev_hash = ?, hash = ? WHERE position = ?")
            .bind(event.payload)
            .bind(event.previous_hash.0.to_vec())
            .bind(event.hash.0.to_vec())
            .bind(i64::try_from(event.position.0).unwrap())
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let again = "CREATE TRIGGER events_not_updated BEFORE UPDATE ON events\n\
                 BEGIN SELECT RAISE(ABORT, 'events are append-only'); END";
    sqlx::raw_sql(again).execute(&mut connection).await.unwrap();
    drop(connection);
    assert_eq!(verdict(&file, None).await, "6 events are fine");
    let said = verdict(&file, Some(head)).await;
    assert!(said.starts_with("event 6 has hash "), "{said}");

    let beyond = Head { position: Position(7), hash: head.hash };
    expect!["the log ends at event 6, but event 7 was written once: its end is cut off. Up to event 6 every event fits its hash. Stop the bot, keep this file, and go back to the newest backup that `changeover log verify` passes."].assert_eq(&verdict(&file, Some(beyond)).await);
}

/// Where the text stands in the file; it must be there once.
fn find(file: &Path, text: &str) -> u64 {
    let bytes = std::fs::read(file).unwrap();
    let places: Vec<_> = bytes.windows(text.len()).enumerate().filter(|(_, it)| *it == text.as_bytes()).collect();
    assert_eq!(places.len(), 1);
    u64::try_from(places[0].0).unwrap()
}

fn scribble(file: &Path, at: u64, bytes: &[u8]) {
    std::fs::OpenOptions::new().write(true).open(file).unwrap().write_all_at(bytes, at).unwrap();
}

#[tokio::test]
async fn a_flipped_byte_on_disk_is_found_by_the_chain_and_by_nothing_else() {
    let (_folder, file) = place();
    filled(&file, 300).await;
    scribble(&file, find(&file, r#"{"why":"event/149"}"#) + 10, b"x");
    let mut connection = stranger(&file).await.unwrap();
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(check, "ok");
    let said = verdict(&file, None).await;
    assert!(said.starts_with("event 150 was changed after it was written"), "{said}");
}

/// The pages of the file that start with this byte (0x0d: leaf of a table, 0x0a: leaf of an index), but for the first.
fn pages(file: &Path, kind: u8) -> Vec<u64> {
    let bytes = std::fs::read(file).unwrap();
    let pages = bytes.chunks(4096).enumerate().skip(1).filter(|(_, page)| page[0] == kind);
    pages.map(|(index, _)| u64::try_from(index).unwrap() * 4096).collect()
}

#[tokio::test]
async fn a_damaged_page_of_events_is_named_by_its_first_event_and_the_rest_stays_readable() {
    let (_folder, file) = place();
    filled(&file, 300).await;
    let pages = pages(&file, 0x0d);
    scribble(&file, pages[pages.len() / 2], &[0xff; 8]);
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    let VerifyError::Damaged(damage) = reader.verify(None, |_| {}).await.unwrap_err() else { panic!("it was read") };
    let bad = damage.position.unwrap();
    assert!(bad > Position(1) && bad < Position(300), "{damage}");
    assert!(damage.what.contains("cannot be read"), "{damage}");
    let whole = usize::try_from(bad.0 - 1).unwrap();
    assert_eq!(reader.after(Position(0), whole).await.unwrap().len(), whole);
    let error = reader.after(Position(0), 300).await.unwrap_err().to_string();
    assert!(error.contains("the file is damaged; stop the bot, keep the file"), "{error}");
}

#[tokio::test]
async fn a_damaged_index_is_found_though_every_event_is_whole_and_the_events_can_be_carried_over() {
    let (folder, file) = place();
    filled(&file, 300).await;
    let pages = pages(&file, 0x0a);
    scribble(&file, pages[pages.len() / 2] + 2000, &[0x55; 64]);
    let said = verdict(&file, None).await;
    assert!(said.starts_with("the file around the events is damaged"), "{said}");
    assert!(said.contains("make a new one of its events"), "{said}");
    let mut lines = Vec::new();
    let reader = SqliteLog::open_read_only(&file).await.unwrap();
    reader.export(changeover::log::lines::Format::Ndjson, Position(0), &mut lines).await.unwrap();
    let fresh = folder.path().join("new.log");
    changeover::log::sqlite::import(&fresh, lines.as_slice()).await.unwrap();
    assert_eq!(verdict(&fresh, None).await, "300 events are fine");
}

#[tokio::test]
async fn a_torn_wal_loses_its_last_commit_only_and_a_head_shows_it() {
    let (folder, file) = place();
    let log = open(&file).await;
    for index in 0..100 {
        append(&log, "bot", index, &format!("event/{index}")).await.unwrap();
    }
    let head = log.reader().verify(None, |_| {}).await.unwrap().head;
    let torn = folder.path().join("torn.log");
    std::fs::copy(&file, &torn).unwrap();
    let wal = folder.path().join("torn.log-wal");
    std::fs::copy(folder.path().join("bot.log-wal"), &wal).unwrap();
    log.close().await;
    let length = std::fs::metadata(&wal).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&wal).unwrap().set_len(length - 100).unwrap();

    let log = open(&torn).await;
    assert_eq!(*log.head().borrow(), Position(99));
    assert_eq!(verdict(&torn, None).await, "99 events are fine");
    let said = verdict(&torn, Some(head)).await;
    assert!(said.starts_with("the log ends at event 99, but event 100 was written once"), "{said}");
    append(&log, "bot", 99, "event/99").await.unwrap();
    log.close().await;
}

#[tokio::test]
async fn a_damaged_first_page_or_last_event_keeps_the_bot_from_starting() {
    let clock = || std::sync::Arc::new(crate::kit::StillClock);
    let (_folder, file) = place();
    filled(&file, 3).await;
    scribble(&file, find(&file, r#"{"why":"event/2"}"#) + 10, b"x");
    let error = SqliteLog::open(&file, clock(), crate::kit::settings()).await.unwrap_err().to_string();
    assert!(error.contains("event 3 was changed after it was written; somebody has had hands on it"), "{error}");
    scribble(&file, 0, b"NotSQLite");
    let error = SqliteLog::open(&file, clock(), crate::kit::settings()).await.unwrap_err().to_string();
    assert!(error.contains("is no SQLite database, or its first page is damaged"), "{error}");
}
