//! `changeover serve`: the bot.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::logging::{self, LogFormat};
use crate::app;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configuration file.
    #[arg(long, short, default_value = "changeover.toml")]
    config: PathBuf,
    /// How log lines are written to stderr.
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
    /// What is logged: error, warn, info, debug, or a list such as info,changeover=debug.
    #[arg(long, default_value = "info")]
    log_level: String,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.config)?;
    logging::start(args.log_format, &args.log_level)?;
    let program = std::env::current_exe().context("this program could not be found")?;
    super::block_on(async {
        let stopped = CancellationToken::new();
        let mut terminated = signal(SignalKind::terminate())?;
        let mut interrupted = signal(SignalKind::interrupt())?;
        let token = stopped.clone();
        let signals = async move {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
            tracing::info!("stopping: what is underway goes on at the next start");
            token.cancel();
        };
        let (served, ()) = tokio::join!(
            async {
                let served = app::serve(&config, &program, stopped.clone()).await;
                stopped.cancel();
                served
            },
            async {
                tokio::select! {
                    () = signals => {}
                    () = stopped.cancelled() => {}
                }
            }
        );
        served?;
        Ok(ExitCode::SUCCESS)
    })
}
