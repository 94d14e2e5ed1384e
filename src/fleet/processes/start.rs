//! Sees to it that a supervisor runs, with the configured settings.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use events::fault::Fault;
use tokio::process::{Child, Command};

use super::{Processes, Settings, fault};
use crate::clock::pause;
use crate::control::{ControlError, ask};
use crate::supervisor::control::{Answer, Request, Status};
use crate::supervisor::{socket, state};

/// How long a supervisor that was started may take to answer.
const START_LIMIT: Duration = Duration::from_secs(10);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// How much of the end of the supervisor's log is looked at for the reason why it ended, in bytes.
const LOG_END: u64 = 2_000;

/// On return a supervisor of `folder` answers, and has these settings. One that runs already is kept, whoever started
/// it; other settings are handed to it, and each process gets its command and environment at its next start. Otherwise
/// `program` (this program) is started as one, in a process group of its own, with its output in
/// `<folder>/supervisor.log`. Twice is once. An error leaves behind a supervisor or none.
pub async fn ensure_running(settings: &Settings, folder: &Path, program: &Path) -> Result<(), Fault> {
    let wanted = settings.for_supervisor();
    wanted.check().map_err(|error| Fault::lasting(error.to_string()))?;
    let unusable = |error: std::io::Error| Fault::lasting(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let folder = folder.canonicalize().map_err(unusable)?;
    let status = match status(&folder).await {
        Ok(status) => status,
        Err(ControlError::Unreachable { .. }) => {
            let bytes = serde_json::to_vec_pretty(&wanted).map_err(|error| Fault::lasting(error.to_string()))?;
            let path = folder.join("supervisor-settings.json");
            state::replace(&path, &bytes).map_err(|error| Fault::passing(format!("{}: {error}", path.display())))?;
            let child = start(&folder, &path, program)?;
            await_answer(&folder, child).await?
        }
        Err(error) => return Err(fault(&error)),
    };
    if status.is_ending {
        return Err(Fault::passing(format!("the supervisor of {} is ending", folder.display())));
    }
    if status.settings == wanted {
        return Ok(());
    }
    tracing::info!(folder = %folder.display(), "the supervisor gets other settings; each process at its next start");
    Processes::new(folder).order(&Request::Configure { settings: wanted }).await
}

async fn status(folder: &Path) -> Result<Status, ControlError> {
    let socket = socket(folder);
    match ask(&socket, &Request::Status {}, CALL_LIMIT).await? {
        Answer::Status(status) => Ok(*status),
        // A supervisor that refuses to say what there is, is none of ours.
        Answer::Done | Answer::Refused(_) => Err(ControlError::Broken {
            socket: socket.display().to_string(),
            source: std::io::Error::other("no status was given"),
        }),
    }
}

fn start(folder: &Path, settings: &Path, program: &Path) -> Result<Child, Fault> {
    let path = folder.join("supervisor.log");
    let not_started = |error: std::io::Error| Fault::lasting(format!("{} was not started: {error}", program.display()));
    let log = File::options().append(true).create(true).open(path).map_err(not_started)?;
    let log_too = log.try_clone().map_err(not_started)?;
    Command::new(program)
        .arg("supervise")
        .arg("--folder")
        .arg(folder)
        .arg("--settings")
        .arg(settings)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(log_too)
        .kill_on_drop(false)
        .spawn()
        .map_err(not_started)
}

/// Waits until the supervisor answers; dropped afterwards, the child is reaped by the runtime whenever it ends.
async fn await_answer(folder: &Path, mut child: Child) -> Result<Status, Fault> {
    let answered = async {
        loop {
            // Asked first: one that we start while another starts ends, and that is as good.
            let ended = child.try_wait().ok().flatten();
            match (status(folder).await, ended) {
                (Ok(status), None) if !is_it(&child, &status) => {
                    // Somebody else was faster. Ours waits for the folder, and would take it over once that one ends.
                    let ended = child.kill().await;
                    return ended.map(|()| status).map_err(|error| Fault::passing(format!("one too many: {error}")));
                }
                (Ok(status), _) => return Ok(status),
                (Err(ControlError::Unreachable { .. }), None) => pause(LOOK_INTERVAL).await,
                (Err(ControlError::Unreachable { .. }), Some(ended)) => {
                    return Err(Fault::lasting(format!("the supervisor ended ({ended}): {}", last_line(folder))));
                }
                (Err(error), _) => return Err(fault(&error)),
            }
        }
    };
    tokio::time::timeout(START_LIMIT, answered).await.unwrap_or_else(|_| {
        Err(Fault::passing(format!(
            "the supervisor of {} does not answer {START_LIMIT:?} after its start",
            folder.display()
        )))
    })
}

/// Whether the one who answers is the child.
fn is_it(child: &Child, status: &Status) -> bool {
    let answers = status.supervisor.and_then(|it| u32::try_from(it.pid).ok());
    answers.is_some() && answers == child.id()
}

/// The last line of the supervisor's log: why it ended.
fn last_line(folder: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(folder.join("supervisor.log"))?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(LOG_END)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).lines().last().unwrap_or_default().to_owned())
    };
    read().unwrap_or_else(|error| format!("its log cannot be read: {error}"))
}
