//! Lines out and in, copies, and the commands that make them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use changeover::log::lines::Format;
use changeover::log::sqlite::{SqliteLog, import};
use changeover::ports::{Log as _, LogReader as _};
use events::envelope::EventId;
use events::number::Position;
use expect_test::expect;

use crate::kit::{append, draft, expected, filled, open, place};

async fn exported(file: &Path, format: Format) -> String {
    let mut lines = Vec::new();
    let reader = SqliteLog::open_read_only(file).await.unwrap();
    reader.export(format, Position(0), &mut lines).await.unwrap();
    String::from_utf8(lines).unwrap()
}

/// A log with what is awkward about events: quotes, emptiness, numbers that JSON readers like to round.
async fn awkward() -> (tempfile::TempDir, PathBuf) {
    let (folder, file) = place();
    let log = open(&file).await;
    let mut odd = draft("a\"b\\c");
    r#"{"z":1.0,"a":12345678901234567890,"ü":"\u00e9 \" \\ \n","e":[] }"#.clone_into(&mut odd.payload);
    odd.causation = Some(EventId(String::new()));
    let drafts = vec![draft("plain"), odd];
    log.append(expected("shop/production", 0, 3), drafts).await.unwrap();
    let many = (0..600).map(|index| draft(&format!("many/{index}"))).collect();
    log.append(expected("bot", 0, 4), many).await.unwrap();
    log.close().await;
    (folder, file)
}

#[tokio::test]
async fn an_export_of_either_format_becomes_the_same_log_again() {
    let (folder, file) = awkward().await;
    let before = SqliteLog::open_read_only(&file).await.unwrap();
    let events = before.after(Position(0), 1000).await.unwrap();
    for (name, format) in [("a.log", Format::Ndjson), ("b.log", Format::CloudEvents)] {
        let lines = exported(&file, format).await;
        assert_eq!(lines.lines().count(), 602 + 2);
        let to = folder.path().join(name);
        let head = import(&to, lines.as_bytes()).await.unwrap();
        let after = SqliteLog::open_read_only(&to).await.unwrap();
        assert_eq!(after.store_id(), before.store_id());
        assert_eq!(after.after(Position(0), 1000).await.unwrap(), events);
        assert_eq!(after.verify(Some(head), |_| {}).await.unwrap().event_count, 602);
        after.close().await;
        assert_eq!(exported(&to, format).await, lines);
        // It is a log like any other.
        let log = open(&to).await;
        log.append(expected("bot", 600, 4), vec![draft("new")]).await.unwrap();
        log.close().await;
    }
}

