//! The shop's releases: a small git repository with a tag for each way to behave.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Each tag and how that release behaves.
const RELEASES: [(&str, &str); 7] = [
    ("v1", "version = \"1\"\n"),
    ("v2", "version = \"2\"\nwarm_up = \"50ms\"\n"),
    ("v3-broken", "version = \"3\"\nhealthy = false\n"),
    ("v4-wrong", "version = \"4\"\nwrong_release = true\n"),
    ("v5-mute", "version = \"5\"\nwarm_up = \"1h\"\n"),
    ("v6-crashing", "version = \"6\"\ncrash_after = \"20ms\"\n"),
    ("v7", "version = \"7\"\n"),
];

/// Makes the repository in `folder`, in one go; with so many `further` releases, `r0000` and so on, which behave like `v7`.
pub(crate) fn create(folder: &Path, further: usize) {
    std::fs::create_dir(folder).unwrap();
    git(folder, &["init", "--quiet"], "");
    let mut stream = String::new();
    for (tag, behaviour) in RELEASES {
        let message = format!("shop: Release {tag}");
        stream.push_str("commit refs/heads/main\ncommitter shop <shop@example.com> 1767225600 +0000\n");
        let content = format!("M 644 inline release.toml\ndata {}\n{behaviour}\n", behaviour.len());
        write!(stream, "data {}\n{message}\n{content}", message.len()).unwrap();
        write!(stream, "reset refs/tags/{tag}\nfrom refs/heads/main\n\n").unwrap();
    }
    for number in 0..further {
        write!(stream, "reset refs/tags/r{number:04}\nfrom refs/heads/main\n\n").unwrap();
    }
    git(folder, &["fast-import", "--quiet"], &stream);
}

fn git(folder: &Path, arguments: &[&str], input: &str) {
    let mut git = Command::new("git")
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "git {arguments:?}");
}
