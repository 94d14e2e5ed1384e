//! The command line: one file per subcommand, each with `Args` and `run`.

mod adopt;
mod check;
mod completions;
mod console;
mod database;
mod deliver;
mod demo;
mod discord;
mod duration;
mod edge;
mod launch;
mod log;
mod logging;
mod output;
mod place;
mod probe;
mod processes;
mod questions;
mod runbook;
mod sample_app;
mod say;
mod serve;
mod slack;
mod supervise;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Zero-downtime blue/green releases on plain machines.
#[derive(Debug, Parser)]
#[command(name = "changeover", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot.
    Serve(serve::Args),
    /// Say one line to the running bot, as you would in chat.
    Say(say::Args),
    /// Talk to the running bot, and see everything that happens.
    Console(console::Args),
    /// Where sites stand, or stood at any moment; from the log.
    Status(questions::Args),
    /// The runs of a site; from the log.
    History(questions::Args),
    /// What explains how a run went; from the log.
    Why(questions::Args),
    /// The events of a site or a run, told one by one; from the log.
    Replay(questions::Args),
    /// Take a site over as the world shows it; nothing is changed.
    Adopt(adopt::Args),
    /// How a person without the bot puts traffic back.
    Runbook(runbook::Args),
    /// Read a configuration and say what is wrong with it.
    Check(check::Args),
    /// Ask the databases of a site how they stand; nothing is changed.
    Database(database::Args),
    /// What the app is on Slack: its manifest.
    Slack(slack::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
    /// The balancer: run it, look at it, move traffic by hand.
    Edge(edge::Args),
    /// See and restart the processes of a supervised folder.
    Processes(processes::Args),
    /// Keep the processes of a folder running (started by the bot).
    #[command(hide = true)]
    Supervise(supervise::Args),
    /// Become an application once it is recorded (started by the supervisor).
    #[command(hide = true)]
    Launch(launch::Args),
    /// Play a whole life of a shop in a temporary folder, under traffic: the first thing to run.
    Demo(demo::Args),
    /// Send steady traffic and record every request.
    Probe(probe::Args),
    /// The application that the demo releases.
    #[command(hide = true)]
    SampleApp(sample_app::Args),
    /// Do one delivery; started by the bot.
    #[command(hide = true)]
    Deliver(deliver::Args),
    /// Check, export, import or back up a log.
    Log(log::Args),
    /// What the bot is on Discord.
    Discord(discord::Args),
}

impl Cli {
    /// Runs the command to its end; an error is printed as one sentence and its causes.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let outcome = match self.command {
            Command::Serve(args) => serve::run(&args),
            Command::Say(args) => say::run(&args),
            Command::Console(args) => console::run(&args),
            Command::Status(args) => questions::run(&args, questions::Kind::Status),
            Command::History(args) => questions::run(&args, questions::Kind::History),
            Command::Why(args) => questions::run(&args, questions::Kind::Why),
            Command::Replay(args) => questions::run(&args, questions::Kind::Replay),
            Command::Adopt(args) => adopt::run(&args),
            Command::Runbook(args) => runbook::run(&args),
            Command::Check(args) => check::run(&args),
            Command::Database(args) => database::run(&args),
            Command::Slack(args) => slack::run(&args),
            Command::Completions(args) => Ok(completions::run(&args)),
            Command::Edge(args) => edge::run(args),
            Command::Processes(args) => processes::run(&args),
            Command::Supervise(args) => supervise::run(&args),
            Command::Launch(args) => Ok(launch::run(&args)),
            Command::Demo(args) => demo::run(&args),
            Command::Probe(args) => probe::run(&args),
            Command::SampleApp(args) => sample_app::run(&args),
            Command::Deliver(args) => deliver::run(&args),
            Command::Log(args) => log::run(args),
            Command::Discord(args) => discord::run(&args),
        };
        outcome.unwrap_or_else(|error| {
            complain(&error);
            ExitCode::FAILURE
        })
    }
}

#[expect(clippy::print_stderr, reason = "this is where a command line program says what went wrong")]
fn complain(error: &anyhow::Error) {
    eprintln!("changeover: {error:#}");
}

/// Runs `future` on a runtime of its own, with as many threads as the work needs.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(future)
}
