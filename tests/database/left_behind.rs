//! Going back although writes stay behind: the count that was shown, the side that is fenced, and the file that has them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use changeover::ports::Database as _;
use events::color::Color;
use mysql_async::prelude::Queryable as _;

use crate::kit::{Engine, Pair, Server, on_each_engine};

on_each_engine![a_rollback_that_accepts_a_loss_leaves_it_in_a_file_from_which_it_is_put_back,];

/// Events of a log that say what it is, which table rows are of, and the rows.
const KINDS: [u8; 4] = [15, 19, 23, 30];
/// The length of an event's header; where in it the kind is, and where the length of the whole begins.
const HEADER: usize = 19;
const KIND: usize = 4;
const LENGTH: usize = 9;

async fn a_rollback_that_accepts_a_loss_leaves_it_in_a_file_from_which_it_is_put_back(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    pair.cross(Color::Blue).await.unwrap();
    pair.settled().await;
    // The way back stops to follow, and users go on writing.
    pair.blue.run("STOP REPLICA").await;
    let mut shop = pair.shop(Color::Green).await;
    for seq in 1..=3 {
        shop.query_drop(format!("INSERT INTO shop.orders (writer, seq) VALUES (5, {seq})")).await.unwrap();
    }
    let shown = pair.database.missing(Color::Green).await.unwrap().count;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("left-behind/run-3.binlog");
    let mut switch = pair.fence().await;
    switch.freeze(Color::Green, Duration::from_secs(5)).await.unwrap();
    let left = pair.database.export_missing(Color::Green, &file).await.unwrap();
    assert_eq!((shown, left), (3, 3));
    switch.open(Color::Blue).await.unwrap();
    switch.clean_up(Color::Blue).await.unwrap();
    assert_eq!(pair.writable().await, [Color::Blue]);
    // Whoever still holds a connection there is gone, and whoever comes is refused.
    shop.query_drop("INSERT INTO shop.orders (writer, seq) VALUES (5, 4)").await.unwrap_err();
    let mut late = pair.shop(Color::Green).await;
    late.query_drop("INSERT INTO shop.orders (writer, seq) VALUES (5, 4)").await.unwrap_err();
    let lost: Vec<(u32, u32)> =
        pair.orders(Color::Green).await.difference(&pair.orders(Color::Blue).await).copied().collect();
    assert_eq!(lost, [(5, 1), (5, 2), (5, 3)]);
    // Rows of the file are rows that are missing, and none else.
    put_back(&pair.blue, &file).await;
    assert_eq!(pair.orders(Color::Blue).await, pair.orders(Color::Green).await);
}

/// What a person does with the file: MySQL's own client reads it; where there is no such client its events are given to the
/// server as they are.
async fn put_back(server: &Server, file: &Path) {
    let statements = if server.engine.is_mysql() { by_client(file) } else { as_they_are(server, file).await };
    let mut root = server.root().await;
    for statement in statements {
        root.query_drop(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    root.disconnect().await.unwrap();
}

fn by_client(file: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers/mysql/root");
    let libraries = root.join("usr/lib/x86_64-linux-gnu");
    let output = Command::new(libraries.join("ld-linux-x86-64.so.2"))
        .arg("--library-path")
        .arg(&libraries)
        .arg(root.join("usr/bin/mysqlbinlog"))
        .arg(format!("--character-sets-dir={}", root.join("usr/share/mysql/charsets").display()))
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // The delimiter, and what the client thinks of characters, are its own affair.
    let is_clients = |it: &&str| it.starts_with("DELIMITER") || it.starts_with("/*!\\C ");
    let lines: Vec<&str> = text.lines().filter(|it| !is_clients(it)).collect();
    // One by one, as the client does: after some of them the server says that no more follow.
    let text = lines.join("\n").replace("/*!*/;", ";");
    let is_said = |it: &&str| it.lines().any(|line| !line.is_empty() && !line.starts_with('#'));
    text.split(";\n").filter(is_said).map(str::to_owned).collect()
}

async fn as_they_are(server: &Server, file: &Path) -> Vec<String> {
    let bytes = std::fs::read(file).unwrap();
    let (mut rest, mut statements) = (&bytes[4..], Vec::new());
    let mut pending = String::new();
    while rest.len() >= HEADER {
        let length = u32::from_le_bytes(rest[LENGTH..LENGTH + 4].try_into().unwrap()) as usize;
        let (event, after) = rest.split_at(length);
        rest = after;
        let kind = event[KIND];
        if !KINDS.contains(&kind) {
            continue;
        }
        let hex = event.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        pending.push_str(&server.ask(&format!("SELECT TO_BASE64(x'{hex}')")).await);
        pending.push('\n');
        // Rows go with the table that they are of.
        if kind != 19 {
            statements.push(format!("BINLOG '\n{}'", std::mem::take(&mut pending)));
        }
    }
    statements
}
