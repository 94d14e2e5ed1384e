//! The two pure crates: what they may depend on, and what their sources never do.

use crate::sources::{self, code, paths, root};

/// Every dependency of each pure crate; one more is a decision, and is made here.
const DEPENDENCIES: [(&str, &[&str]); 2] = [
    ("events", &["hex", "jiff", "serde", "serde_json", "sha2", "thiserror"]),
    ("commands", &["changeover-events", "chrono", "cron", "jiff", "serde", "strsim", "thiserror"]),
];

/// Paths that lead to the world, to its clocks or to chance.
const IMPURE_PATHS: [&str; 14] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "Utc::now",
    "Local::now",
];

/// Crates that do, and words of code that wait.
const IMPURE_CRATES: [&str; 5] = ["tokio", "rand", "getrandom", "fastrand", "futures"];
const IMPURE_WORDS: [&str; 7] = ["async fn", "async move", ".await;", ".await?", ".await)", "unsafe ", "static mut"];

fn violations(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut violations = Vec::new();
    for found in paths(&code) {
        let joined = found.join("::");
        let is_impure = IMPURE_PATHS.iter().any(|it| joined == *it || joined.contains(&format!("{it}::")))
            || IMPURE_PATHS.iter().any(|it| joined.ends_with(&format!("::{it}")))
            || found.first().is_some_and(|it| IMPURE_CRATES.contains(&it.as_str()));
        if is_impure {
            violations.push(format!("{path}: {joined} is not pure"));
        }
    }
    let words = IMPURE_WORDS.iter().filter(|it| code.contains(*it));
    violations.extend(words.map(|it| format!("{path}: `{it}` is not pure")));
    violations
}

/// The names in one table of a manifest, in the order of their names.
fn names(manifest: &str, table: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != format!("[{table}]")).skip(1);
    let rows = lines.take_while(|line| !line.starts_with('['));
    let mut names: Vec<String> = rows
        .filter(|row| !row.trim().is_empty() && !row.starts_with('#'))
        .map(|row| row.split(['.', ' ', '=']).next().unwrap_or_default().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_pure_crates_depend_on_these_and_no_others() {
    for (name, expected) in DEPENDENCIES {
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        assert_eq!(names(&manifest, "dependencies"), expected, "{name}");
        assert_eq!(names(&manifest, "dev-dependencies"), ["expect-test"], "{name}");
        assert!(!manifest.contains("build-dependencies") && !manifest.contains("target."), "{name}");
    }
}

#[test]
fn the_pure_crates_touch_nothing() {
    let files = DEPENDENCIES.iter().flat_map(|(name, _)| sources::files(&format!("{name}/src"), &["rs"]));
    let violations: Vec<String> = files.flat_map(|it| violations(&it.path, &it.text)).collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn what_is_not_pure_is_seen() {
    for planted in [
        "use std::fs;",
        "use std::{collections::BTreeMap, net::TcpStream};",
        "use std::time::{Duration, Instant};",
        "let now = jiff::Timestamp::now();",
        "let now = Timestamp::now();",
        "std::env::var(\"HOME\");",
        "std::process::exit(1);",
        "tokio::spawn(it);",
        "rand::random::<u8>();",
        "async fn read() {}",
        "it.await;",
        "std::thread::spawn(f);",
    ] {
        assert!(!violations("x.rs", planted).is_empty(), "{planted}");
    }
    for pure in ["use std::time::Duration;", "// tokio::spawn is not for us", "let a = \"std::fs\";", "now.min(later)"]
    {
        assert_eq!(violations("x.rs", pure), Vec::<String>::new(), "{pure}");
    }
    assert_eq!(
        names("[dependencies]\nserde.workspace = true\ncron = \"1\"\n\n[lints]\nx = 1", "dependencies"),
        ["cron", "serde"]
    );
}
