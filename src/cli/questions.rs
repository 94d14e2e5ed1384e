//! `changeover status | history | why | replay`: straight from a log file, for any moment; no bot is needed.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use events::history::Moment;
use events::name::SiteName;
use events::number::{Position, RunNumber};
use jiff::Timestamp;

use super::output::{self, Format};
use crate::config::Config;
use crate::log::sqlite::SqliteLog;
use crate::ports::LogReader;
use crate::questions::{self, Reply};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, as SERVICE/STAGE; may be left out where there is only one.
    site: Option<SiteName>,
    /// The run, such as 42; the newest if left out.
    #[arg(long)]
    run: Option<u32>,
    /// The log file; otherwise the one that the configuration names.
    #[arg(long)]
    log: Option<PathBuf>,
    /// The configuration file.
    #[arg(long, short, default_value = "changeover.toml")]
    config: PathBuf,
    /// As of this time, such as 2026-08-10T18:00:00Z.
    #[arg(long, conflicts_with = "position")]
    at: Option<Timestamp>,
    /// As of this event, by its position in the log.
    #[arg(long)]
    position: Option<u64>,
    /// How many runs `history` shows.
    #[arg(long, default_value_t = 20)]
    limit: u16,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Which question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Status,
    History,
    Why,
    Replay,
}

pub(super) fn run(args: &Args, kind: Kind) -> anyhow::Result<ExitCode> {
    let path = match &args.log {
        Some(path) => path.clone(),
        None => Config::read(&args.config).context("name the log with --log FILE, or a --config")?.bot.log,
    };
    super::block_on(async {
        let log = SqliteLog::open_read_only(&path).await?;
        let reply = answer(&log, args, kind).await?;
        log.close().await;
        match args.format {
            Format::Text => output::line(&reply.to_string()),
            Format::Json => output::json(&reply),
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn answer(log: &dyn LogReader, args: &Args, kind: Kind) -> anyhow::Result<Reply> {
    let at = args.at.map(Moment::Time);
    let moment = at.or(args.position.map(|it| Moment::Position(Position(it))));
    let run = args.run.map(RunNumber);
    if kind == Kind::Status {
        return Ok(questions::status_at(log, args.site.as_ref(), moment).await?);
    }
    let site = match &args.site {
        Some(site) => site.clone(),
        None => only_site(log).await?,
    };
    Ok(match kind {
        Kind::Status => questions::status_at(log, Some(&site), moment).await?,
        Kind::History => questions::history(log, &site, args.limit, moment).await?,
        Kind::Why => questions::why(log, &site, run, moment).await?,
        Kind::Replay => questions::replay(log, &site, run, moment).await?,
    })
}

async fn only_site(log: &dyn LogReader) -> anyhow::Result<SiteName> {
    let Reply::Status(sites) = questions::status_at(log, None, None).await? else {
        anyhow::bail!("the log could not be read");
    };
    match sites.as_slice() {
        [one] => Ok(one.site.clone()),
        [] => anyhow::bail!("the log knows no site yet"),
        many => {
            let names: Vec<String> = many.iter().map(|it| it.site.to_string()).collect();
            anyhow::bail!("which site? name one of {}", names.join(", "))
        }
    }
}
