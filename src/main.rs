//! The `changeover` program.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    changeover::cli::Cli::parse().run()
}
