//! `changeover slack …`: what the app is on Slack.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use reqwest::Url;

use super::output;
use crate::chat::slack::Way;
use crate::chat::slack::manifest::manifest;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the manifest that Slack makes the app from, for the way in that the configuration chooses.
    Manifest(ManifestArgs),
}

#[derive(Debug, clap::Args)]
struct ManifestArgs {
    /// For this configuration file; without it, for Socket Mode, or for requests to --url.
    #[arg(long, short)]
    config: Option<PathBuf>,
    /// Where Slack reaches what stands before `[chat.slack.http]`: <https://releases.shop.example>.
    #[arg(long)]
    url: Option<Url>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Command::Manifest(args) = &args.command;
    if let Some(url) = &args.url {
        anyhow::ensure!(url.scheme() == "https", "--url begins with https://: Slack sends to nothing else");
    }
    if let Some(path) = &args.config {
        let config = Config::read(path)?;
        let slack = config.chat.slack.as_ref().context("there is no [chat.slack] in it")?;
        match (slack.get_ref().way().map_err(anyhow::Error::msg)?, &args.url) {
            (Way::Http(_), None) => anyhow::bail!("say by --url where Slack reaches this bot"),
            (Way::Socket(_), Some(_)) => anyhow::bail!("Socket Mode needs no --url: leave it out"),
            (Way::Http(_), Some(_)) | (Way::Socket(_), None) => {}
        }
    }
    output::line(&serde_json::to_string_pretty(&manifest(args.url.as_ref()))?);
    Ok(ExitCode::SUCCESS)
}
