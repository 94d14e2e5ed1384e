//! The direction of imports: who may know whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{self, code, paths};

/// The rooms of `src/`, from the top down; each may know those that stand beside it, and no others. `config words` are the
/// files of `config` that say how a value is spelled. `commands` and `events` are the pure crates.
const TABLE: &[(&str, &[&str])] = &[
    ("main", &["cli", "client"]),
    ("cli", CLI),
    (
        "app",
        &[
            "alert",
            "caretaker",
            "client",
            "clock",
            "config",
            "config words",
            "console",
            "control",
            "crash",
            "desk",
            "engine",
            "keeper",
            "log",
            "platforms",
            "ports",
            "rooms",
            "commands",
            "events",
        ],
    ),
    ("platforms", &["chat", "clock", "config", "desk", "events"]),
    (
        "rooms",
        &[
            "check", "clock", "config", "crash", "database", "delivery", "engine", "fleet", "ports", "traffic",
            "workers", "events",
        ],
    ),
    // Between the bot and the world, in tests only.
    ("crash", &["engine", "ports", "events"]),
    ("caretaker", &["clock", "config", "fleet", "traffic"]),
    (
        "config",
        &["chat", "check", "config words", "database", "delivery", "fleet", "traffic", "workers", "commands", "events"],
    ),
    ("console", &["clock", "control", "desk", "process", "questions", "commands", "events"]),
    ("chat", &["client", "clock", "config words", "desk", "engine", "mutants", "ports", "commands", "events"]),
    ("desk", &["engine", "ports", "questions", "commands", "events"]),
    ("questions", &["ports", "commands", "events"]),
    ("alert", &["clock", "config words", "engine", "ports", "commands", "events"]),
    ("keeper", &["clock", "engine", "log", "ports", "events"]),
    // The one who acts. No provider, no configuration: what it needs of them is in the ports and in the frozen terms.
    ("engine", &["clock", "mutants", "ports", "commands", "events"]),
    // The one who remembers. It knows neither who acts nor what is decided.
    ("log", &["clock", "files", "mutants", "ports", "events"]),
    // Providers know the process that they ask, and never one another.
    ("traffic", &["clock", "config words", "control", "edge", "ports", "process", "events"]),
    ("fleet", &["clock", "config words", "control", "ports", "supervisor", "events"]),
    (
        "delivery",
        &["clock", "config words", "files", "output", "ports", "process", "program", "redact", "strays", "events"],
    ),
    ("check", &["client", "clock", "config words", "mutants", "output", "ports", "program", "redact", "events"]),
    ("database", &["clock", "config words", "errand", "files", "mutants", "ports", "program", "strays", "events"]),
    ("workers", &["config words", "errand", "files", "ports", "program", "strays", "events"]),
    // A program of the site's owner, for whatever provider.
    ("errand", &["config words", "mutants", "output", "program", "redact", "strays", "events"]),
    // Stands between rooms, where a test wants a mistake; in no release.
    ("mutants", &["ports", "redact", "commands", "events"]),
    ("ports", &["events"]),
    // Processes of their own: they outlive the bot, and know nothing of it.
    ("edge", &["clock", "config words", "control", "process", "events"]),
    ("supervisor", &["clock", "config words", "control", "process", "events"]),
    // The demo looks from outside: it starts programs, and reads what they write.
    ("demo", &["certificate", "chance", "clock", "files", "prober", "process", "sample", "events"]),
    ("certificate", &["prober", "events"]),
    ("prober", &["chance", "clock", "sample"]),
    ("sample", &["clock", "events"]),
    // The ground.
    ("program", &["clock", "config words", "output"]),
    ("output", &["redact"]),
    ("redact", &["config words"]),
    ("strays", &["clock", "process"]),
    ("control", &["clock"]),
    ("files", &["clock", "events"]),
    ("config words", &[]),
    ("client", &[]),
    ("chance", &[]),
    ("clock", &[]),
    ("process", &[]),
];

/// The command line knows whatever it has a command for.
const CLI: &[&str] = &[
    "app",
    "certificate",
    "chat",
    "client",
    "clock",
    "config",
    "config words",
    "console",
    "control",
    "delivery",
    "demo",
    "edge",
    "log",
    "ports",
    "prober",
    "questions",
    "rooms",
    "sample",
    "supervisor",
    "commands",
    "events",
];

const PROVIDERS: [&str; 6] = ["traffic", "fleet", "delivery", "check", "database", "workers"];
const CRATES: [&str; 2] = ["commands", "events"];

