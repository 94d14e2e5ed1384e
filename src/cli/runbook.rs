//! `changeover runbook SITE`: how a person without the bot puts traffic back.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use events::color::Color;
use events::fold::State;
use events::name::SiteName;
use events::weights::Weights;

use super::output;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::log::sqlite::SqliteLog;
use crate::questions;
use crate::rooms;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, as SERVICE/STAGE.
    site: SiteName,
    /// The configuration file.
    #[arg(long, short, default_value = "changeover.toml")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.config)?;
    let name = &args.site;
    let site = config.sites.iter().find(|it| it.name() == *name);
    let site = site.with_context(|| format!("{name} is not in {}", args.config.display()))?;
    let room = rooms::look_in(&config, site, Arc::new(SystemClock::new()))?;
    super::block_on(async {
        let log = SqliteLog::open_read_only(&config.bot.log).await?;
        let state: State = questions::fold(&log, None).await?;
        log.close().await;
        let known = state.site(name);
        output::line(&format!("# {name}, from the log up to event {}", state.position));
        output::line(&questions::status_of(&state, Some(name)).to_string());
        output::line("\n# Which machines there really are:");
        output::line(&room.fleet.by_hand());
        let workers = |color: Color| {
            if let Some(workers) = &room.workers {
                output::line(&format!("# What works behind them there:\n{}", workers.by_hand(color)));
            }
        };
        match (known.live, known.window.as_ref().map(|it| it.way_back)) {
            (Some(live), way_back) => {
                output::line(&format!("\n# Every request to {live}, which is live as the log has it:"));
                output::line(&room.traffic.by_hand(Weights::all_to(live)));
                workers(live);
                if let Some(way_back) = way_back {
                    output::line(&format!("\n# Every request back to {way_back}, the way back:"));
                    output::line(&room.traffic.by_hand(Weights::all_to(way_back)));
                    workers(way_back);
                }
                output::line(&format!("\n# Afterwards, when the bot runs again, tell it: changeover adopt {name}"));
            }
            (None, _) => output::line("\n# Nothing has ever been live here, so there is nothing to put back."),
        }
        Ok(ExitCode::SUCCESS)
    })
}
