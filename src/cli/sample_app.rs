//! `changeover sample-app`: the application that the demo releases.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::SystemClock;
use crate::sample::{self, Place};

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    let port = told("PORT").context("sample-app is told its port by the environment variable PORT")?;
    let place = Place {
        port: port.parse().with_context(|| format!("PORT is {port:?}, not a port"))?,
        color: told("CHANGEOVER_COLOR").unwrap_or_else(|| "none".to_owned()),
        slot: told("CHANGEOVER_SLOT").unwrap_or_else(|| "none".to_owned()),
        database: told("SHOP_DATABASE").map(PathBuf::from),
    };
    // One thread: a fleet of these must leave room for what is being shown.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let stopped = async {
            terminate.recv().await;
        };
        sample::run(Path::new("."), place, &SystemClock::new(), stopped).await?;
        Ok(ExitCode::SUCCESS)
    })
}

#[expect(clippy::disallowed_methods, reason = "a supervised application is told its place by its environment")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
