//! The `changeover` program.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    changeover::client::install_cryptography();
    changeover::cli::Cli::parse().run()
}
