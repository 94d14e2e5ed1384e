//! Workers that programs pause and start: both must be safe to run again, and only they know how it is done.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use events::color::Color;
use events::fault::Fault;
use events::intent::Work;
use serde::{Deserialize, Serialize};

use crate::config::duration;
use crate::config::environment::Environment;
use crate::errand::{self, Done, Errand};
use crate::files;
use crate::ports::{EffectKey, Workers};
use crate::program::{Argv, End};

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
            errand::sweep(&self.mark(color, &before)).await?;
        }
        let ask = Ask { key: key.0.clone(), wanted, is_done: false };
        files::write_json(&file, &ask)?;
        self.errand(run, &[("color", color.as_str())], &self.mark(color, &ask)).succeed().await?;
        files::write_json(&file, &Ask { is_done: true, ..ask })
    }

    fn errand<'a>(&'a self, run: &'a Argv, words: &'a [(&'a str, &'a str)], mark: &'a str) -> Errand<'a> {
        Errand { run, words, environment: &self.settings.env, timeout: self.settings.timeout, mark }
    }
}

#[async_trait]
impl Workers for CommandWorkers {
    async fn look(&self, color: Color) -> Result<Work, Fault> {
        let Some(run) = &self.settings.look else { return Ok(Work::Unseen) };
        let Done { end, said } = self.errand(run, &[("color", color.as_str())], "").run().await?;
        match end {
            End::Exited(status) => match status.code() {
                Some(0) => Ok(Work::Running),
                // What `systemctl is-active` says of a unit that is not.
                Some(1 | 3) => Ok(Work::Paused),
                Some(2) => Ok(Work::Partly),
                Some(_) | None => Err(Fault::passing(format!(
                    "{} can't tell what the workers of {color} do: {} {said}",
                    run.program,
                    errand::told(status)
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
        self.errand(&self.settings.start, &[("color", color.as_str())], "").by_hand()
    }
}
