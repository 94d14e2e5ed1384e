//! The command line: one file per subcommand, each with `Args` and `run`.

mod completions;
mod log;

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
    /// Print a completion script for a shell.
    Completions(completions::Args),
    /// Check, export, import or back up a log.
    Log(log::Args),
}

impl Cli {
    /// Runs the command to its end; an error is printed as one sentence and its causes.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let outcome = match self.command {
            Command::Completions(args) => completions::run(&args),
            Command::Log(args) => log::run(args),
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
