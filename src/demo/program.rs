//! Runs `changeover` commands: the demo's only way to talk to the bot and to read its log.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use super::DemoError;
use super::folder::Folder;
use crate::certificate::Logged;

/// How long a command that only reads may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a line may take from being said until the run that it began has ended.
const RUN_PATIENCE: Duration = Duration::from_secs(150);
/// The most of an error that is shown, in bytes.
const ERROR_BYTES: u64 = 4 * 1024;

/// The program, and the folder that it works in.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) folder: Folder,
}

/// How a line was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The answer was positive and what it began ended well.
    pub(super) is_well: bool,
    /// The last line, of the answer or of the error.
    pub(super) last: String,
}

impl Program {
    /// A command in a process group of its own, so that Ctrl-C reaches the demo alone, which then ends it.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(&self.folder.path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0);
        command
    }

    /// Says `line` to the bot and waits until what it begins has ended. Each line of the answer is shown by `heard`.
    pub(super) async fn say(&self, line: &str, heard: impl FnMut(&str)) -> Result<Said, DemoError> {
        let configuration = self.folder.configuration();
        let configuration = text(&configuration);
        let arguments = ["say", "--config", configuration, "--wait", line];
        let (status, last) = self.stream(&arguments, RUN_PATIENCE, heard).await?;
        Ok(Said { is_well: status.success(), last })
    }

    /// Whether the bot answers.
    pub(super) async fn is_up(&self) -> Result<bool, DemoError> {
        let configuration = self.folder.configuration();
        let arguments = ["say", "--config", text(&configuration), "/status"];
        Ok(self.stream(&arguments, PATIENCE, |_| {}).await?.0.success())
    }

    /// Asks about the log's file; the error has what the program said.
    pub(super) async fn ask(&self, arguments: &[&str], heard: impl FnMut(&str)) -> Result<(), DemoError> {
        let log = self.folder.log();
        let mut arguments = arguments.to_vec();
        arguments.push(text(&log));
        let (status, last) = self.stream(&arguments, PATIENCE, heard).await?;
        if status.success() {
            return Ok(());
        }
        Err(DemoError::Deviated { line: format!("changeover {}", arguments.join(" ")), why: last })
    }

    /// Every event of the log.
    pub(super) async fn log(&self) -> Result<Vec<Logged>, DemoError> {
        let mut lines = Vec::new();
        let mut bad = None;
        let mut number = 0;
        self.ask(&["log", "export"], |line| {
            number += 1;
            // The first and the last line say which log it is, and that it is whole.
            if line.starts_with("{\"changeover_log\"") || line.starts_with("{\"end_of_log\"") {
                return;
            }
            match Logged::parse(number, line) {
                Ok(event) => lines.push(event),
                Err(error) => bad = bad.take().or(Some(error)),
            }
        })
        .await?;
        match bad {
            Some(error) => Err(error.into()),
            None => Ok(lines),
        }
    }

    async fn stream(
        &self,
        arguments: &[&str],
        limit: Duration,
        mut heard: impl FnMut(&str),
    ) -> Result<(ExitStatus, String), DemoError> {
        let what = arguments.join(" ");
        let failed = |source| DemoError::Program { what: what.clone(), source };
        let run = async {
            let mut child = self.command(arguments).spawn().map_err(failed)?;
            let (output, errors) = (child.stdout.take(), child.stderr.take());
            let mut last = String::new();
            let listen = async {
                let Some(output) = output else { return Ok(()) };
                let mut lines = BufReader::new(output).lines();
                while let Some(line) = lines.next_line().await.map_err(failed)? {
                    heard(&line);
                    last = line;
                }
                Ok::<(), DemoError>(())
            };
            let complaint = async {
                let mut text = Vec::new();
                let Some(mut errors) = errors else { return Ok(text) };
                (&mut errors).take(ERROR_BYTES).read_to_end(&mut text).await.map_err(failed)?;
                // The rest must be read too, or the program could not end.
                tokio::io::copy(&mut errors, &mut tokio::io::sink()).await.map_err(failed)?;
                Ok(text)
            };
            let ((), complaint) = tokio::try_join!(listen, complaint)?;
            let status = child.wait().await.map_err(failed)?;
            let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
            Ok((status, if status.success() || complaint.is_empty() { last } else { complaint }))
        };
        match tokio::time::timeout(limit, run).await {
            Ok(ended) => ended,
            Err(_) => Err(DemoError::Late { what: what.clone(), limit }),
        }
    }
}

/// A path of the demo's folder, which is known to be text: it was made from text.
fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}