#[tokio::test]
async fn what_the_lines_look_like() {
    let (_folder, file) = place();
    let log = open(&file).await;
    let mut caused = draft("b");
    caused.causation = Some(EventId("a".to_owned()));
    log.append(expected("shop/production", 0, 1), vec![draft("a"), caused]).await.unwrap();
    log.close().await;
    expect![[r#"
        {"changeover_log":1,"store_id":"9f86d081884c7d659a2feaa0c55ad015"}
        {"position":1,"event_id":"a","stream":"shop/production","version":1,"type":"LockTaken","schema_version":1,"recorded_at":"2026-11-21T09:30:00.123456Z","actor":"console:1000","correlation_id":"console/7","causation_id":null,"executor_epoch":1,"payload":{"why":"a"},"prev_hash":"f8a5c52757b8c3b5b51a4a0954323bb9d9ceb7c6e9fd09a1d326e7c50354f689","hash":"8de263f5a6b777da7f63ff57bd18b1a34ef8fe3ef78db9143a58a814b738e9ff"}
        {"position":2,"event_id":"b","stream":"shop/production","version":2,"type":"LockTaken","schema_version":1,"recorded_at":"2026-11-21T09:30:00.123456Z","actor":"console:1000","correlation_id":"console/7","causation_id":"a","executor_epoch":1,"payload":{"why":"b"},"prev_hash":"8de263f5a6b777da7f63ff57bd18b1a34ef8fe3ef78db9143a58a814b738e9ff","hash":"d3fdb0d7eb5c259df3574fd4f3a4bcbd772a07f514875fd4259beff07f39e20d"}
        {"end_of_log":{"position":2,"hash":"d3fdb0d7eb5c259df3574fd4f3a4bcbd772a07f514875fd4259beff07f39e20d"}}
    "#]].assert_eq(&exported(&file, Format::Ndjson).await);
    expect![[r#"
        [
        {"specversion":"1.0","id":"a","source":"/store/9f86d081884c7d659a2feaa0c55ad015","type":"dev.changeover.LockTaken.v1","subject":"shop/production","time":"2026-11-21T09:30:00.123456Z","datacontenttype":"application/json","sequence":"1","streamversion":"1","actor":"console:1000","correlationid":"console/7","executorepoch":"1","prevhash":"f8a5c52757b8c3b5b51a4a0954323bb9d9ceb7c6e9fd09a1d326e7c50354f689","hash":"8de263f5a6b777da7f63ff57bd18b1a34ef8fe3ef78db9143a58a814b738e9ff","data":{"why":"a"}}
        ,{"specversion":"1.0","id":"b","source":"/store/9f86d081884c7d659a2feaa0c55ad015","type":"dev.changeover.LockTaken.v1","subject":"shop/production","time":"2026-11-21T09:30:00.123456Z","datacontenttype":"application/json","sequence":"2","streamversion":"2","actor":"console:1000","correlationid":"console/7","causationid":"a","executorepoch":"1","prevhash":"8de263f5a6b777da7f63ff57bd18b1a34ef8fe3ef78db9143a58a814b738e9ff","hash":"d3fdb0d7eb5c259df3574fd4f3a4bcbd772a07f514875fd4259beff07f39e20d","data":{"why":"b"}}
        ]
    "#]].assert_eq(&exported(&file, Format::CloudEvents).await);
    let document: serde_json::Value = serde_json::from_str(&exported(&file, Format::CloudEvents).await).unwrap();
    assert_eq!(document.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_wrong_line_is_named_and_nothing_is_imported() {
    let (folder, file) = place();
    filled(&file, 4).await;
    let good = exported(&file, Format::Ndjson).await;
    let clouds = exported(&file, Format::CloudEvents).await;
    let line = |text: &str, number: usize| text.lines().nth(number - 1).unwrap().to_owned() + "\n";
    let cases = [
        String::new(),
        "hello\n".to_owned(),
        good.replacen("\"changeover_log\":1", "\"changeover_log\":2", 1),
        good.replacen("\"store_id\":\"", "\"store_id\":\"x", 1),
        good.replacen(&line(&good, 3), "", 1),
        good.replacen(&line(&good, 3), &line(&good, 3).repeat(2), 1),
        good.replacen("event/1", "event/x", 1),
        good.replacen(r#""payload":{"why":"event/2"}"#, r#""payload":{"why": "event/2"}"#, 1),
        good.replacen("\"position\":2", "\"position\":2,\"color\":\"blue\"", 1),
        good.replacen("\"position\":2", "\"position\":-2", 1),
        good.replacen(&line(&good, 4), &(line(&good, 4)[..60].to_owned() + "\n"), 1),
        good.replacen(&line(&good, 6), "", 1),
        good[..good.len() - 200].to_owned(),
        good.clone() + &good,
        good.replacen(&line(&good, 5), "", 1),
        clouds.replacen("/store/", "/store/x", 1),
        clouds.replacen("\"specversion\":\"1.0\"", "\"specversion\":\"0.3\"", 1),
        clouds.replacen(".v1", "", 1),
        clouds.replacen("dev.changeover.", "com.example.", 1),
        clouds.replacen("\n]\n", "\n", 1),
        "[\n]\n".to_owned(),
        format!("{}{}\n", line(&good, 1), "x".repeat(300_000)),
    ];
    let mut said = Vec::new();
    for case in cases {
        let to = folder.path().join("new.log");
        said.push(import(&to, case.as_bytes()).await.unwrap_err().to_string());
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_str().unwrap().starts_with("new.log")), "{left:?}");
    }
    expect![[r#"
        [
            "the lines end after line 0, and the log does not: the export was cut off; nothing was imported",
            "line 1: the first line must name the log, as `changeover log export` writes it, or be `[`: expected value at line 1 column 1; nothing was imported",
            "line 1: it is in format 2, and this changeover knows format 1; nothing was imported",
            "line 1: a store id must be 32 hexadecimal digits of 0-9 and a-f; nothing was imported",
            "line 3: event 2 is missing: the next one that is there is event 3; nothing was imported",
            "line 4: event 2 comes again: event 3 comes next; nothing was imported",
            "line 3: event 2 was changed after it was written: its columns give 53d44aeb6163, it carries 390db673f888; nothing was imported",
            "line 4: event 3 was changed after it was written: its columns give 6acece969901, it carries fe1777f72892; nothing was imported",
            "line 3: it is no event: unknown field `color`, expected one of `position`, `event_id`, `stream`, `version`, `type`, `schema_version`, `recorded_at`, `actor`, `correlation_id`, `causation_id`, `executor_epoch`, `payload`, `prev_hash`, `hash` at line 1 column 21; nothing was imported",
            "line 3: it is no event: invalid value: integer `-2`, expected u64 at line 1 column 14; nothing was imported",
            "line 4: it is no event: EOF while parsing a string at line 1 column 60; nothing was imported",
            "the lines end after line 5, and the log does not: the export was cut off; nothing was imported",
            "line 5: it is no event: EOF while parsing a string at line 1 column 333; nothing was imported",
            "line 7: it comes after the end of the log; nothing was imported",
            "line 5: the log ends at 4:d84cfa7ad600fe46ac0f6372d53b30d0f7087a5d09776baa3e3a938566e4d9dd, the lines at 3:fe1777f72892a5a71ff7e2bbd1d53bf79d7b375a2c57d498a9818fd9ba1ae842; nothing was imported",
            "line 2: its source is no log of ours: a store id must be 32 hexadecimal digits of 0-9 and a-f; nothing was imported",
            "line 2: it is of CloudEvents 0.3, not 1.0; nothing was imported",
            "line 2: its type is not dev.changeover.NAME.vNUMBER; nothing was imported",
            "line 2: its type is not dev.changeover.NAME.vNUMBER; nothing was imported",
            "the lines end after line 5, and the log does not: the export was cut off; nothing was imported",
            "line 2: there is no event that would name the log; nothing was imported",
            "line 2: it is longer than 262144 bytes; nothing was imported",
        ]
    "#]].assert_debug_eq(&said);
    std::fs::write(folder.path().join("old.log"), "mine").unwrap();
    let error = import(&folder.path().join("old.log"), good.as_bytes()).await.unwrap_err().to_string();
    assert!(error.ends_with("old.log is there already: import into a new file"), "{error}");
    assert_eq!(std::fs::read(folder.path().join("old.log")).unwrap(), b"mine");
}

/// A log that hashes well and still could not be read back.
#[tokio::test]
async fn an_event_that_could_not_have_been_appended_is_not_imported() {
    let (folder, file) = place();
    filled(&file, 1).await;
    let good = exported(&file, Format::Ndjson).await;
    let mut event = SqliteLog::open_read_only(&file).await.unwrap().after(Position(0), 1).await.unwrap().remove(0);
    event.stream.0 = "a\u{1e}b".to_owned();
    event.hash = events::chain::link(&event);
    let odd = [
        good.lines().next().unwrap().to_owned() + "\n",
        changeover::log::lines::event(Format::Ndjson, "", &event, true).unwrap(),
    ]
    .concat();
    let error = import(&folder.path().join("new.log"), odd.as_bytes()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("line 2: the log cannot be written: the stream `a\\u{1e}b` is empty or holds"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_whole_while_appends_go_on_and_replaces_nothing() {
    let (folder, file) = place();
    let log = Arc::new(open(&file).await);
    append(&log, "bot", 0, "first").await.unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let appending = {
        let (log, stop) = (Arc::clone(&log), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut version = 1;
            while !stop.load(std::sync::atomic::Ordering::Acquire) {
                append(&log, "bot", version, &format!("event/{version}")).await.unwrap();
                version += 1;
            }
            version
        })
    };
    let mut heads = Vec::new();
    for round in 0..5 {
        let to = folder.path().join(format!("backup-{round}.log"));
        let head = log.reader().backup(&to).await.unwrap();
        let copy = SqliteLog::open_read_only(&to).await.unwrap();
        assert_eq!(copy.verify(Some(head), |_| {}).await.unwrap().head, head);
        copy.close().await;
        heads.push(head);
    }
    stop.store(true, std::sync::atomic::Ordering::Release);
    let count = appending.await.unwrap();
    assert!(heads.is_sorted_by_key(|head| head.position) && heads[4].position > heads[0].position, "{heads:?}");
    log.reader().verify(Some(heads[4]), |_| {}).await.unwrap();
    assert_eq!(*log.head().borrow(), Position(count));

    let error = log.reader().backup(&folder.path().join("backup-0.log")).await.unwrap_err().to_string();
    assert!(error.ends_with("backup-0.log is there already: a backup never replaces a file"), "{error}");
    let error = log.reader().backup(&folder.path().join("nowhere/b.log")).await.unwrap_err().to_string();
    assert!(error.contains("No such file or directory"), "{error}");
    // A backup is opened like any log.
    let restored = open(&folder.path().join("backup-4.log")).await;
    append(&restored, "bot", heads[4].position.0, "on").await.unwrap();
    restored.close().await;
}

fn changeover(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_changeover"));
    command.arg("log").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that does not read its input is fine.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn the_commands_check_carry_and_copy() {
    let (folder, file) = place();
    filled(&file, 3).await;
    let head = SqliteLog::open_read_only(&file).await.unwrap().verify(None, |_| {}).await.unwrap().head.to_string();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = path("bot.log");

    let said = lines(&changeover(&["verify", &file, "--head", &head], ""));
    assert_eq!(said, (Some(0), format!("3 events, each fits its hash; head {head}\n"), String::new()));
    let (status, _, error) = lines(&changeover(&["verify", &file, "--head", &head.replacen('3', "4", 1)], ""));
    assert_eq!(status, Some(1));
    assert!(error.contains("event 4 was written once: its end is cut off"), "{error}");
    let (status, _, error) = lines(&changeover(&["verify", &file, "--head", "3"], ""));
    assert_eq!(status, Some(2));
    assert!(error.contains("a head must be POSITION:HASH"), "{error}");

    for format in ["ndjson", "cloudevents"] {
        let (status, export, _) = lines(&changeover(&["export", &file, "--format", format], ""));
        assert_eq!(status, Some(0));
        let new = path(&format!("{format}.log"));
        let said = lines(&changeover(&["import", &new], &export));
        assert_eq!(said, (Some(0), format!("3 events are in {new}; head {head}\n"), String::new()));
        let (status, _, error) = lines(&changeover(&["import", &new], &export));
        assert_eq!((status, error), (Some(1), format!("changeover: {new} is there already: import into a new file\n")));
    }
    let (_, part, _) = lines(&changeover(&["export", &file, "--after", "2"], ""));
    assert_eq!(part.lines().count(), 3);
    let (status, _, error) = lines(&changeover(&["import", &path("part.log")], &part));
    assert_eq!(status, Some(1));
    assert_eq!(
        error,
        "changeover: line 2: event 1 is missing: the next one that is there is event 3; nothing was imported\n"
    );

    let copy = path("copy.log");
    let said = lines(&changeover(&["backup", &file, &copy], ""));
    assert_eq!(said, (Some(0), format!("3 events are in {copy}; head {head}\n"), String::new()));
    let (status, _, error) = lines(&changeover(&["verify", &path("none.log")], ""));
    assert_eq!((status, error), (Some(1), format!("changeover: there is no log at {}\n", path("none.log"))));
}
