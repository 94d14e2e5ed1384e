//! Where both colors use the server that takes writes: how they are pointed to the other one.

use std::path::Path;
use std::time::Duration;

use events::check::{Reading, Verdict};
use events::color::Color;
use events::fault::Fault;
use events::name::CheckName;
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::config::duration;
use crate::config::environment::Environment;
use crate::errand::{self, Done, Errand};
use crate::program::{Argv, End};

/// What `[site.database.mysql.repoint]` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repoint {
    /// Points an environment to a server: a program and its arguments, never through a shell. `{primary}` is replaced by
    /// the color whose server takes writes, `{host}` and `{port}` by where the bot reaches it, and `{color}` by the
    /// environment: both are pointed side by side. Without `{color}` it runs once, and moves what both reach the database
    /// by. Ends with 0 once it is so, also where it was so before.
    pub run: Argv,
    /// Looks, and changes nothing: 0 if it is pointed there. Otherwise the same.
    #[serde(default)]
    pub look: Option<Argv>,
    /// How long each of them may take.
    #[serde(with = "duration", default = "default_timeout")]
    pub timeout: Duration,
    #[serde(default)]
    pub env: Environment,
}

fn default_timeout() -> Duration {
    Duration::from_secs(5)
}

/// One of the two programs, for one environment or for both.
struct Pointing<'a> {
    repoint: &'a Repoint,
    words: Vec<(&'static str, &'a str)>,
    /// For people: which environment.
    subject: &'static str,
}

impl Repoint {
    /// How long it may take until both are pointed, and that was looked at.
    #[must_use]
    pub fn takes(&self) -> Duration {
        if self.look.is_some() { self.timeout.saturating_mul(2) } else { self.timeout }
    }

    /// Once for each environment that is pointed by itself.
    fn pointings<'a>(&'a self, primary: Color, host: &'a str, port: &'a str) -> Vec<Pointing<'a>> {
        let words = [("primary", primary.as_str()), ("host", host), ("port", port)];
        if !self.run.arguments.iter().any(|it| it.contains("{color}")) {
            return vec![Pointing { repoint: self, words: words.to_vec(), subject: "both" }];
        }
        let of = |color: Color| {
            let words = words.into_iter().chain([("color", color.as_str())]).collect();
            Pointing { repoint: self, words, subject: color.as_str() }
        };
        Color::BOTH.map(of).into()
    }
}

impl Pointing<'_> {
    fn errand<'a>(&'a self, run: &'a Argv, mark: &'a str) -> Errand<'a> {
        let Repoint { timeout, env, .. } = self.repoint;
        Errand { run, words: &self.words, environment: env, timeout: *timeout, mark }
    }

    async fn point(&self, mark: &str) -> Result<(), Fault> {
        let errand = self.errand(&self.repoint.run, mark);
        let is_pointed = async {
            errand.succeed().await?;
            let Some(reading) = self.look().await else { return Ok(()) };
            if reading.verdict == Verdict::Pass { Ok(()) } else { Err(Fault::passing(reading.value)) }
        };
        is_pointed.await.map_err(|fault| {
            let whom = if self.subject == "both" { "both environments" } else { self.subject };
            let by_hand = errand.by_hand();
            Fault::new(
                fault.kind,
                format!("{whom} could not be pointed to the new primary (by hand: {by_hand}): {fault}"),
            )
        })
    }

    /// What is seen of it; none where nobody can look.
    async fn look(&self) -> Option<Reading> {
        let errand = self.errand(self.repoint.look.as_ref()?, "");
        let (said, verdict) = match errand.run().await {
            Ok(Done { end: End::Exited(status), said }) => {
                let verdict = if status.success() { Verdict::Pass } else { Verdict::Fail };
                (if said.is_empty() { errand::told(status) } else { said }, verdict)
            }
            Ok(Done { end: End::Late | End::Stopped, .. }) => {
                (format!("no answer within {}", duration::format(self.repoint.timeout)), Verdict::NoEvidence)
            }
            Err(fault) => (fault.text, Verdict::NoEvidence),
        };
        let remedy = self.errand(&self.repoint.run, "").by_hand();
        Some(Reading {
            check: CheckName::fixed("pointed"),
            subject: self.subject.to_owned(),
            value: super::shortened(&said.replace(char::is_control, " ")),
            limit: format!("it uses the server that takes writes; otherwise: {remedy}"),
            verdict,
        })
    }
}

