//! Starting the balancer if it does not run, and leaving it alone if it does.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use events::fault::Fault;

use crate::clock;
use crate::config::duration;
use crate::control::{self, ControlError};
use crate::edge::Files;
use crate::edge::control::{Answer, Request, Status};
use crate::edge::settings::Settings;
use crate::process::ProcessId;

/// How long a fresh balancer may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How often it is asked until then.
const ROUND: Duration = Duration::from_millis(20);
/// How much of its log is quoted when it did not start.
const QUOTE_BYTES: usize = 600;

/// Where a balancer whose files are in `folder` keeps them.
pub(super) fn files(folder: &Path) -> Files {
    Files { socket: folder.join("edge.sock"), state: folder.join("edge.json") }
}

/// Sees to it that a balancer with `settings` runs, with its files in `folder`: one that runs is adopted, otherwise
/// `program edge serve` is started in a process group of its own, so that it outlives this process. One that runs with
/// other settings is left alone and is a drift fault: a restart would be felt by users, so a person decides.
pub async fn ensure_running(settings: &Settings, folder: &Path, program: &Path) -> Result<(), Fault> {
    let files = files(folder);
    match ask_status(&files.socket).await {
        Ok(status) => return adopt(&status, settings, &files),
        Err(error @ (ControlError::Late { .. } | ControlError::Broken { .. })) => {
            return Err(Fault::passing(error.to_string()));
        }
        Err(error @ ControlError::Garbled { .. }) => return Err(Fault::lasting(error.to_string())),
        Err(ControlError::Unreachable { .. }) => {}
    }
    if let Some(process) = noted_process(&files.process())
        && process.is_alive()
    {
        let (pid, socket) = (process.pid, files.socket.display());
        return Err(Fault::passing(format!("the balancer runs as process {pid} and does not listen on {socket}")));
    }
    start(settings, folder, &files, program).await
}

/// Whether a balancer with `settings` runs in `folder` or could be started: nobody else may listen on its addresses.
/// Starts nothing and changes nothing.
pub async fn could_run(settings: &Settings, folder: &Path) -> Result<(), Fault> {
    let files = files(folder);
    let Err(ControlError::Unreachable { .. }) = ask_status(&files.socket).await else { return Ok(()) };
    if noted_process(&files.process()).is_some_and(ProcessId::is_alive) {
        return Ok(());
    }
    for address in settings.addresses() {
        if let Err(error) = std::net::TcpListener::bind(address) {
            return Err(Fault::lasting(format!("{address} cannot be listened on: {error}")));
        }
    }
    Ok(())
}

fn adopt(status: &Status, settings: &Settings, files: &Files) -> Result<(), Fault> {
    if status.settings == *settings {
        tracing::debug!(pid = status.process.pid, "the balancer runs already");
        return Ok(());
    }
    let differing = differing(&status.settings, settings);
    Err(Fault::drift(format!(
        "the balancer (process {}) runs with another configuration of {differing}; restart it when users can bear it: \
         `changeover edge stop --socket {}`, then start the bot",
        status.process.pid,
        files.socket.display()
    )))
}

/// The names of the settings that differ.
fn differing(running: &Settings, wanted: &Settings) -> String {
    let table = |settings| match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(table)) => table,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let (running, wanted) = (table(running), table(wanted));
    let names = wanted.iter().filter(|(name, value)| running.get(*name) != Some(value)).map(|(name, _)| name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

async fn start(settings: &Settings, folder: &Path, files: &Files, program: &Path) -> Result<(), Fault> {
    let log = folder.join("edge.log");
    let cannot = |what: &Path, error: std::io::Error| Fault::lasting(format!("{}: {error}", what.display()));
    let open = || File::options().create(true).append(true).open(&log).map_err(|error| cannot(&log, error));
    let mut child = tokio::process::Command::new(program)
        .args(arguments(settings, files))
        .stdin(Stdio::null())
        .stdout(open()?)
        .stderr(open()?)
        .process_group(0)
        .kill_on_drop(false)
        .spawn()
        .map_err(|error| cannot(program, error))?;
    let answering = async {
        loop {
            if let Ok(status) = ask_status(&files.socket).await {
                return adopt(&status, settings, files);
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Err(Fault::lasting(format!("the balancer ended at once ({status}): {}", end_of(&log))));
            }
            clock::pause(ROUND).await;
        }
    };
    tokio::time::timeout(START_LIMIT, answering).await.unwrap_or_else(|_| {
        let limit = duration::format(START_LIMIT);
        Err(Fault::passing(format!("the balancer was started and does not answer within {limit}: {}", end_of(&log))))
    })
}

async fn ask_status(socket: &Path) -> Result<Status, ControlError> {
    let answer = control::ask(socket, &Request::Status {}, super::CALL_LIMIT).await?;
    match answer {
        Answer::Status(status) => Ok(*status),
        Answer::Done {} | Answer::Error { .. } | Answer::Failed { .. } => Err(ControlError::Garbled {
            socket: socket.display().to_string(),
            source: serde::de::Error::custom("the balancer does not say its status"),
        }),
    }
}

fn noted_process(file: &Path) -> Option<ProcessId> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// The command line that makes a balancer with exactly these settings.
fn arguments(settings: &Settings, files: &Files) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["edge".into(), "serve".into()];
    let mut flag = |name: &str, value: OsString| arguments.extend([format!("--{name}").into(), value]);
    let Settings {
        listen,
        tls,
        health,
        preview,
        trusted_proxies,
        connect_timeout,
        answer_timeout,
        waiting_limit,
        grace,
    } = settings;
    flag("socket", files.socket.clone().into());
    flag("state", files.state.clone().into());
    for address in listen {
        flag("listen", address.to_string().into());
    }
    if let Some(tls) = tls {
        for address in &tls.listen {
            flag("tls-listen", address.to_string().into());
        }
        flag("tls-certificate", tls.certificate.clone().into());
        flag("tls-key", tls.key.clone().into());
    }
    flag("health-path", health.path.as_str().into());
    flag("health-interval", duration::format(health.interval).into());
    flag("health-timeout", duration::format(health.timeout).into());
    flag("healthy", health.healthy.to_string().into());
    flag("unhealthy", health.unhealthy.to_string().into());
    flag("preview-header", preview.header.as_str().into());
    if let Some(token_file) = &preview.token_file {
        flag("preview-token-file", PathBuf::from(token_file).into());
    }
    for network in trusted_proxies {
        flag("trusted-proxy", network.to_string().into());
    }
    flag("connect-timeout", duration::format(*connect_timeout).into());
    flag("answer-timeout", duration::format(*answer_timeout).into());
    flag("waiting-limit", waiting_limit.to_string().into());
    flag("grace", duration::format(*grace).into());
    if !preview.enabled {
        arguments.push("--no-preview".into());
    }
    arguments
}

/// The last lines of the log, for a sentence.
fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let start = text.ceil_char_boundary(text.len().saturating_sub(QUOTE_BYTES));
    text.get(start..).unwrap_or_default().trim().to_owned()
}
