//! `changeover edge …`: the balancer, and the commands by which a person moves traffic without the bot.

mod ask;
mod serve;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a balancer in the foreground until SIGTERM.
    ///
    /// It shares requests between two colors. Weights and members are set over its control socket and kept in its
    /// state file, so that a restart changes nothing.
    Serve(Box<serve::Args>),
    /// Show weights, members and their health, what is in flight, and whether requests are paused.
    Status(ask::StatusArgs),
    /// Share requests: `weights blue=0 green=100`. In force once the command returns.
    Weights(ask::WeightsArgs),
    /// Give a color its members: `members green web-1=10.0.0.5:8000 web-2=10.0.0.6:8000`. What is not named is taken
    /// away, and finishes the requests that it has.
    Members(ask::MembersArgs),
    /// Keep new requests waiting, for a limited time.
    Pause(ask::PauseArgs),
    /// Let requests flow again.
    Resume(ask::ResumeArgs),
    /// Take no new connections, finish what is in flight, and end.
    Stop(ask::StopArgs),
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Serve(args) => serve::run(*args),
        Command::Status(args) => ask::status(&args),
        Command::Weights(args) => ask::weights(&args),
        Command::Members(args) => ask::members(args),
        Command::Pause(args) => ask::pause(&args),
        Command::Resume(args) => ask::resume(&args),
        Command::Stop(args) => ask::stop(&args),
    }
}