/// Both colors use the server of `primary`.
pub(super) async fn repoint(settings: &Settings, folder: &Path, primary: Color) -> Result<(), Fault> {
    let Some(repoint) = &settings.repoint else {
        return Err(Fault::lasting(
            "the configuration does not say any more how environments are pointed to a database",
        ));
    };
    let (host, port, mark) = (&settings.server(primary).host, settings.server(primary).port.to_string(), mark(folder));
    let pointings = repoint.pointings(primary, host.as_str(), &port);
    try_join_all(pointings.iter().map(|it| it.point(&mark))).await.map(drop)
}

/// Whether both colors use the server of `primary`, as far as anybody can look.
pub(super) async fn looked(settings: &Settings, primary: Color) -> Vec<Reading> {
    let Some(repoint) = &settings.repoint else { return Vec::new() };
    let (host, port) = (&settings.server(primary).host, settings.server(primary).port.to_string());
    let pointings = repoint.pointings(primary, host.as_str(), &port);
    join_all(pointings.iter().map(Pointing::look)).await.into_iter().flatten().collect()
}

/// What a dead bot has still pointing is ended: it would point to where it wanted to then.
pub(super) async fn end(settings: &Settings, folder: &Path) -> Result<(), Fault> {
    if settings.repoint.is_some() { errand::sweep(&mark(folder)).await } else { Ok(()) }
}

/// The mark of everything that points, for this site.
fn mark(folder: &Path) -> String {
    folder.join("repoint").display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        toml::from_str(&text).unwrap()
    }

    fn lines(path: &Path) -> Vec<String> {
        let mut lines: Vec<String> = std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    #[tokio::test]
    async fn each_environment_is_pointed_by_itself_or_what_both_use_moves_once() {
        let folder = tempfile::tempdir().unwrap();
        let asked = folder.path().join("asked");
        let run = |words: &str| {
            settings(&format!(
                "run = [\"sh\", \"-c\", \"echo $@ $CHANGEOVER_PRIMARY >> {}\", {words}]",
                asked.display()
            ))
        };
        let each = run(r#""point", "{color}", "{host}", "{port}""#);
        repoint(&each, folder.path(), Color::Green).await.unwrap();
        assert_eq!(lines(&asked), ["blue 10.0.0.6 3307 green", "green 10.0.0.6 3307 green"]);
        std::fs::remove_file(&asked).unwrap();
        let both = run(r#""point", "{primary}", "{host}""#);
        repoint(&both, folder.path(), Color::Blue).await.unwrap();
        assert_eq!(lines(&asked), ["blue 10.0.0.5 blue"]);
    }

    #[tokio::test]
    async fn what_is_not_pointed_is_told_with_what_a_person_can_do() {
        let folder = tempfile::tempdir().unwrap();
        let failing = settings(r#"run = ["sh", "-c", "echo no route to $0; test $0 = blue", "{color}", "{port}"]"#);
        let fault = repoint(&failing, folder.path(), Color::Green).await.unwrap_err();
        assert_eq!(fault.kind, events::fault::FaultKind::Passing);
        for part in
            ["green could not be pointed to the new primary (by hand: sh -c", "exit code 1", "no route to green"]
        {
            assert!(fault.text.contains(part), "{fault}");
        }
        let believed =
            settings("run = [\"true\"]\nlook = [\"sh\", \"-c\", \"echo still at $0; exit 1\", \"{primary}\"]");
        let fault = repoint(&believed, folder.path(), Color::Green).await.unwrap_err();
        assert!(fault.text.starts_with("both environments could not be pointed"), "{fault}");
        assert!(fault.text.ends_with("still at green"), "{fault}");
        let looked = looked(&believed, Color::Green).await;
        assert_eq!((looked.len(), looked[0].verdict, looked[0].value.as_str()), (1, Verdict::Fail, "still at green"));
        let gone = Settings { repoint: None, ..believed };
        let fault = repoint(&gone, folder.path(), Color::Green).await.unwrap_err();
        assert_eq!(fault.kind, events::fault::FaultKind::Lasting);
    }

    #[tokio::test]
    async fn what_a_dead_bot_has_still_pointing_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        // Out of its process group, as what outlives a bot is.
        let is_on_its_own = r#"until [ \"$(cut -d ' ' -f 6 /proc/$!/stat)\" = $! ]; do :; done"#;
        let run = format!(r#"run = ["sh", "-c", "setsid sleep 600 > /dev/null 2>&1 & {is_on_its_own}"]"#);
        let settings = settings(&run);
        repoint(&settings, folder.path(), Color::Green).await.unwrap();
        assert_eq!(crate::strays::find(&mark(folder.path())).len(), 1);
        end(&settings, folder.path()).await.unwrap();
        assert_eq!(crate::strays::find(&mark(folder.path())), []);
    }
}
