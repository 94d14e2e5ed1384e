//! The prober as a child of the demo.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::DemoError;
use super::display::Display;
use super::program::Program;
use crate::prober::{REQUEST_LIMIT, Stats};
use crate::process::ProcessId;

/// One request of so many is an order, where the shop takes orders.
const ORDERS_OF: u32 = 4;

/// Steady traffic, from its start until it is stopped.
pub(super) struct Traffic {
    child: Child,
    reading: AbortOnDropHandle<()>,
    stats: watch::Receiver<Stats>,
}

impl Traffic {
    /// Starts the prober; how it goes is shown.
    pub(super) fn start(
        program: &Program,
        target: &str,
        rate: u32,
        seed: u64,
        has_orders: bool,
        display: Display,
    ) -> Result<Self, DemoError> {
        // Below 40 requests a second there is no room for so many special ones.
        let (slow, uploads, streams) = if rate >= 40 { ("2", "5", "2") } else { ("0", "0", "0") };
        let orders = if has_orders { (rate / ORDERS_OF).max(1) } else { 0 };
        let orders = orders.to_string();
        let (rate, seed) = (rate.to_string(), seed.to_string());
        let mut command = program.command(&["probe", "--target", target, "--rate", &rate, "--seed", &seed]);
        command.args(["--slow", slow, "--uploads", uploads, "--streams", streams, "--orders", &orders, "--out"]);
        command.arg(program.folder.records()).stderr(Stdio::null());
        let failed = |source| DemoError::Program { what: "probe".to_owned(), source };
        let mut child = command.spawn().map_err(failed)?;
        let output = child.stdout.take().ok_or_else(|| DemoError::Prober("it has no output".to_owned()))?;
        let (say, stats) = watch::channel(Stats::default());
        let reading = AbortOnDropHandle::new(tokio::spawn(read(BufReader::new(output).lines(), say, display)));
        Ok(Self { child, reading, stats })
    }

    /// Returns once the first requests were answered.
    pub(super) async fn flows(&self) -> Result<(), DemoError> {
        let mut stats = self.stats.clone();
        let flowing = stats.wait_for(|it| it.answered > 0);
        match tokio::time::timeout(REQUEST_LIMIT, flowing).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(DemoError::Prober("before it sent anything".to_owned())),
            Err(_) => Err(DemoError::Prober("without any answer".to_owned())),
        }
    }

    /// Stops sending, waits for the answers that are due, and returns once every record is in its file.
    pub(super) async fn stop(mut self) -> Result<(), DemoError> {
        let id = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(ProcessId::of);
        if let Some(id) = id {
            id.signal_group(Signal::TERM);
        }
        let patience = REQUEST_LIMIT.saturating_add(Duration::from_secs(5));
        let ended = tokio::time::timeout(patience, async {
            let status = self.child.wait().await;
            // The last lines are read once the other end is closed.
            let _ = (&mut self.reading).await;
            status
        });
        match ended.await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(DemoError::Prober(status.to_string())),
            Ok(Err(error)) => Err(DemoError::Prober(error.to_string())),
            Err(_) => Err(DemoError::Prober(format!("not within {patience:?} of SIGTERM"))),
        }
    }
}

async fn read(mut lines: Lines<BufReader<ChildStdout>>, say: watch::Sender<Stats>, display: Display) {
    // A line that is no statistics is skipped: the records have everything.
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(stats) = serde_json::from_str::<Stats>(&line) {
            display.traffic(stats.clone());
            let _ = say.send(stats);
        }
    }
}
