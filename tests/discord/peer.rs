//! Programs that stand on what others wrote for Discord.

use std::path::PathBuf;
use std::process::{Command as Once, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::fake::{CHANNEL, Fake, TOKEN};
use crate::guard;

/// How long a peer may take for anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program that is spoken to line by line.
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
    /// A script in Python, among `peers`.
    pub(crate) fn python(script: &str) -> Self {
        Self::start(installed().join("python/bin/python"), script, None)
    }

    /// A script for Node, among `peers`.
    pub(crate) fn node(script: &str, fake: Option<&Fake>) -> Self {
        Self::start("node".into(), script, fake)
    }

    fn start(program: PathBuf, script: &str, fake: Option<&Fake>) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/discord/peers").join(script);
        let mut command = Command::new(program);
        command.arg(path).env("PEERS", installed()).env("TOKEN", TOKEN).env("CHANNEL", CHANNEL);
        if let Some(fake) = fake {
            // The library adds the version.
            command.env("API", fake.api_url().trim_end_matches("/v10"));
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
    pub(crate) async fn asked(&mut self, line: &Value) -> String {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.tells().await
    }
}
