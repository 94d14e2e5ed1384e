//! What the documents show is so: commands exist, lines are understood, keys are the ones that there are, examples hold.

use std::collections::BTreeSet;
use std::process::Command;

use commands::grammar::{Directory, parse};

use crate::sources::{self, root};

const PROGRAM: &str = env!("CARGO_BIN_EXE_changeover");

/// Each table of the configuration, with the file and the struct that read it.
const TABLES: &[(&str, &str, &str)] = &[
    ("[bot]", "src/config/mod.rs", "BotConfig"),
    ("[bot.alert]", "src/config/mod.rs", "AlertConfig"),
    ("[[role]]", "src/config/people.rs", "RoleConfig"),
    ("[chat.slack]", "src/chat/slack/settings.rs", "Settings"),
    ("[chat.slack.socket]", "src/chat/slack/settings.rs", "Socket"),
    ("[chat.slack.http]", "src/chat/slack/settings.rs", "Http"),
    ("[chat.discord]", "src/chat/discord/settings.rs", "Settings"),
    ("[chat.discord.endpoint]", "src/chat/discord/settings.rs", "Endpoint"),
    ("[[site]]", "src/config/site.rs", "SiteConfig"),
    ("[[site.approval]]", "src/config/approval.rs", "ApprovalConfig"),
    ("[[site.quiet]]", "src/config/quiet.rs", "QuietConfig"),
    ("[site.window]", "src/config/site.rs", "WindowConfig"),
    ("[site.database.shared]", "src/database/shared.rs", "Settings"),
    ("[site.database.mysql]", "src/database/mysql/settings.rs", "Settings"),
    ("[site.database.mysql.blue]", "src/database/mysql/settings.rs", "Server"),
    ("[site.database.mysql.replication]", "src/database/mysql/settings.rs", "Replication"),
    ("[site.database.mysql.tls]", "src/database/mysql/settings.rs", "Tls"),
    ("[site.database.mysql.repoint]", "src/database/mysql/repoint.rs", "Repoint"),
    ("[site.crossing]", "src/config/crossing.rs", "CrossingConfig"),
    ("[site.workers.command]", "src/workers/command.rs", "Settings"),
    ("[site.gates]", "src/config/site.rs", "GatesConfig"),
    ("[site.patience]", "src/config/site.rs", "PatienceConfig"),
    ("[site.retries]", "src/config/site.rs", "RetriesConfig"),
    ("[site.chat]", "src/config/site.rs", "SiteChatConfig"),
    ("[site.traffic.edge]", "src/edge/settings.rs", "Settings"),
    ("[site.traffic.edge.tls]", "src/edge/settings.rs", "Tls"),
    ("[site.traffic.edge.health]", "src/edge/settings.rs", "Health"),
    ("[site.traffic.edge.preview]", "src/edge/settings.rs", "Preview"),
    ("[site.fleet.processes]", "src/fleet/processes/mod.rs", "Settings"),
    ("[site.fleet.processes.log]", "src/supervisor/settings.rs", "LogSettings"),
    ("[site.delivery.command]", "src/delivery/command/settings.rs", "Settings"),
    ("[[site.delivery.command.hooks]]", "src/delivery/command/settings.rs", "Hook"),
    ("[site.check.http]", "src/check/http/settings.rs", "Settings"),
    ("[site.check.command]", "src/check/command.rs", "Settings"),
];

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The keys that the struct `name` in this Rust text reads.
fn fields(text: &str, name: &str) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    let mut renamed = None;
    for line in text.lines().skip_while(|it| *it != format!("pub struct {name} {{")).skip(1) {
        let line = line.trim();
        if line == "}" {
            break;
        }
        if let Some((_, name)) = line.split_once("rename = \"") {
            renamed = name.split('"').next().map(str::to_owned);
        } else if let Some((field, _)) = line.strip_prefix("pub ").and_then(|it| it.split_once(": ")) {
            fields.insert(renamed.take().unwrap_or_else(|| field.to_owned()));
        }
    }
    fields
}

/// The keys in the rows of the document's table under the heading `heading`.
fn rows(document: &str, heading: &str) -> BTreeSet<String> {
    let heading = format!("#### `{heading}`");
    let lines = document.lines().skip_while(|it| !it.starts_with(&heading)).skip(1);
    let section = lines.take_while(|it| !it.starts_with('#'));
    section.filter_map(|it| it.strip_prefix("| `")?.split('`').next().map(str::to_owned)).collect()
}

/// The commands that a document shows: each line of its `sh` blocks that begins with ours.
fn shown(document: &str) -> Vec<Vec<String>> {
    let mut is_shell = false;
    let mut shown = Vec::new();
    for line in document.lines().map(str::trim) {
        if let Some(language) = line.strip_prefix("```") {
            is_shell = language == "sh" && !is_shell;
        } else if is_shell {
            let words = words(line.strip_prefix("sudo -u changeover ").unwrap_or(line));
            let ours: [&[&str]; 2] = [&["changeover"], &["cargo", "run", "--release", "--"]];
            let begins = |ours: &&[&str]| words.iter().zip(*ours).filter(|(a, b)| a == b).count() == ours.len();
            let arguments = ours.iter().find(|it| begins(it)).map(|it| &words[it.len()..]);
            shown.extend(arguments.map(<[String]>::to_vec));
        }
    }
    shown
}

