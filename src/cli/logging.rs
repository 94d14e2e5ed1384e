//! Where our own log lines go: stderr, for people or as JSON.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use clap::ValueEnum;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Starts logging. `filter` is a level such as `info`, or a list such as `info,changeover=debug`.
pub(super) fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter: Targets = filter.parse().with_context(|| format!("`{filter}` is no log level"))?;
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal);
    let started = match format {
        LogFormat::Text => tracing_subscriber::registry().with(lines).with(filter).try_init(),
        LogFormat::Json => {
            tracing_subscriber::registry().with(lines.json().flatten_event(true)).with(filter).try_init()
        }
    };
    started.context("logging could not be started")
}
