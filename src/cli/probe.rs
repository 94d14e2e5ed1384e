//! `changeover probe`: steady traffic and a record of every request.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use super::duration::duration;
use crate::clock::SystemClock;
use crate::prober::{self, Mix, Settings, Stats, Target};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to send requests: http://127.0.0.1:PORT.
    #[arg(long)]
    target: Target,
    /// How many requests a second, in all.
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// Of these, how many take the application long.
    #[arg(long, default_value_t = 2)]
    slow: u32,
    /// How long these take.
    #[arg(long, value_parser = duration, default_value = "2s")]
    slow_for: Duration,
    /// Of these, how many upload 64 KiB.
    #[arg(long, default_value_t = 5)]
    uploads: u32,
    /// Of these, how many are answered in pieces.
    #[arg(long, default_value_t = 2)]
    streams: u32,
    /// Of these, how many are orders, which the sample application writes to its database.
    #[arg(long, default_value_t = 0)]
    orders: u32,
    /// How many idle connections are kept.
    #[arg(long, default_value_t = 16)]
    kept: usize,
    /// How long to send; until SIGTERM, if not given.
    #[arg(long, value_parser = duration)]
    duration: Option<Duration>,
    /// The same seed sends the same requests in the same order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file of records, one JSON object a line.
    #[arg(long)]
    out: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let settings = Settings {
        target: args.target.clone(),
        mix: Mix::new(args.rate, args.slow, args.uploads, args.streams, args.orders)?,
        kept_connections: args.kept,
        slow: args.slow_for,
        duration: args.duration,
        seed: args.seed,
        out: args.out.clone(),
    };
    raise_descriptor_limit();
    // One thread: whatever is measured needs the others.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stopped = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        prober::run(&settings, &SystemClock::new(), stopped, print).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Whether anybody still reads.
fn print(stats: &Stats) -> bool {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, stats).is_ok() && out.write_all(b"\n").and_then(|()| out.flush()).is_ok()
}

/// A stall of the target leaves many connections open at once; each is a descriptor.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    // As much as is allowed; what fails for want of descriptors is recorded as a failure that says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
