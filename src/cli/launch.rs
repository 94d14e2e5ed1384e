//! `changeover launch -- COMMAND…`: what a supervised process is before it becomes the application.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::supervisor::launch::{NOT_STARTED, launch};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

pub(super) fn run(args: &Args) -> ExitCode {
    match launch(&args.command) {
        Ok(never) => match never {},
        Err(error) => {
            super::complain(&error.into());
            ExitCode::from(NOT_STARTED)
        }
    }
}
