//! `changeover deliver --job FILE`: does one delivery, as a process of its own; started by the bot, not by people.

use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::delivery::command;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to do: written by the bot.
    #[arg(long, value_name = "FILE")]
    job: PathBuf,
    /// Which start of the job this is; an earlier one does nothing.
    #[arg(long, value_name = "NUMBER")]
    attempt: u32,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    super::block_on(async {
        let stopped = CancellationToken::new();
        let mut terminated = signal(SignalKind::terminate())?;
        let work = command::work(&args.job, args.attempt, stopped.clone());
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => break done?,
                // Told to end, it first ends what it has running, and writes that down.
                Some(()) = terminated.recv() => stopped.cancel(),
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
