//! Where a subcommand finds the bot: its configuration, or its socket.

use std::path::PathBuf;

use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// The configuration file of the running bot.
    #[arg(long, short, default_value = "changeover.toml")]
    config: PathBuf,
    /// The bot's socket, if its configuration is not at hand.
    #[arg(long)]
    socket: Option<PathBuf>,
}

impl Place {
    /// The socket that the bot listens on.
    pub(super) fn socket(&self) -> anyhow::Result<PathBuf> {
        match &self.socket {
            Some(socket) => Ok(socket.clone()),
            None => Ok(Config::read(&self.config)?.bot.socket),
        }
    }
}
