//! The embedded balancer as a provider: [`crate::edge`] behind its control socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use events::color::{ByColor, Color};
use events::fault::Fault;
use events::machine::Member;
use events::weights::Weights;

use crate::control::{self, ControlError};
use crate::edge::control::{Answer, Request, Status};
use crate::edge::state::{self, PauseStanding};
use crate::ports::{Balance, EffectKey, MemberHealth, OnExpiry, Pause, Paused, Traffic};

pub use crate::edge::settings::Settings;

mod start;

pub use start::{could_run, ensure_running};

/// How long the balancer may take to answer one request; a change waits for its disk.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// A balancer that runs as a process of its own.
#[derive(Debug, Clone)]
pub struct EdgeTraffic {
    socket: PathBuf,
    entrance: String,
}

impl EdgeTraffic {
    /// The balancer that keeps its files in `folder` and was started with `settings`.
    #[must_use]
    pub fn new(settings: &Settings, folder: &Path) -> Self {
        Self { socket: start::files(folder).socket, entrance: entrance(settings) }
    }

    /// Everything that the balancer says of itself, pauses and previews too.
    pub async fn status(&self) -> Result<Status, Fault> {
        match ask(&self.socket, &Request::Status {}).await? {
            Answer::Status(status) => Ok(*status),
            Answer::Failed { sentence } => Err(Fault::passing(sentence)),
            Answer::Error { sentence } => Err(Fault::lasting(sentence)),
            Answer::Done {} => Err(Fault::lasting("the balancer answered a question with nothing")),
        }
    }

    async fn change(&self, request: &Request) -> Result<(), Fault> {
        match ask(&self.socket, request).await? {
            Answer::Done {} => Ok(()),
            Answer::Failed { sentence } => Err(Fault::passing(sentence)),
            Answer::Error { sentence } => Err(Fault::lasting(sentence)),
            Answer::Status(_) => Err(Fault::lasting("the balancer answered a change with its status")),
        }
    }
}

#[async_trait]
impl Traffic for EdgeTraffic {
    async fn balance(&self) -> Result<Balance, Fault> {
        let mut status = self.status().await?;
        let members = ByColor::from_fn(|color| {
            let members = std::mem::take(status.members.get_mut(color)).into_iter();
            members.map(|it| MemberHealth { member: it.member, is_healthy: it.is_healthy, note: it.note }).collect()
        });
        Ok(Balance {
            weights: status.weights,
            members,
            connections: ByColor::from_fn(|color| status.users.get(color).in_flight),
            requests: ByColor::from_fn(|color| status.users.get(color).begun),
            pause: status.pause.map(paused),
        })
    }

    async fn set_weights(&self, weights: Weights, key: &EffectKey) -> Result<(), Fault> {
        self.change(&Request::Weights { weights, key: Some(key.0.clone()) }).await
    }

    async fn set_members(&self, color: Color, members: Vec<Member>, key: &EffectKey) -> Result<(), Fault> {
        self.change(&Request::Members { color, members, key: Some(key.0.clone()) }).await
    }

    async fn pause(&self, pause: &Pause) -> Result<(), Fault> {
        let Pause { budget, on_expiry, key, instead_of } = pause;
        let on_expiry = match on_expiry {
            OnExpiry::Release => state::OnExpiry::Release,
            OnExpiry::Reject => state::OnExpiry::Reject,
        };
        self.change(&Request::Pause {
            budget_ms: u64::try_from(budget.as_millis()).unwrap_or(u64::MAX),
            on_expiry,
            key: key.0.clone(),
            instead_of: instead_of.as_ref().map(|it| it.0.clone()),
        })
        .await
    }

    async fn resume(&self, key: &EffectKey) -> Result<(), Fault> {
        self.change(&Request::Resume { key: Some(key.0.clone()) }).await
    }

    fn entrance(&self) -> String {
        self.entrance.clone()
    }

    fn by_hand(&self, weights: Weights) -> String {
        let (blue, green) = (weights.of(Color::Blue), weights.of(Color::Green));
        let socket = self.socket.display().to_string().replace('\'', r"'\''");
        format!("changeover edge weights blue={blue} green={green} --socket '{socket}'")
    }
}

fn paused(pause: state::Pause) -> Paused {
    let holds = match pause.standing {
        PauseStanding::Holding | PauseStanding::Rejecting => true,
        PauseStanding::Released | PauseStanding::Resumed => false,
    };
    Paused { key: EffectKey(pause.key), holds }
}

async fn ask(socket: &Path, request: &Request) -> Result<Answer, Fault> {
    control::ask(socket, request, CALL_LIMIT).await.map_err(|error| match error {
        ControlError::Unreachable { .. } | ControlError::Late { .. } | ControlError::Broken { .. } => {
            Fault::passing(error.to_string())
        }
        ControlError::Garbled { .. } => Fault::lasting(error.to_string()),
    })
}

/// An address that listens everywhere is reached at home.
fn entrance(settings: &Settings) -> String {
    let Some(mut address) = settings.listen.first().copied() else { return String::new() };
    if address.ip().is_unspecified() {
        let home = if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
        address.set_ip(home);
    }
    format!("http://{address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic(listen: &str) -> EdgeTraffic {
        EdgeTraffic::new(&Settings::usual(vec![listen.parse().unwrap()]), Path::new("/var/lib/it's here"))
    }

    #[test]
    fn checks_start_where_users_come_in() {
        assert_eq!(traffic("0.0.0.0:80").entrance(), "http://127.0.0.1:80");
        assert_eq!(traffic("[::]:80").entrance(), "http://[::1]:80");
        assert_eq!(traffic("10.0.0.5:8080").entrance(), "http://10.0.0.5:8080");
    }

    #[test]
    fn a_person_can_paste_the_command_into_a_shell() {
        assert_eq!(
            traffic("0.0.0.0:80").by_hand(Weights::percent_to(Color::Green, 25)),
            r"changeover edge weights blue=75 green=25 --socket '/var/lib/it'\''s here/edge.sock'",
        );
    }
}
