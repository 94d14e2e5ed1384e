//! The person's side of the console.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::{Answer, Request};
use crate::clock::Clock;
use crate::control::{ControlError, receive, send};
use crate::process::ProcessId;

/// How long the bot may take to take a line in.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to a running bot.
pub struct Connection {
    socket: PathBuf,
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Connection {
    /// Connects to the bot that listens on `socket`.
    pub async fn open(socket: &Path) -> Result<Self, ControlError> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(|source| ControlError::Unreachable { socket: socket.display().to_string(), source })?;
        let (reader, writer) = stream.into_split();
        Ok(Self { socket: socket.to_owned(), reader: BufReader::new(reader), writer })
    }

    /// Asks; the answers follow.
    pub async fn ask(&mut self, request: &Request) -> Result<(), ControlError> {
        let sent = tokio::time::timeout(PATIENCE, send(&mut self.writer, request)).await;
        sent.map_err(|_| ControlError::Late { socket: self.name(), limit: PATIENCE })?
            .map_err(|source| ControlError::Broken { socket: self.name(), source })
    }

    /// The next answer; none when the bot closed the connection. Waits as long as a run takes.
    pub async fn next(&mut self) -> Result<Option<Answer>, ControlError> {
        let line =
            receive(&mut self.reader).await.map_err(|source| ControlError::Broken { socket: self.name(), source })?;
        line.map(|line| serde_json::from_str(&line))
            .transpose()
            .map_err(|source| ControlError::Garbled { socket: self.name(), source })
    }

    fn name(&self) -> String {
        self.socket.display().to_string()
    }
}

/// A name for one delivery that no other has: this process, for all its life, and the time.
#[must_use]
pub fn delivery_id(clock: &dyn Clock) -> String {
    let pid = i32::try_from(std::process::id()).unwrap_or_default();
    let ticks = ProcessId::of(pid).map_or(0, |it| it.started_ticks);
    format!("{pid}.{ticks}.{}", clock.now().as_microsecond())
}
