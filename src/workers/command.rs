//! Workers that programs pause and start: both must be safe to run again, and only they know how it is done.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use events::color::Color;
use events::fault::Fault;
use events::intent::Work;
use serde::{Deserialize, Serialize};

use crate::config::duration;
use crate::config::environment::Environment;
use crate::files;
use crate::output::Output;
use crate::ports::{EffectKey, Workers};
use crate::program::{Argv, End, Program, Streams};
use crate::redact::Redactor;
use crate::strays::{self, MARK};

/// How long what a program left behind may take to be killed.
const SWEEP: Duration = Duration::from_secs(10);

/// How much of a program's last words stands in its fault.
const LAST_LINES: usize = 12;
const LAST_BYTES: usize = 1_200;

/// What `[site.workers.command]` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Lets no worker of a color take anything up: a program and its arguments, never through a shell; `{color}` is
    /// replaced. Ends with 0 once it is so, also where it was so before.
    pub pause: Argv,
    /// Lets all of them work; otherwise the same.
    pub start: Argv,
    /// Looks, and changes nothing: 0 if all work, 1 or 3 if none does, 2 if some do.
    pub look: Option<Argv>,
    /// How long each of them may take.
    #[serde(with = "crate::config::duration", default = "default_timeout")]
    pub timeout: Duration,
    #[serde(default)]
    pub env: Environment,
}

fn default_timeout() -> Duration {
    Duration::from_mins(1)
}

/// The newest ask for one color, as it is kept on disk.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    key: String,
    wanted: Work,
    /// Its program may still run, if its bot died.
    is_done: bool,
}

/// Workers that programs pause and start.
pub struct CommandWorkers {
    settings: Settings,
    folder: PathBuf,
}

impl CommandWorkers {
    /// Keeps what it was asked in `workers/` of the site's folder.
    #[must_use]
    pub fn new(settings: Settings, folder: &Path) -> Self {
        Self { settings, folder: folder.join("workers") }
    }

    fn file(&self, color: Color) -> PathBuf {
        self.folder.join(format!("{color}.json"))
    }

    /// The mark of everything that an ask for `color` starts before it is done.
    fn mark(&self, color: Color, ask: &Ask) -> String {
        self.folder.join(color.as_str()).join(&ask.key).display().to_string()
    }

    async fn ask(&self, run: &Argv, color: Color, wanted: Work, key: &EffectKey) -> Result<(), Fault> {
        let file = self.file(color);
        std::fs::create_dir_all(&self.folder).map_err(|error| files::fault("made", &self.folder, &error))?;
        // What is done has left workers behind, which are to stay.
        if let Some(before) = files::read_json::<Ask>(&file)?.filter(|it| !it.is_done) {
            self.sweep(color, &before).await?;
        }
        let ask = Ask { key: key.0.clone(), wanted, is_done: false };
        files::write_json(&file, &ask)?;
        let (end, said) = self.run(run, color, &self.mark(color, &ask)).await?;
        let name = &run.program;
        let why = match end {
            End::Exited(status) if status.success() => {
                return files::write_json(&file, &Ask { is_done: true, ..ask });
            }
            End::Exited(status) => format!("{name} ended with {}", told(status)),
            End::Late | End::Stopped => {
                format!("{name} did not end within {} and was killed", duration::format(self.settings.timeout))
            }
        };
        self.sweep(color, &ask).await?;
        let said = if said.is_empty() { "; it printed nothing".to_owned() } else { format!("; it said last:\n{said}") };
        Err(Fault::passing(format!("{why}{said}")))
    }

    /// On return nothing runs any more of what that ask has started.
    async fn sweep(&self, color: Color, ask: &Ask) -> Result<(), Fault> {
        let swept = strays::end(&self.mark(color, ask), SWEEP).await;
        swept.map(drop).map_err(|error| Fault::passing(format!("what was asked of the workers still runs: {error}")))
    }

    async fn run(&self, run: &Argv, color: Color, mark: &str) -> Result<(End, String), Fault> {
        let resolved = self.settings.env.resolve().map_err(|error| Fault::lasting(error.to_string()))?;
        let redactor = Redactor::new(&resolved.secrets);
        #[cfg(feature = "mutants")]
        let redactor = crate::mutants::redactor(redactor);
        let output = Mutex::new(Output::new(0, LAST_BYTES));
        let program = Program {
            program: run.program.as_ref(),
            arguments: run.arguments.iter().map(|it| it.replace("{color}", color.as_str()).into()).collect(),
            folder: None,
            variables: resolved.variables.with(MARK, mark).with("CHANGEOVER_COLOR", color.as_str()),
            stdin: None,
        };
        let streams = Streams { output: &output, errors: None };
        let end = program.run(streams, self.settings.timeout, std::future::pending()).await;
        let end = end.map_err(|error| Fault::lasting(format!("{} cannot be run: {error}", run.program)))?;
        let output = output.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((end, output.last_lines(&redactor, 0, LAST_LINES, LAST_BYTES)))
    }
}

#[async_trait]
impl Workers for CommandWorkers {
    async fn look(&self, color: Color) -> Result<Work, Fault> {
        let Some(run) = &self.settings.look else { return Ok(Work::Unseen) };
        let (end, said) = self.run(run, color, "").await?;
        match end {
            End::Exited(status) => match status.code() {
                Some(0) => Ok(Work::Running),
                // What `systemctl is-active` says of a unit that is not.
                Some(1 | 3) => Ok(Work::Paused),
                Some(2) => Ok(Work::Partly),
                Some(_) | None => Err(Fault::passing(format!(
                    "{} can't tell what the workers of {color} do: {} {said}",
                    run.program,
                    told(status)
                ))),
            },
            End::Late | End::Stopped => Err(Fault::passing(format!(
                "{} did not end within {}",
                run.program,
                duration::format(self.settings.timeout)
            ))),
        }
    }

    async fn answered(&self, color: Color, key: &EffectKey) -> Result<Work, Fault> {
        let newest = files::read_json::<Ask>(&self.file(color))?;
        // The way back of an ask carries its key, and more.
        let is_of = |it: &Ask| it.key.strip_prefix(&key.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        Ok(newest.filter(|it| it.is_done && is_of(it)).map_or(Work::Unseen, |it| it.wanted))
    }

    async fn pause(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        self.ask(&self.settings.pause, color, Work::Paused, key).await
    }

    async fn start(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        self.ask(&self.settings.start, color, Work::Running, key).await
    }

    fn by_hand(&self, color: Color) -> String {
        let Argv { program, arguments } = &self.settings.start;
        [vec![program.clone()], arguments.iter().map(|it| it.replace("{color}", color.as_str())).collect()]
            .concat()
            .join(" ")
    }
}

fn told(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}
