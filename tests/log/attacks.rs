//! Every way that SQL has to change history, as a stranger with the file would try it.

use changeover::log::sqlite::VerifyError;
use changeover::ports::LogReader as _;
use events::number::Position;

use crate::kit::{append, filled, meddle, open, place};

/// An insert of a row that looks right but for what is given.
fn insert(verb: &str, position: &str, stream: &str, version: &str, id: &str, rest: &str) -> String {
    format!(
        "{verb} INTO events(position, event_id, stream, version, type, schema_version, recorded_at, actor, \
         correlation_id, causation_id, executor_epoch, payload, prev_hash, hash) \
         VALUES ({position}, '{id}', '{stream}', {version}, 'Forged', 1, 0, 'me', 'c', NULL, {rest}, zeroblob(32))"
    )
}

const CHAINED: &str = "1, '{}', (SELECT hash FROM events WHERE position = 4)";

#[tokio::test]
async fn no_statement_changes_history() {
    let (_folder, file) = place();
    filled(&file, 4).await;
    let log = open(&file).await;
    let before = log.after(Position(0), 9).await.unwrap();
    let (shop, last) = ("shop/production", "3");
    let final_ = "events are append-only";
    let identity = "the identity of a log is final";
    let routes = [
        ("UPDATE events SET payload = '{}' WHERE position = 2".to_owned(), final_),
        ("UPDATE events SET position = 9 WHERE position = 4".to_owned(), final_),
        ("UPDATE OR REPLACE events SET position = 1 WHERE position = 2".to_owned(), final_),
        ("UPDATE OR IGNORE events SET recorded_at = 0".to_owned(), final_),
        ("DELETE FROM events WHERE position = 4".to_owned(), final_),
        ("DELETE FROM events".to_owned(), final_),
        (insert("INSERT OR REPLACE", "2", "x", "1", "x", CHAINED), final_),
        (insert("REPLACE", "5", shop, "2", "x", CHAINED), final_),
        (insert("REPLACE", "5", shop, last, "event/1", CHAINED), final_),
        (insert("REPLACE", "NULL", shop, last, "x", CHAINED), final_),
        (insert("INSERT OR IGNORE", "6", shop, last, "x", CHAINED), final_),
        (insert("INSERT", "-1", shop, last, "x", CHAINED), final_),
        (insert("INSERT", "0", shop, last, "x", CHAINED), final_),
        (insert("INSERT", "6", shop, last, "x", CHAINED), final_),
        (insert("INSERT", "5", shop, "4", "x", CHAINED), final_),
        (insert("INSERT", "5", shop, "NULL", "x", CHAINED), final_),
        (insert("INSERT", "5", shop, last, "x", "1, '{}', zeroblob(32)"), final_),
        (insert("INSERT", "5", shop, last, "x", &CHAINED.replace("1, ", "0, ")), final_),
        (
            insert("INSERT", "5", shop, last, "x", &CHAINED.replace("{}", "{")),
            "CHECK constraint failed: json_valid(payload)",
        ),
        (
            insert("INSERT", "5", shop, "2", "x", CHAINED)
                + " ON CONFLICT(stream, version) DO UPDATE SET payload = '{}'",
            final_,
        ),
        (insert("INSERT", "2", "x", "1", "x", CHAINED) + " ON CONFLICT DO UPDATE SET payload = '{}'", final_),
        ("UPDATE meta SET store_id = hex(zeroblob(16))".to_owned(), identity),
        ("DELETE FROM meta".to_owned(), identity),
        ("INSERT INTO meta VALUES (2, hex(zeroblob(16)), zeroblob(32))".to_owned(), identity),
        ("REPLACE INTO meta VALUES (1, hex(zeroblob(16)), zeroblob(32))".to_owned(), identity),
        ("REPLACE INTO meta VALUES (NULL, hex(zeroblob(16)), zeroblob(32))".to_owned(), identity),
    ];
    for (sql, answer) in routes {
        assert_eq!(meddle(&file, &sql).await, Err(answer.to_owned()), "{sql}");
        let replaced = format!("PRAGMA recursive_triggers = ON; {sql}");
        assert_eq!(meddle(&file, &replaced).await, Err(answer.to_owned()), "{replaced}");
    }
    assert_eq!(log.after(Position(0), 9).await.unwrap(), before);
    append(&log, "bot", 0, "after").await.unwrap();
    log.reader().verify(None, |_| {}).await.unwrap();
}

/// The one row that the triggers must let in is the one that the writer itself would write next. Its hash shows it.
#[tokio::test]
async fn a_row_that_a_stranger_appends_is_found() {
    let (_folder, file) = place();
    filled(&file, 4).await;
    meddle(&file, &insert("INSERT", "5", "shop/production", "3", "x", CHAINED)).await.unwrap();
    let reader = changeover::log::sqlite::SqliteLog::open_read_only(&file).await.unwrap();
    let error = reader.verify(None, |_| {}).await.unwrap_err();
    assert!(matches!(&error, VerifyError::Damaged(it) if it.position == Some(Position(5))), "{error}");
}
