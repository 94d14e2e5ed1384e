//! `changeover check`: reads a configuration and says what is wrong with it; with `--live`, reads the world too.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::output;
use crate::chat::{discord, slack};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::rooms;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configuration file.
    #[arg(default_value = "changeover.toml")]
    file: PathBuf,
    /// Also ask every balancer, fleet and chat platform how it stands; nothing is changed, nothing is started.
    #[arg(long)]
    live: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.file)?;
    let count = config.sites.len();
    output::line(&format!("{}: good, {count} site{}", args.file.display(), if count == 1 { "" } else { "s" }));
    if !args.live {
        return Ok(ExitCode::SUCCESS);
    }
    super::block_on(async {
        let mut is_good = true;
        for site in &config.sites {
            let room = rooms::look_in(&config, site, Arc::new(SystemClock::new()))?;
            match room.look_around().await {
                Ok(world) => {
                    let live = world.live.map_or_else(|| "nothing".to_owned(), |it| it.to_string());
                    let (blue, green) = (world.found.blue.machines.len(), world.found.green.machines.len());
                    let name = &room.name;
                    output::line(&format!("{name}: {live} is live; {blue} machines in blue, {green} in green"));
                }
                Err(fault) => {
                    is_good = false;
                    output::line(&format!("{}: {fault}", room.name));
                }
            }
        }
        let roles = config.policy.roles.iter();
        let members: Vec<String> = roles.flat_map(|role| role.members.iter().map(ToString::to_string)).collect();
        if let Some(settings) = config.chat.slack.as_ref().map(toml::Spanned::get_ref) {
            for found in slack::look(settings, &members).await? {
                is_good &= found.is_good;
                output::line(&format!("slack: {}", found.sentence));
            }
        }
        if let Some(settings) = config.chat.discord.as_ref().map(toml::Spanned::get_ref) {
            for found in discord::look(&super::discord::rest(settings)?, settings).await {
                is_good &= found.is_good;
                output::line(&format!("discord: {}", found.sentence));
            }
        }
        Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
