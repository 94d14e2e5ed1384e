//! One database for both colors: nothing crosses, but nobody cuts over while it is degraded, or not reached by both.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use events::check::{Reading, Verdict};
use events::color::{ByColor, Color};
use events::fault::Fault;
use events::name::CheckName;
use serde::Deserialize;
use tokio::net::TcpStream;

use crate::clock;
use crate::config::duration;
use crate::config::environment::Environment;
use crate::errand::{self, Done, Errand};
use crate::ports::{Database, EffectKey, Loss, ServerStanding, Switch};
use crate::program::{Argv, End};

/// How much of a program's last line is shown, in characters.
const SHOWN: usize = 200;

/// What `[site.database.shared]` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the database listens, `host:port`: the bot connects, and says nothing.
    pub address: Option<String>,
    /// A program that asks an environment whether it reaches the database, run once for each color: `{color}` is
    /// replaced in its arguments. It must only read; 0 passes.
    pub run: Option<Argv>,
    #[serde(with = "crate::config::duration", default = "default_timeout")]
    pub timeout: Duration,
    #[serde(default)]
    pub env: Environment,
}

impl Settings {
    /// What can be seen to be wrong without touching the world.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.address.is_none() && self.run.is_none() {
            return Err("say where the database listens (`address`), or what asks for it (`run`)".to_owned());
        }
        let is_address = |it: &String| it.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if !self.address.as_ref().is_none_or(is_address) {
            return Err("`address` must be host:port".to_owned());
        }
        Ok(())
    }
}

fn default_timeout() -> Duration {
    Duration::from_secs(5)
}

/// A database that both colors use.
pub struct SharedDatabase {
    settings: Settings,
}

impl SharedDatabase {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn connects(&self, address: &str) -> Reading {
        let within = duration::format(self.settings.timeout);
        let (value, verdict) = tokio::select! {
            connected = TcpStream::connect(address) => match connected {
                Ok(_) => ("connected".to_owned(), Verdict::Pass),
                Err(error) => (format!("{error}; look whether it runs"), Verdict::Fail),
            },
            () = clock::pause(self.settings.timeout) => {
                (format!("no answer within {within}; look whether it runs"), Verdict::Fail)
            }
        };
        reading("connects", address, value, format!("a connection within {within}"), verdict)
    }

    async fn reaches(&self, run: &Argv, color: Color) -> Reading {
        let within = duration::format(self.settings.timeout);
        let (value, verdict) = self.asked(run, color, &within).await;
        reading("reaches", color.as_str(), value, format!("exit 0 within {within}"), verdict)
    }

    async fn asked(&self, run: &Argv, color: Color, within: &str) -> (String, Verdict) {
        let Settings { env, timeout, .. } = &self.settings;
        let words = [("color", color.as_str())];
        let errand = Errand { run, words: &words, environment: env, timeout: *timeout, mark: "" };
        match errand.run().await {
            Err(fault) => (fault.text, Verdict::NoEvidence),
            Ok(Done { end: End::Late | End::Stopped, .. }) => (format!("did not end within {within}"), Verdict::Fail),
            Ok(Done { end: End::Exited(status), said }) if status.success() => (last(&said, "exit 0"), Verdict::Pass),
            Ok(Done { end: End::Exited(status), said }) => (last(&said, &errand::told(status)), Verdict::Fail),
        }
    }
}

#[async_trait]
impl Database for SharedDatabase {
    async fn standing(&self) -> ByColor<Result<ServerStanding, Fault>> {
        ByColor::from_fn(|_| Err(nothing_crosses()))
    }

    async fn preflight(&self, _primary: Color) -> Vec<Reading> {
        let mut readings = Vec::new();
        if let Some(address) = &self.settings.address {
            readings.push(self.connects(address).await);
        }
        if let Some(run) = &self.settings.run {
            for color in Color::BOTH {
                readings.push(self.reaches(run, color).await);
            }
        }
        readings
    }

