//! What a process does before it becomes the application: it waits until it is recorded.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

/// Why the application did not start.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error("no command was given")]
    NoCommand,
    #[error("the supervisor did not say go")]
    NotRecorded,
    #[error("{program} cannot be started: {error}")]
    NotStarted { program: String, error: io::Error },
}

/// The code that a process exits with when it could not become the application, as shells have it.
pub const NOT_STARTED: u8 = 127;

/// Waits for the supervisor's word on standard input, then becomes `command`: same process, same id. If the supervisor
/// is gone before it says go, nothing is started: no application ever runs whose id is not on disk.
pub fn launch(command: &[OsString]) -> Result<std::convert::Infallible, LaunchError> {
    let (program, arguments) = command.split_first().ok_or(LaunchError::NoCommand)?;
    let mut word = [0];
    io::stdin().read_exact(&mut word).map_err(|_| LaunchError::NotRecorded)?;
    let error = Command::new(program).args(arguments).stdin(Stdio::null()).exec();
    Err(LaunchError::NotStarted { program: program.display().to_string(), error })
}