/// A line as a shell would split it: by spaces outside quotes, up to a comment, a pipe or a second command.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (None, '#' | '|' | '&' | '>' | ';') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What is wrong with a command that a document shows; its help must know every word that is not a value.
fn violations(arguments: &[String]) -> Vec<String> {
    let line = arguments.join(" ");
    let mut path = Vec::new();
    let mut help = help(&path).unwrap_or_default();
    for word in arguments.iter().take_while(|it| !it.starts_with('-')) {
        let is_command = help.lines().any(|line| line.trim_start().split(' ').next() == Some(word.as_str()));
        if !is_command || !help.contains("\nCommands:\n") {
            break;
        }
        path.push(word.clone());
        help = self::help(&path).unwrap_or_default();
    }
    if path.is_empty() {
        return vec![format!("`changeover {line}` is no command")];
    }
    let mut wrong = Vec::new();
    let flags = arguments.iter().filter(|it| it.starts_with("--") && it.len() > 2);
    for flag in flags.map(|it| it.split('=').next().unwrap_or(it)) {
        if !help.split([' ', ',', '\n']).any(|word| word == flag) {
            wrong.push(format!("`changeover {line}`: there is no {flag}"));
        }
    }
    if path == ["say"] {
        let directory = Directory::new(["shop/production".parse().unwrap()]);
        let values = ["--config", "-c", "--socket", "--id", "--format"];
        let rest = arguments.iter().enumerate().skip(1);
        let spoken: Vec<&str> = rest
            .filter(|(at, it)| !it.starts_with('-') && !values.contains(&arguments[at - 1].as_str()))
            .map(|(_, it)| it.as_str())
            .collect();
        wrong.extend(parse(&spoken.join(" "), &directory).err().map(|it| format!("`changeover {line}`: {it}")));
    }
    wrong
}

fn help(path: &[String]) -> Option<String> {
    let output = Command::new(PROGRAM).args(path).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn commands_that_are_shown_exist() {
    let documents = sources::files("", &["md"]);
    let shown: Vec<Vec<String>> = documents.iter().flat_map(|it| shown(&it.text)).collect();
    assert!(shown.len() > 10, "the documents show commands in blocks marked `sh`: {shown:?}");
    let wrong: Vec<String> = shown.iter().flat_map(|it| violations(it)).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn lines_that_are_listed_are_understood() {
    let directory = Directory::new(["shop/production".parse().unwrap(), "shop/staging".parse().unwrap()]);
    let readme = read("README.md");
    let section = readme.split("\n### What you can say\n").nth(1).unwrap_or_default();
    let rows = section.lines().take_while(|it| !it.starts_with('#')).filter_map(|it| it.strip_prefix("| `"));
    let lines: Vec<&str> = rows.filter_map(|it| it.split('`').next()).collect();
    assert!(lines.len() > 10, "the README lists what can be said: {lines:?}");
    for line in lines {
        if let Err(misread) = parse(line, &directory) {
            panic!("{line}: {misread}");
        }
    }
}

#[test]
fn every_key_of_the_configuration_is_documented_and_no_other() {
    let readme = read("README.md");
    for (heading, file, name) in TABLES {
        assert_eq!(rows(&readme, heading), fields(&read(file), name), "{heading} in README.md, and {name} in {file}");
    }
}

#[test]
fn every_example_holds() {
    let examples = sources::files("examples", &["toml"]);
    assert!(!examples.is_empty());
    for it in examples {
        let secrets = it.text.split("{ env = \"").skip(1).filter_map(|it| Some((it.split('"').next()?, "secret")));
        let mut check = Command::new(PROGRAM);
        let output = check.args(["check", &it.path]).envs(secrets).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}: {}", it.path, String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_a_document_gets_wrong_is_seen() {
    let document = "```sh\nchangeover srve\nchangeover serve --confg x # y\n$ ls\n```\n```toml\nchangeover serve\n```\n\
                    ```sh\ncargo run --release -- demo --json | head\nchangeover edge status --socket x\n\
                    changeover say --config x \"depoly shop@1 to production\"\n```";
    let wrong: Vec<usize> = shown(document).iter().map(|it| violations(it).len()).collect();
    assert_eq!(wrong, [1, 1, 0, 0, 1]);
    let text =
        "pub struct A {\n    #[serde(default, rename = \"c\")]\n    pub checks: u8,\n    pub b: u8,\n}\npub x: u8,";
    assert_eq!(fields(text, "A").into_iter().collect::<Vec<_>>(), ["b", "c"]);
    let table = "#### `[a]`: x\n\n| key | default |\n|---|---|\n| `b` | 1 |\n\n#### `[c]`\n| `d` | 2 |";
    assert_eq!(rows(table, "[a]").into_iter().collect::<Vec<_>>(), ["b"]);
}
