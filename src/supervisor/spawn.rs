//! Starts a process in two steps, so that it is on disk before it is an application.
//!
//! First this same program starts with everything the application will have, and waits ([`super::launch`]); its process
//! id is recorded; then it is told to go on and becomes the application. Whoever is killed in between, nothing runs
//! that is not recorded.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::adopt::{FolderKey, MARK};
use super::settings::Settings;
use super::slot_id::SlotId;
use super::state::StateError;
use super::target::Target;
use crate::config::secret::{SecretError, Value};
use crate::process::ProcessId;

/// Why no process was started; never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("env.{variable}: {error}")]
    NoSecret { variable: String, error: SecretError },
    #[error("{path}: {error}")]
    NoLog { path: String, error: io::Error },
    #[error("no process could be started in {folder}: {error}")]
    NotSpawned { folder: String, error: io::Error },
    #[error("the process ended before it was recorded")]
    Stillborn,
    #[error(transparent)]
    NotRecorded(#[from] StateError),
}

/// Where a process is started.
#[derive(Debug)]
pub struct Place<'a> {
    pub key: &'a FolderKey,
    pub slot: SlotId,
    /// The slot's folder.
    pub folder: &'a Path,
    pub port: u16,
    pub generation: u64,
}

/// A process that waits for the word to become the application. Dropping it without the word ends it.
#[derive(Debug)]
pub struct Waiting {
    child: Child,
    pub id: ProcessId,
}

impl Place<'_> {
    /// The log of the slot's process.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        log_of(self.folder)
    }

    /// Starts a process that waits.
    pub fn start(&self, settings: &Settings, target: &Target) -> Result<Waiting, StartError> {
        let path = self.log();
        let log = open_log(&path).map_err(|error| StartError::NoLog { path: path.display().to_string(), error })?;
        let not_spawned = |error| StartError::NotSpawned { folder: target.folder.display().to_string(), error };
        let log_too = log.try_clone().map_err(not_spawned)?;
        // The file of the program may have been replaced; what runs now is still there.
        let mut child = Command::new("/proc/self/exe")
            .arg0("changeover")
            .args(["launch", "--"])
            .args(settings.command.iter().map(|argument| self.fill(argument, target)))
            .env_clear()
            .envs(self.environment(settings, target)?)
            .current_dir(&target.folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(log_too)
            .spawn()
            .map_err(not_spawned)?;
        if let Some(id) = i32::try_from(child.id()).ok().and_then(ProcessId::of) {
            Ok(Waiting { child, id })
        } else {
            end(&mut child);
            Err(StartError::Stillborn)
        }
    }

    /// The whole environment of a process: nothing of ours but what is named here.
    fn environment(&self, settings: &Settings, target: &Target) -> Result<Vec<(String, OsString)>, StartError> {
        let mut environment = Vec::new();
        for (name, default) in [("PATH", Some("/usr/local/bin:/usr/bin:/bin")), ("HOME", None), ("LANG", None)] {
            if let Some(value) = std::env::var_os(name).or(default.map(OsString::from)) {
                environment.push((name.to_owned(), value));
            }
        }
        for (variable, value) in &settings.env {
            let value = match value {
                Value::Plain(text) => self.fill(text, target).into(),
                Value::Secret(secret) => secret
                    .resolve()
                    .map_err(|error| StartError::NoSecret { variable: variable.clone(), error })?
                    .expose()
                    .into(),
            };
            environment.push((variable.clone(), value));
        }
        let Self { key, slot, folder: _, port, generation } = self;
        for (name, value) in [
            ("PORT", port.to_string()),
            ("CHANGEOVER_COLOR", slot.color.to_string()),
            ("CHANGEOVER_SLOT", slot.to_string()),
            ("CHANGEOVER_RELEASE", target.release.name.to_string()),
            ("CHANGEOVER_PIN", target.release.pin.to_string()),
            (MARK, key.mark(*slot, *generation)),
        ] {
            environment.push((name.to_owned(), value.into()));
        }
        Ok(environment)
    }

    /// The text with its placeholders replaced; every other brace stays as it is.
    fn fill(&self, text: &str, target: &Target) -> String {
        text.replace("{port}", &self.port.to_string())
            .replace("{color}", self.slot.color.as_str())
            .replace("{slot}", &self.slot.to_string())
            .replace("{release}", target.release.name.as_str())
    }
}

impl Waiting {
    /// Says the word: the process becomes the application.
    pub fn go(mut self) -> Child {
        if let Some(mut pipe) = self.child.stdin.take()
            && let Err(error) = pipe.write_all(b"\n")
        {
            // It has ended already, and is found so by whoever watches it.
            tracing::debug!(%error, pid = self.id.pid, "a waiting process did not hear the word");
        }
        self.child
    }

    /// Ends the process instead.
    pub fn give_up(mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // Both fail only for a process that is gone already.
    let _ = child.kill();
    let _ = child.wait();
}

/// The log in a slot's folder.
#[must_use]
pub fn log_of(folder: &Path) -> PathBuf {
    folder.join("log").join("current.log")
}

/// The log, opened so that every write goes to its end even after it was cut.
fn open_log(path: &Path) -> io::Result<File> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    File::options().append(true).create(true).open(path)
}
