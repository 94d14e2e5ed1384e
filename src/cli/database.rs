//! `changeover database preflight | standing SITE`: asks the databases themselves; nothing is changed.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use events::name::SiteName;
use serde::Serialize;

use super::output::{self, Format};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::rooms;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything that must be so before users may cross, each with what was read; fails if something is not.
    Preflight(Place),
    /// Which server takes writes, and how the other one follows.
    Standing(Place),
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The site, as SERVICE/STAGE.
    site: SiteName,
    /// The configuration file.
    #[arg(long, short, default_value = "changeover.toml")]
    config: PathBuf,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (Command::Preflight(place) | Command::Standing(place)) = &args.command;
    let config = Config::read(&place.config)?;
    let site = config.sites.iter().find(|it| it.name() == place.site);
    let site = site.with_context(|| format!("{} is not in {}", place.site, place.config.display()))?;
    let room = rooms::look_in(&config, site, Arc::new(SystemClock::new()))?;
    super::block_on(async {
        let is_good = match &args.command {
            Command::Preflight(_) => {
                let report = room.preflight().await?;
                print(&report, &report.to_string(), place.format);
                report.passes()
            }
            Command::Standing(_) => {
                let report = room.standing().await?;
                print(&report, &report.to_string(), place.format);
                true
            }
        };
        Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

fn print(report: &impl Serialize, text: &str, format: Format) {
    match format {
        Format::Text => output::line(text),
        Format::Json => output::json(report),
    }
}
