//! Where both colors use the server that takes writes: how they are pointed to the other one.

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

/// What a program is told where it moves what both colors use.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::strays::MARK;

    fn settings(repoint: &str) -> Settings {
        let text = format!(
            r#"
            user = "changeover"
            password = {{ env = "DB_PASSWORD" }}
            application = ["shop"]
            blue = {{ host = "10.0.0.5" }}
            green = {{ host = "10.0.0.6", port = 3307 }}
            replication = {{ user = "repl", password = {{ env = "REPL_PASSWORD" }}, tls = false }}
            [repoint]
            {repoint}
            "#
        );
        let look = if repoint.contains("look =") { "" } else { "look = [\"true\"]" };
        toml::from_str(&format!("{text}\n{look}")).unwrap()
    }

    async fn point(settings: &Settings, folder: &Path, color: Color) -> Result<(), Fault> {
        let key = EffectKey("shop/production/7/8".to_owned());
        repoint(settings, folder, &SystemClock::new(), color, Color::Green, &key).await
    }

    #[tokio::test]
    async fn each_environment_is_pointed_by_itself_or_what_both_use_moves() {
        let folder = tempfile::tempdir().unwrap();
        let asked = folder.path().join("asked");
        let run = |words: &str| {
            settings(&format!(
                "run = [\"sh\", \"-c\", \"echo $@ $CHANGEOVER_PRIMARY >> {}\", {words}]",
                asked.display()
            ))
        };
        let each = run(r#""point", "{color}", "{host}", "{port}""#);
        for color in Color::BOTH {
            point(&each, folder.path(), color).await.unwrap();
        }
        point(&run(r#""point", "{primary}", "{host}""#), folder.path(), Color::Blue).await.unwrap();
        let asked = std::fs::read_to_string(&asked).unwrap();
        assert_eq!(asked, "blue 10.0.0.6 3307 green\ngreen 10.0.0.6 3307 green\ngreen 10.0.0.6 green\n");
    }

    #[tokio::test]
    async fn what_is_not_pointed_is_told_with_what_a_person_can_do_and_what_he_did_counts() {
        let folder = tempfile::tempdir().unwrap();
        let failing = r#"run = ["sh", "-c", "echo no route to $0; exit 1", "{color}", "{port}"]"#;
        let unseen = settings(&format!("{failing}\nlook = [\"false\"]"));
        let fault = point(&unseen, folder.path(), Color::Green).await.unwrap_err();
        assert_eq!(fault.kind, events::fault::FaultKind::Passing);
        for part in [
            "green could not be pointed to the database of green (by hand: sh -c 'echo no",
            "exit code 1",
            "no route to green",
        ] {
            assert!(fault.text.contains(part), "{fault}");
        }
        assert_eq!(point(&settings(failing), folder.path(), Color::Green).await, Ok(()), "somebody did it by hand");
        let wrong = settings("run = [\"true\"]\nlook = [\"sh\", \"-c\", \"echo still at $0; exit 1\", \"{primary}\"]");
        let fault = point(&wrong, folder.path(), Color::Blue).await.unwrap_err();
        assert!(fault.text.starts_with("both environments could not be pointed"), "{fault}");
        assert!(fault.text.ends_with("still at green"), "{fault}");
        let reading = pointed(&wrong, Color::Blue, Color::Green).await.unwrap();
        assert_eq!((reading.verdict, reading.value.as_str()), (Verdict::Fail, "still at green"));
        let gone = Settings { repoint: None, ..wrong };
        let fault = point(&gone, folder.path(), Color::Green).await.unwrap_err();
        assert_eq!(fault.kind, events::fault::FaultKind::Lasting);
    }

    #[tokio::test]
    async fn what_a_dead_bot_has_still_pointing_is_ended_and_what_was_left_on_purpose_stays() {
        let folder = tempfile::tempdir().unwrap();
        // Out of its process group, as what outlives its program is.
        let is_on_its_own = r#"until [ \"$(cut -d ' ' -f 6 /proc/$!/stat)\" = $! ]; do :; done"#;
        let tunnel = folder.path().join("tunnel");
        let run = format!(
            r#"run = ["sh", "-c", "setsid sleep 600 > /dev/null 2>&1 & echo $! > {}; {is_on_its_own}"]"#,
            tunnel.display()
        );
        let environment = || {
            let pid = std::fs::read_to_string(&tunnel).unwrap();
            std::fs::read_to_string(format!("/proc/{}/environ", pid.trim())).ok().filter(|it| !it.is_empty())
        };
        point(&settings(&run), folder.path(), Color::Blue).await.unwrap();
        end(folder.path()).await.unwrap();
        let variables = environment().expect("a tunnel that was opened stays open");
        let mark = variables.split('\0').filter_map(|it| it.split_once('=')).find(|(name, _)| *name == MARK).unwrap().1;
        // One that fails later ends what it has started itself.
        let failing = settings("run = [\"false\"]\nlook = [\"false\"]");
        point(&failing, folder.path(), Color::Blue).await.unwrap_err();
        assert!(environment().is_some());
        // As a bot leaves it that was killed meanwhile.
        write(&note(folder.path(), BOTH), mark).unwrap();
        end(folder.path()).await.unwrap();
        assert_eq!((crate::strays::find(mark), environment()), (Vec::new(), None));
        assert!(!note(folder.path(), BOTH).exists());
    }

    #[test]
    fn whoever_looks_knows_no_more_than_whoever_points() {
        for (look, is_fine) in [("{color}", false), ("{primary}", true)] {
            let settings = settings(&format!("run = [\"true\"]\nlook = [\"true\", \"{look}\"]"));
            assert_eq!(settings.check().is_ok(), is_fine);
        }
    }
}
