//! What no file says: things put off, silenced lints, places that exist on one machine only.

use crate::sources::{self, Source, without_strings};

/// How long a file may be, and from where on it is worth a look, in lines.
const WALL: usize = 400;
const LONG: usize = 250;

type Rule = fn(&Source) -> Vec<String>;

/// What every Rust file keeps.
const RUST: [(&str, Rule); 4] = [
    ("every file begins with a sentence about itself", begins_with_doc),
    ("a lint is expected with its reason, and never allowed", expects),
    ("nothing is put off", puts_nothing_off),
    ("a file is no longer than can be read", fits),
];

/// What every file keeps.
const EVERYWHERE: [(&str, Rule); 1] = [("no file names one machine or another registry", names_no_machine)];

fn begins_with_doc(it: &Source) -> Vec<String> {
    let is_doc = it.text.strip_prefix("//! ").is_some_and(|rest| !rest.starts_with(['\n', ' ']));
    let is_empty = it.text.trim().is_empty();
    found(!is_doc && !is_empty, it, 1, "begins without a module doc (`//! …`)")
}

fn expects(it: &Source) -> Vec<String> {
    let text = without_strings(&it.text);
    let mut seen = Vec::new();
    for attribute in ["#[allow(", "#![allow(", ", allow("] {
        for (at, _) in text.match_indices(attribute) {
            seen.extend(found(true, it, line_of(&text, at), "silences a lint by `allow`: use `expect` with a reason"));
        }
    }
    for attribute in ["#[expect(", "#![expect("] {
        for (at, _) in text.match_indices(attribute) {
            let inside = text[at..].split(")]").next().unwrap_or_default();
            seen.extend(found(!inside.contains("reason ="), it, line_of(&text, at), "expects a lint without a reason"));
        }
    }
    seen
}

fn puts_nothing_off(it: &Source) -> Vec<String> {
    let text = without_strings(&it.text);
    let words = ["TODO", "FIXME", "XXX", "HACK", "todo!", "unimplemented!", "#[ignore"];
    let hits = words.iter().flat_map(|word| text.match_indices(*word));
    // What is started by another test, as a process of its own, is no test that was put off.
    let is_child = |at: usize| it.text[at..].starts_with("#[ignore = \"a child of ");
    let hits = hits.filter(|(at, _)| !is_child(*at));
    hits.flat_map(|(at, word)| found(true, it, line_of(&text, at), &format!("puts something off: {word}"))).collect()
}

fn fits(it: &Source) -> Vec<String> {
    let count = it.text.lines().count();
    found(count > WALL, it, count, &format!("is longer than {WALL} lines"))
}

fn names_no_machine(it: &Source) -> Vec<String> {
    // In two parts, so that this file does not name them.
    let needles = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["../sh", "ared"],
        ["crates", ".io"],
        ["pypi", ".org"],
        ["npmjs", ".org"],
        ["proxy.go", "lang.org"],
        ["arti", "factory"],
    ];
    let mut seen = Vec::new();
    for needle in needles.map(|parts| parts.concat()) {
        let hits = it.text.match_indices(needle.as_str());
        seen.extend(hits.flat_map(|(at, _)| found(true, it, line_of(&it.text, at), &format!("names {needle}"))));
    }
    seen
}

fn found(is_violation: bool, it: &Source, line: usize, what: &str) -> Vec<String> {
    is_violation.then(|| format!("{}:{line}: {what}", it.path)).into_iter().collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn rust() -> Vec<Source> {
    ["src", "events", "commands", "tests"].iter().flat_map(|it| sources::files(it, &["rs"])).collect()
}

fn hold(rules: &[(&str, Rule)], files: &[Source]) {
    let mut broken = Vec::new();
    for (name, rule) in rules {
        let violations: Vec<String> = files.iter().flat_map(rule).collect();
        if !violations.is_empty() {
            broken.push(format!("{name}:\n  {}", violations.join("\n  ")));
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn rust_files_keep_the_rules_of_the_house() {
    hold(&RUST, &rust());
}

#[test]
fn no_file_names_one_machine() {
    let kinds = ["rs", "md", "toml", "sh", "sql", "yaml", "txt", "run", "Dockerfile"];
    let mut files = sources::files("", &kinds);
    // Programs and the like have no extension to know them by.
    for path in ["tests/run", ".ci/run", "docker/Dockerfile"] {
        files.push(Source { path: path.into(), text: std::fs::read_to_string(sources::root().join(path)).unwrap() });
    }
    hold(&EVERYWHERE, &files);
}

#[test]
#[expect(clippy::print_stdout, reason = "what is long is worth a look, and no mistake")]
fn long_files_are_shown() {
    for it in rust() {
        let count = it.text.lines().count();
        if count > LONG {
            println!("{}: {count} lines", it.path);
        }
    }
}

#[test]
fn each_rule_sees_what_breaks_it() {
    let long = "//! x\n".repeat(WALL + 1);
    let machine = format!("//! x\nlet folder = \"{}\";", ["/ho", "me/me"].concat());
    let cases: [(Rule, &str); 10] = [
        (begins_with_doc, "use std::fmt;"),
        (begins_with_doc, "//!\nuse std::fmt;"),
        (expects, "//! x\n#[allow(dead_code)]"),
        (expects, "//! x\n#[expect(dead_code)]"),
        (expects, "//! x\n#[cfg_attr(test, allow(dead_code))]"),
        (puts_nothing_off, "//! x\n// TODO: later"),
        (puts_nothing_off, "//! x\nfn f() { todo!() }"),
        (puts_nothing_off, "//! x\n#[ignore = \"it fails\"]"),
        (fits, &long),
        (names_no_machine, &machine),
    ];
    for (rule, text) in cases {
        assert_eq!(rule(&Source { path: "x.rs".into(), text: text.into() }).len(), 1, "{text}");
    }
    let good = "//! x\n#[expect(dead_code, reason = \"r\")]\nlet a = \"TODO #[allow(x)]\";";
    for (name, rule) in RUST {
        assert_eq!(rule(&Source { path: "x.rs".into(), text: good.into() }), Vec::<String>::new(), "{name}");
    }
}
