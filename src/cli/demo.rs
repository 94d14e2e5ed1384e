//! `changeover demo`: a whole life of a shop, in a temporary folder.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::duration::duration;
use crate::certificate::render;
use crate::demo::{self, Display, Engine, Provided, Report, Settings};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How often users are brought over and back.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rounds: u32,
    /// How many requests a second the users send.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: u32,
    /// The stability window; afterwards the old environment is decommissioned at the next full minute.
    #[arg(long, default_value = "3s", value_parser = duration)]
    window: Duration,
    /// Kill the bot so often, at moments that the seed decides.
    #[arg(long, default_value_t = 0)]
    kills: usize,
    /// The same seed sends the same requests and kills at the same moments of the script.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Let the shop take orders, each color with a database of its own: two servers of this kind, which must be installed.
    #[arg(long)]
    database: Option<Engine>,
    /// Take the database server from this folder: its program `start`, and `template/data` to copy.
    #[arg(long, requires = "database")]
    server: Option<PathBuf>,
    /// Keep everything in this folder: log, records, configuration. It must be empty or new.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Print the certificate as one JSON object, and what happens on standard error.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let find = |engine| Provided::find(engine, args.server.as_deref(), path().as_deref());
    let settings = Settings {
        program: std::env::current_exe().context("this program does not know where it lies")?,
        rounds: args.rounds,
        rate: args.rate,
        window: args.window,
        kills: args.kills,
        seed: args.seed,
        database: args.database.map(find).transpose()?,
        keep: args.keep.clone(),
    };
    let display = if args.json {
        Display::new(Box::new(std::io::stderr()), std::io::stderr().is_terminal())
    } else {
        Display::new(Box::new(std::io::stdout()), std::io::stdout().is_terminal())
    };
    let report = super::block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let interrupted = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        Ok(demo::play(&settings, &display, interrupted).await?)
    })?;
    let text = if args.json { format!("{}\n", serde_json::to_string(&report)?) } else { shown(&report) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if report.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn shown(report: &Report) -> String {
    let mut lines = vec![render(&report.certificate)];
    if report.kills > 0 {
        lines.push(format!("  The bot was killed {} times meanwhile; {} starts.\n", report.kills, report.starts));
    }
    for deviation in &report.deviations {
        lines.push(format!("  Not as told: {deviation}.\n"));
    }
    if let Some(folder) = &report.kept {
        let folder = folder.display();
        lines.push(format!("  Everything is kept in {folder}; play it again:\n"));
        lines.push(format!("    changeover replay --log {folder}/changeover.db\n"));
        lines.push(format!("    changeover log verify {folder}/changeover.db\n"));
    }
    lines.concat()
}

#[expect(clippy::disallowed_methods, reason = "where programs lie is what this variable says")]
fn path() -> Option<String> {
    std::env::var("PATH").ok()
}
