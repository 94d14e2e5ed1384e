//! `changeover discord …`: what the bot is on Discord.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;

use super::output;
use crate::chat::discord::register::{Scope, compare, register};
use crate::chat::discord::{Rest, Settings};
use crate::clock::SystemClock;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show how the commands that Discord offers differ from this version's; with --yes, make them the same.
    Register(RegisterArgs),
}

#[derive(Debug, clap::Args)]
struct RegisterArgs {
    /// The configuration file.
    #[arg(long, short, default_value = "changeover.toml")]
    config: PathBuf,
    /// In the configured server, where they are there at once; the default.
    #[arg(long, conflicts_with = "global")]
    guild: bool,
    /// Wherever the application is installed.
    #[arg(long)]
    global: bool,
    /// Do it.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Register(args) => super::block_on(register_commands(args)),
    }
}

async fn register_commands(args: &RegisterArgs) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.config)?;
    let settings = config.chat.discord.as_ref().context("there is no [chat.discord] in the configuration")?.get_ref();
    let rest = rest(settings)?;
    let scope = match (args.guild, args.global) {
        (_, true) => Scope::Global,
        (true | false, false) => Scope::Guild(settings.guild.clone()),
    };
    let difference = compare(&rest, &scope).await.context("the commands can't be read")?;
    if difference.0.is_empty() {
        output::line("Discord offers these commands already");
        return Ok(ExitCode::SUCCESS);
    }
    for line in &difference.0 {
        output::line(line);
    }
    if !args.yes {
        output::line("nothing was changed: say it again with --yes");
        return Ok(ExitCode::SUCCESS);
    }
    register(&rest, &scope).await.context("the commands can't be registered")?;
    output::line(if args.global { "registered wherever the application is" } else { "registered in the server" });
    Ok(ExitCode::SUCCESS)
}

/// Asks Discord as the bot of these settings.
pub(super) fn rest(settings: &Settings) -> anyhow::Result<Rest> {
    Ok(Rest::new(settings, settings.token.resolve()?, Arc::new(SystemClock::new()))?)
}
