//! Programs that the makers of Slack wrote, or that stand on what they wrote.

use std::path::PathBuf;
use std::process::{Command as Once, Stdio};
use std::sync::OnceLock;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::bed::SECRET;
use crate::fake::{APP_TOKEN, BOT_TOKEN, Fake};
use crate::guard;

/// How long a peer may take for anything.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// A program that tells what it does line by line.
pub(crate) struct Peer {
    _child: Child,
    _folder: tempfile::TempDir,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

/// Where the peers are; installed by the first test that needs them.
fn installed() -> &'static PathBuf {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let status = Once::new(root.join("tests/peers/install")).status().unwrap();
        assert!(status.success(), "tests/peers/install: {status}");
        root.join("target/peers")
    })
}

impl Peer {
    /// A script in Python, beside this file.
    pub(crate) fn python(script: &str, fake: Option<&Fake>) -> Self {
        Self::start(installed().join("python/bin/python"), script, fake)
    }

    /// A script for Node, beside this file.
    pub(crate) fn node(script: &str, fake: &Fake) -> Self {
        Self::start("node".into(), script, Some(fake))
    }

    /// A script beside this file that takes requests on a port.
    pub(crate) fn server(script: &str, fake: &Fake, port: u16) -> Self {
        let is_python = script.strip_suffix(".py").is_some();
        let program = if is_python { installed().join("python/bin/python") } else { "node".into() };
        Self::with(program, script, Some(fake), port)
    }

    fn start(program: PathBuf, script: &str, fake: Option<&Fake>) -> Self {
        Self::with(program, script, fake, 0)
    }

    fn with(program: PathBuf, script: &str, fake: Option<&Fake>, port: u16) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/slack/peers").join(script);
        let mut command = Command::new(program);
        command.arg(path).env("PEERS", installed()).env("BOT_TOKEN", BOT_TOKEN).env("APP_TOKEN", APP_TOKEN);
        command.env("PORT", port.to_string()).env("SIGNING_SECRET", SECRET);
        if let Some(fake) = fake {
            command.env("API_URL", fake.api_url());
        }
        // Where a guard finds it, should the test be killed.
        let folder = tempfile::tempdir().unwrap();
        guard::watch(folder.path());
        command.current_dir(folder.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { _child: child, _folder: folder, input, lines: BufReader::new(output).lines() }
    }

    /// The next line that it tells.
    pub(crate) async fn tells(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line());
        line.await.expect("a peer says nothing").unwrap().expect("a peer has ended")
    }

    /// What it says to this line.
    pub(crate) async fn asked(&mut self, line: &str) -> String {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.tells().await
    }
}