    async fn arm(&self, _primary: Color, _key: &EffectKey) -> Result<(), Fault> {
        Err(nothing_crosses())
    }

    async fn disarm(&self, _primary: Color, _key: &EffectKey) -> Result<(), Fault> {
        Err(nothing_crosses())
    }

    async fn fence(&self, _key: &EffectKey) -> Result<Box<dyn Switch>, Fault> {
        Err(nothing_crosses())
    }

    async fn repoint(&self, _color: Color, _primary: Color, _key: &EffectKey) -> Result<(), Fault> {
        Err(nothing_crosses())
    }

    async fn pointed(&self, _color: Color, _primary: Color) -> Option<Reading> {
        None
    }

    async fn missing(&self, _from: Color) -> Result<Loss, Fault> {
        Err(nothing_crosses())
    }

    async fn export_missing(&self, _from: Color, _file: &Path) -> Result<u64, Fault> {
        Err(nothing_crosses())
    }

    fn by_hand(&self) -> String {
        match (&self.settings.address, &self.settings.run) {
            (_, Some(run)) => format!("{} {}", run.program, run.arguments.join(" ")),
            (Some(address), None) => format!("connect to {address}"),
            (None, None) => String::new(),
        }
    }
}

fn nothing_crosses() -> Fault {
    Fault::lasting("both colors share one database, so nothing of it stands on either side or crosses")
}

/// The last line of what was said, as it can be shown.
fn last(said: &str, otherwise: &str) -> String {
    let line = said.lines().next_back().unwrap_or(otherwise);
    line.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn reading(check: &'static str, subject: &str, value: String, limit: String, verdict: Verdict) -> Reading {
    Reading { check: CheckName::fixed(check), subject: subject.to_owned(), value, limit, verdict }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(text: &str) -> Settings {
        toml::from_str(text).unwrap()
    }

    async fn asked(text: &str) -> Vec<(String, Verdict, String)> {
        let readings = SharedDatabase::new(understood(text)).preflight(Color::Blue).await;
        readings.into_iter().map(|it| (it.subject, it.verdict, it.value)).collect()
    }

    #[tokio::test]
    async fn a_database_that_takes_no_connection_fails() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let text = format!("address = \"{address}\"");
        assert_eq!(asked(&text).await, [(address.to_string(), Verdict::Pass, "connected".to_owned())]);
        // Taken, so that nobody else listens there, and not listened on.
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let text = format!("address = \"{}\"", taken.local_addr().unwrap());
        let refused = asked(&text).await.remove(0);
        assert_eq!((refused.1, refused.2.ends_with("; look whether it runs")), (Verdict::Fail, true), "{}", refused.2);
    }

    #[tokio::test]
    async fn each_environment_is_asked_for_itself_and_one_that_does_not_reach_it_fails() {
        let run = r#"run = ["sh", "-c", "echo asked $0; test $0 = blue", "{color}"]"#;
        let expected = [
            ("blue".to_owned(), Verdict::Pass, "asked blue".to_owned()),
            ("green".to_owned(), Verdict::Fail, "asked green".to_owned()),
        ];
        assert_eq!(asked(run).await, expected);
        let missing = asked(r#"run = ["no-such-program"]"#).await;
        assert!(missing.iter().all(|it| it.1 == Verdict::NoEvidence), "{missing:?}");
    }

    #[tokio::test]
    async fn nothing_of_it_crosses() {
        let database = SharedDatabase::new(understood("address = \"db:3306\""));
        let fault = database.fence(&EffectKey("shop/production/1/1".to_owned())).await.err().unwrap();
        assert!(fault.text.starts_with("both colors share one database"), "{fault}");
    }

    #[test]
    fn somebody_must_say_where_it_is_or_what_asks_for_it() {
        for (text, is_good) in [("", false), ("address = \"db\"", false), ("address = \"db:3306\"", true)] {
            assert_eq!(understood(text).check().is_ok(), is_good, "{text}");
        }
        assert!(understood(r#"run = ["true"]"#).check().is_ok());
    }
}