/// The room that a file of `src/` is in; the map of the crate is in none.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let (name, rest) = inside.split_once('/').unwrap_or((inside.strip_suffix(".rs")?, ""));
    match (name, rest.strip_suffix(".rs")) {
        ("lib", _) => None,
        ("config", Some(file)) if is_word(file) => Some("config words"),
        (name, _) => Some(name),
    }
}

/// The files of `config` that every room may read values with.
fn is_word(file: &str) -> bool {
    ["duration", "environment", "secret", "size"].contains(&file)
}

/// The rooms and crates that this Rust text names.
fn known(text: &str) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for path in paths(&code(text)) {
        let part = |at: usize| path.get(at).map_or("", String::as_str);
        match part(0) {
            "crate" if part(1) == "config" && is_word(part(2)) => known.insert("config words".to_owned()),
            "crate" => known.insert(part(1).to_owned()),
            name if CRATES.contains(&name) => known.insert(name.to_owned()),
            _ => continue,
        };
    }
    known
}

/// What the file at `path` knows and may not.
fn violations(table: &BTreeMap<&str, &[&str]>, path: &str, text: &str) -> Vec<String> {
    let Some(room) = room(path) else { return Vec::new() };
    let mut violations = Vec::new();
    let Some(permitted) = table.get(room) else {
        return vec![format!("{path}: the room `{room}` stands in no row of tests/house/arrows.rs")];
    };
    for other in known(text) {
        if other != room && !permitted.contains(&other.as_str()) {
            violations.push(format!("{path}: `{room}` may not know `{other}`"));
        }
    }
    // Up and out of the room by `super` would be an arrow that nobody sees.
    let depth = path.matches('/').count() - usize::from(path.ends_with("/mod.rs"));
    let out = format!("use {}", "super::".repeat(depth));
    for line in code(text).lines().filter(|line| line.starts_with(&out)) {
        violations.push(format!("{path}: `{line}` leads out of the room; name it from `crate`"));
    }
    violations
}

fn table() -> BTreeMap<&'static str, &'static [&'static str]> {
    TABLE.iter().copied().collect()
}

#[test]
fn imports_point_one_way() {
    let table = table();
    let files = sources::files("src", &["rs"]);
    let violations: Vec<String> = files.iter().flat_map(|it| violations(&table, &it.path, &it.text)).collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
    let rooms: BTreeSet<&str> = files.iter().filter_map(|it| room(&it.path)).collect();
    assert_eq!(rooms, table.keys().copied().collect(), "the table has a row for each room that there is");
}

#[test]
fn the_table_itself_has_no_way_around() {
    let table = table();
    // A room may only know what stands below it, so nothing goes round in a circle.
    for (at, (room, permitted)) in TABLE.iter().enumerate() {
        for other in permitted.iter().filter(|it| !CRATES.contains(it)) {
            let below = TABLE.iter().position(|(room, _)| room == other);
            assert!(below.is_some_and(|below| below > at), "{room} knows {other}, which does not stand below it");
        }
    }
    let knows = |room: &str, other: &str| table[room].contains(&other);
    for provider in PROVIDERS {
        assert!(!PROVIDERS.iter().any(|other| knows(provider, other)), "{provider} knows another provider");
        for room in ["engine", "log", "ports", "edge", "supervisor"] {
            assert!(!knows(room, provider), "{room} knows {provider}");
        }
    }
    for room in ["log", "edge", "supervisor", "ports"] {
        assert!(!knows(room, "engine") && !knows(room, "config") && !knows(room, "commands"), "{room}");
    }
    assert!(!knows("engine", "config") && !knows("engine", "config words") && !knows("engine", "log"));
}

#[test]
fn an_arrow_that_points_up_is_seen() {
    let table = table();
    let seen = |path: &str, text: &str| violations(&table, path, text).len();
    assert_eq!(seen("src/log/sqlite/mod.rs", "use crate::engine::Book;"), 1);
    assert_eq!(seen("src/log/sqlite/mod.rs", "use crate::{clock, engine::{Book, Room}};"), 1);
    assert_eq!(seen("src/log/sqlite/mod.rs", "fn f() { commands::decide::decide(); }"), 1);
    assert_eq!(seen("src/traffic/edge.rs", "use crate::fleet::processes;"), 1);
    assert_eq!(seen("src/engine/site.rs", "use crate::config::Config;"), 1);
    assert_eq!(seen("src/engine/site.rs", "use crate::config::secret::SecretValue;"), 1);
    assert_eq!(seen("src/edge/mod.rs", "use super::engine::Book;"), 1);
    assert_eq!(seen("src/cellar.rs", ""), 1);
    assert_eq!(seen("src/traffic/edge.rs", "use crate::config::duration; // crate::fleet\nuse super::reach;"), 0);
}
