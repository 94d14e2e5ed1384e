//! `changeover check`: reads a configuration and says what is wrong with it; with `--live`, reads the world too.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use commands::card::Board;
use events::fact::{ChatEvent, Event};
use events::number::Version;
use events::wire::decode;

use super::output;
use crate::chat::{Channel, discord, slack};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::log::sqlite::SqliteLog;
use crate::ports::LogReader as _;
use crate::rooms;

/// How many events one read takes.
const PAGE: usize = 512;

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
        for channel in config.chat.channels(&config.sites).keys().filter(|_| config.bot.log.exists()) {
            let doubts = doubts(&config, channel).await?;
            if doubts > 0 {
                let why = "nobody heard what became of posting them, and they were not found";
                output::line(&format!("{channel}: {doubts} messages may stand there twice: {why}"));
            }
        }
        Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// How often it could not be told whether a message stood in a channel, and it was posted.
async fn doubts(config: &Config, channel: &Channel) -> anyhow::Result<usize> {
    let log = SqliteLog::open_read_only(&config.bot.log).await?;
    let (stream, mut version, mut count) = (Board::stream(channel), Version(0), 0);
    loop {
        let page = log.stream_after(&stream, version, PAGE).await?;
        count += page.iter().filter(|it| matches!(decode(it), Ok(Event::Chat(ChatEvent::Doubted { .. })))).count();
        match page.last() {
            Some(last) => version = last.version,
            None => return Ok(count),
        }
    }
}
