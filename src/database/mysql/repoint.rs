//! Where both colors use the server that takes writes: how they are pointed to the other one.

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use events::check::{Reading, Verdict};
use events::color::Color;
use events::fault::Fault;
use events::name::CheckName;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::clock::Clock;
use crate::config::duration;
use crate::config::environment::Environment;
use crate::errand::{self, Done, Errand};
use crate::files;
use crate::ports::EffectKey;
use crate::program::{Argv, End};

/// What is pointed where both colors reach the database by one thing, for people and in the note.
const BOTH: &str = "both";

/// How long whoever looks may take at the least, however long pointing took.
const SHORTEST_LOOK: Duration = Duration::from_millis(500);

/// What `[site.database.mysql.repoint]` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repoint {
    /// Points an environment to a server: a program and its arguments, never through a shell. `{primary}` is replaced by
    /// the color whose server takes writes, `{host}` and `{port}` by where the bot reaches it, and `{color}` by the
    /// environment. Without `{color}` it moves what both reach the database by. Ends with 0 once it is so, also where it
    /// was so before.
    pub run: Argv,
    /// Looks, and changes nothing: 0 if it is pointed there. Otherwise the same.
    pub look: Argv,
    /// How long pointing an environment may take, and looking whether it is.
    #[serde(with = "duration", default = "default_timeout")]
    pub timeout: Duration,
    #[serde(default)]
    pub env: Environment,
}

fn default_timeout() -> Duration {
    Duration::from_secs(2)
}

impl Repoint {
    /// How long it may take until an environment is pointed, and was seen to be.
    #[must_use]
    pub fn takes(&self) -> Duration {
        self.timeout.saturating_add(SHORTEST_LOOK)
    }

    /// What can be seen to be wrong without running anything.
    pub(super) fn check(&self) -> Result<(), String> {
        let knows_color = |it: &Argv| it.arguments.iter().any(|it| it.contains("{color}"));
        if knows_color(&self.look) && !knows_color(&self.run) {
            return Err(
                "`look` of [site.database.mysql.repoint] asks for a {color}, and `run` points both at once: give \
                        `run` a {color}, or take it from `look`"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// What points one color to the server of `primary`.
struct Pointing<'a> {
    repoint: &'a Repoint,
    words: Vec<(&'static str, &'a str)>,
    /// The color, or both.
    subject: &'static str,
    primary: Color,
}

impl<'a> Pointing<'a> {
    fn of(repoint: &'a Repoint, color: Color, primary: Color, host: &'a str, port: &'a str) -> Self {
        let mut words = vec![("primary", primary.as_str()), ("host", host), ("port", port)];
        let is_one = repoint.run.arguments.iter().any(|it| it.contains("{color}"));
        if is_one {
            words.push(("color", color.as_str()));
        }
        Self { repoint, words, subject: if is_one { color.as_str() } else { BOTH }, primary }
    }

    fn errand<'b>(&'b self, run: &'b Argv, timeout: Duration, mark: &'b str) -> Errand<'b> {
        Errand { run, words: &self.words, environment: &self.repoint.env, timeout, mark }
    }

    async fn point(&self, clock: &dyn Clock, mark: &str) -> Result<(), Fault> {
        let Repoint { run, timeout, .. } = self.repoint;
        let began = clock.elapsed();
        let ran = self.errand(run, *timeout, mark).succeed().await;
        let left = timeout.saturating_sub(clock.elapsed().saturating_sub(began)).max(SHORTEST_LOOK);
        // Whoever looks has the last word: somebody may have done it by hand.
        let seen = self.look(left).await;
        let fault = match ran {
            _ if seen.verdict == Verdict::Pass => return Ok(()),
            Ok(()) => Fault::passing(seen.value),
            Err(fault) => fault,
        };
        let whom = if self.subject == BOTH { "both environments" } else { self.subject };
        Err(Fault::new(
            fault.kind,
            format!(
                "{whom} could not be pointed to the database of {} (by hand: {}): {fault}",
                self.primary,
                self.by_hand()
            ),
        ))
    }

    /// What is seen of it.
    async fn look(&self, timeout: Duration) -> Reading {
        let errand = self.errand(&self.repoint.look, timeout, "");
        let (said, verdict) = match errand.run().await {
            Ok(Done { end: End::Exited(status), said }) => {
                let verdict = if status.success() { Verdict::Pass } else { Verdict::Fail };
                (if said.is_empty() { errand::told(status) } else { said }, verdict)
            }
            Ok(Done { end: End::Late | End::Stopped, .. }) => {
                (format!("no answer within {}", duration::format(timeout)), Verdict::NoEvidence)
            }
            Err(fault) => (fault.text, Verdict::NoEvidence),
        };
        Reading {
            check: CheckName::fixed("pointed"),
            subject: self.subject.to_owned(),
            value: super::shortened(&said.replace(char::is_control, " ")),
            limit: format!("the database of {}, which takes writes; otherwise: {}", self.primary, self.by_hand()),
            verdict,
        }
    }

    fn by_hand(&self) -> String {
        self.errand(&self.repoint.run, self.repoint.timeout, "").by_hand()
    }
}

/// `color` uses the server of `primary`.
pub(super) async fn repoint(
    settings: &Settings,
    folder: &Path,
    clock: &dyn Clock,
    color: Color,
    primary: Color,
    key: &EffectKey,
) -> Result<(), Fault> {
    let Some(repoint) = &settings.repoint else {
        return Err(Fault::lasting(
            "the configuration does not say any more how environments are pointed to a database",
        ));
    };
    let (host, port) = (&settings.server(primary).host, settings.server(primary).port.to_string());
    let pointing = Pointing::of(repoint, color, primary, host.as_str(), &port);
    // Who finds this note knows that its bot died; what is over may have left something that is to stay, so that each time has a
    // mark of its own.
    let note = note(folder, pointing.subject);
    let mark = note.join(&key.0).join(clock.now().as_nanosecond().to_string()).display().to_string();
    write(&note, &mark).map_err(|error| files::fault("written", &note, &error))?;
    let pointed = pointing.point(clock, &mark).await;
    std::fs::remove_file(&note).map_err(|error| files::fault("removed", &note, &error))?;
    pointed
}

/// Whether `color` uses the server of `primary`; none where each uses its own.
pub(super) async fn pointed(settings: &Settings, color: Color, primary: Color) -> Option<Reading> {
    let repoint = settings.repoint.as_ref()?;
    let (host, port) = (&settings.server(primary).host, settings.server(primary).port.to_string());
    Some(Pointing::of(repoint, color, primary, host.as_str(), &port).look(repoint.timeout).await)
}

/// What a dead bot has still pointing is ended: it would point to where it wanted to then.
pub(super) async fn end(folder: &Path) -> Result<(), Fault> {
    for subject in [Color::Blue.as_str(), Color::Green.as_str(), BOTH] {
        let note = note(folder, subject);
        let mark = match std::fs::read_to_string(&note) {
            Ok(mark) => mark,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(files::fault("read", &note, &error)),
        };
        errand::sweep(&mark).await?;
        std::fs::remove_file(&note).map_err(|error| files::fault("removed", &note, &error))?;
    }
    Ok(())
}

/// Where it is noted that something is pointing.
fn note(folder: &Path, subject: &str) -> PathBuf {
    folder.join("repoint").join(subject)
}

/// Whole or not at all. A power cut ends what points too, so nothing waits for the disk while users wait.
fn write(note: &Path, mark: &str) -> io::Result<()> {
    note.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    let new = note.with_added_extension("new");
    std::fs::write(&new, mark)?;
    std::fs::rename(&new, note)
}
