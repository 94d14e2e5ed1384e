//! Application processes on this machine as a fleet: a machine is a slot of the supervisor, which is only asked here.

mod start;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use events::color::Color;
use events::fault::Fault;
use events::machine::Machine;
use events::name::MachineId;
use serde::Deserialize;

use crate::config::secret::Value;
use crate::control::{ControlError, ask};
use crate::ports::{EffectKey, Fleet};
use crate::supervisor::control::{Answer, Request, SlotStatus, Status};
use crate::supervisor::settings::{BadSettings, LogSettings, PortRange};
use crate::supervisor::slot_id::SlotId;
use crate::supervisor::{self, socket};

pub use start::ensure_running;

/// How long one call may take.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// The table `[site.fleet.processes]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The program and its arguments, never through a shell; `{port}`, `{color}`, `{slot}` and `{release}` are replaced.
    /// A program with a relative path is found in the release.
    pub command: Vec<String>,
    /// How many processes a color has when it serves.
    pub count: u16,
    /// Where ports are taken from; no two sites of a machine should share any.
    pub ports: PortRange,
    /// How long a process may take to end after SIGTERM, before it is killed.
    #[serde(with = "crate::config::duration", default = "ten_seconds")]
    pub grace: Duration,
    /// The environment of every process; secrets by name. Values that are text have their placeholders replaced.
    #[serde(default)]
    pub env: BTreeMap<String, Value>,
    /// When a process's output is rotated, and how much of it is kept.
    #[serde(default)]
    pub log: LogSettings,
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

/// The most processes that a color may have: some facts name every machine of both colors, and facts have a largest size.
const COUNT_LIMIT: u16 = 100;

/// Settings that can be no fleet; the sentence names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFleet {
    #[error("count must be from 1 to {COUNT_LIMIT}, not {0}")]
    Count(u16),
    #[error(transparent)]
    Process(#[from] BadSettings),
}

impl Settings {
    /// Whether a process could be started with these at all.
    pub fn check(&self) -> Result<(), BadFleet> {
        if !(1..=COUNT_LIMIT).contains(&self.count) {
            return Err(BadFleet::Count(self.count));
        }
        Ok(self.for_supervisor().check()?)
    }

    /// What of these the supervisor is told.
    #[must_use]
    pub fn for_supervisor(&self) -> supervisor::settings::Settings {
        let Self { command, count: _, ports, grace, env, log } = self.clone();
        supervisor::settings::Settings { command, ports, grace, env, log }
    }
}

/// The slots of one supervised folder.
#[derive(Debug, Clone)]
pub struct Processes {
    folder: PathBuf,
}

impl Processes {
    /// The fleet in `folder`; [`ensure_running`] has seen to its supervisor.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Everything the supervisor says: also restarts, last exits and troubles.
    pub async fn status(&self) -> Result<Status, Fault> {
        match self.ask(&Request::Status {}).await? {
            Answer::Status(status) => Ok(*status),
            Answer::Refused(fault) => Err(fault),
            Answer::Done => Err(Fault::lasting("the supervisor answered something else")),
        }
    }

    async fn order(&self, request: &Request) -> Result<(), Fault> {
        match self.ask(request).await? {
            Answer::Done => Ok(()),
            Answer::Refused(fault) => Err(fault),
            Answer::Status(_) => Err(Fault::lasting("the supervisor answered something else")),
        }
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Fault> {
        ask(&socket(&self.folder), request, CALL_LIMIT).await.map_err(|error| fault(&error))
    }
}

/// A supervisor that does not answer may be restarting; one that answers something else is another version.
fn fault(error: &ControlError) -> Fault {
    match error {
        ControlError::Unreachable { .. } | ControlError::Late { .. } | ControlError::Broken { .. } => {
            Fault::passing(error.to_string())
        }
        ControlError::Garbled { .. } => Fault::lasting(error.to_string()),
    }
}

#[async_trait]
impl Fleet for Processes {
    /// A slot that is leaving counts until its process is gone.
    async fn machines(&self, color: Color) -> Result<Vec<Machine>, Fault> {
        let status = self.status().await?;
        status.slots.iter().filter(|it| it.slot.color == color).map(machine).collect()
    }

    async fn grow_to(&self, color: Color, count: u16, _key: &EffectKey) -> Result<(), Fault> {
        self.order(&Request::Grow { color, count }).await
    }

    async fn reduce_to(&self, color: Color, keep: &[MachineId], _key: &EffectKey) -> Result<(), Fault> {
        let keep = keep.iter().map(|id| id.as_str().parse::<SlotId>()).collect::<Result<Vec<_>, _>>();
        let keep = keep.map_err(|error| Fault::lasting(error.to_string()))?;
        self.order(&Request::Reduce { color, keep }).await
    }

    fn by_hand(&self) -> String {
        format!("changeover processes status --folder {}", quoted(&self.folder.display().to_string()))
    }
}

fn machine(it: &SlotStatus) -> Result<Machine, Fault> {
    let name = it.slot.to_string();
    Ok(Machine {
        id: name.parse().map_err(|error| Fault::lasting(format!("{name}: {error}")))?,
        name,
        address: format!("127.0.0.1:{}", it.port),
        created_at: it.created_at,
    })
}

/// The text as one word of a shell, for a person to paste.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_as_documented() {
        let table = r#"
            command = ["./shop", "--port", "{port}"]
            count = 2
            ports = "9000-9099"
            grace = "5s"
            log = { size = "1MB", keep = 3 }
            [env]
            MODE = "web"
            SHOP_KEY = { env = "SHOP_KEY" }
        "#;
        let settings: Settings = toml::from_str(table).unwrap();
        assert_eq!(settings.check(), Ok(()));
        assert_eq!((settings.count, settings.grace), (2, Duration::from_secs(5)));
        for count in [0, COUNT_LIMIT + 1] {
            assert_eq!(Settings { count, ..settings.clone() }.check(), Err(BadFleet::Count(count)));
        }
        for bad in ["colour = 1", "count = 3", "log = { size = 3 }"] {
            assert!(toml::from_str::<Settings>(&format!("{bad}\n{table}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_command_for_people_survives_their_shell() {
        assert_eq!(quoted("/srv/shop"), "/srv/shop");
        assert_eq!(quoted("/srv/it's $HOME"), r"'/srv/it'\''s $HOME'");
    }

    #[tokio::test]
    async fn nobody_listening_may_pass() {
        let folder = tempfile::tempdir().unwrap();
        let fault = Processes::new(folder.path().to_owned()).machines(Color::Blue).await.unwrap_err();
        assert_eq!(fault.kind, events::fault::FaultKind::Passing);
    }
}
