//! What a balancer can be asked and told over its control socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use events::color::{ByColor, Color};
use events::machine::Member;
use events::weights::Weights;
use serde::{Deserialize, Serialize};

use crate::control::Unreadable;
use crate::edge::Edge;
use crate::edge::change::ChangeError;
use crate::edge::settings::Settings;
use crate::edge::state::{OnExpiry, Pause};
use crate::process::ProcessId;

/// A request, one a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Answered with [`Answer::Status`]; every other request with [`Answer::Done`].
    Status {},
    /// On return every request that starts is shared like this, and a restart keeps it.
    Weights { weights: Weights, key: Option<String> },
    /// On return `color` has these members and no others, and a restart keeps it.
    Members { color: Color, members: Vec<Member>, key: Option<String> },
    /// On return every request that starts waits, previews excepted. Asked again with the same key it is not repeated;
    /// an error once it is over.
    /// With `instead_of`, it takes the place of the pause of that key, without a moment between them.
    Pause {
        budget_ms: u64,
        on_expiry: OnExpiry,
        key: String,
        #[serde(default)]
        instead_of: Option<String>,
    },
    /// On return requests flow. With a key, only if the pause is of that key.
    Resume { key: Option<String> },
    /// Takes no new connections, finishes what is in flight, and ends.
    Stop {},
}

/// An answer, one a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    Status(Box<Status>),
    Done {},
    /// What was asked cannot be; asking again does not help.
    Error {
        sentence: String,
    },
    /// It could be and did not work; asking again may help.
    Failed {
        sentence: String,
    },
}

/// Everything a balancer says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    pub process: ProcessId,
    /// How often a balancer has started on its state file; counts start over with each.
    pub generation: u64,
    /// Where it really listens, plain addresses first.
    pub listening: Vec<SocketAddr>,
    pub weights: Weights,
    pub members: ByColor<Vec<MemberStatus>>,
    /// What users have.
    pub users: ByColor<Counts>,
    /// What previews have; nothing that a cutover waits for.
    pub previews: ByColor<Counts>,
    /// Requests that the balancer answered itself, with an error.
    pub refused: u64,
    /// The newest pause, over or not.
    pub pause: Option<Pause>,
    /// How many requests wait.
    pub waiting: usize,
    /// The key of the newest change of weights or members.
    pub changed_by: Option<String>,
    pub settings: Settings,
}

/// A member, and what its health check says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberStatus {
    pub member: Member,
    pub is_healthy: bool,
    /// The newest answer or error of its health check, for people.
    pub note: String,
}

/// What one color has of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Not answered completely, or upgraded and open.
    pub in_flight: u32,
    /// Begun since the balancer started.
    pub begun: u64,
}

impl From<Unreadable> for Answer {
    fn from(Unreadable(text): Unreadable) -> Self {
        Self::Error { sentence: format!("this is not a request: {text}") }
    }
}

impl From<Result<(), ChangeError>> for Answer {
    fn from(changed: Result<(), ChangeError>) -> Self {
        let Err(error) = changed else { return Self::Done {} };
        let sentence = error.to_string();
        match error {
            ChangeError::NamedTwice { .. }
            | ChangeError::NoAddress { .. }
            | ChangeError::TooMany(_)
            | ChangeError::BadBudget { .. }
            | ChangeError::PausedBy { .. }
            | ChangeError::PauseOver { .. }
            | ChangeError::OtherPause { .. } => Self::Error { sentence },
            ChangeError::NotSaved(_) | ChangeError::ResumedUnsaved(_) => Self::Failed { sentence },
        }
    }
}

impl Edge {
    /// Answers one request of the control socket.
    pub(super) async fn control(self: Arc<Self>, request: Request) -> Answer {
        match request {
            Request::Status {} => self.blocking(|edge| Answer::Status(Box::new(edge.status()))).await,
            Request::Stop {} => {
                tracing::info!("asked to stop");
                self.stopping.cancel();
                Answer::Done {}
            }
            Request::Weights { weights, key } => {
                tracing::info!(%weights, key, "weights are set");
                self.change(move |edge| edge.set_weights(weights, key)).await
            }
            Request::Members { color, members, key } => {
                let addresses = members.iter().map(|it| it.address.as_str()).collect::<Vec<_>>().join(" ");
                tracing::info!(%color, addresses, key, "members are set");
                self.change(move |edge| edge.set_members(color, members, key)).await
            }
            Request::Pause { budget_ms, on_expiry, key, instead_of } => {
                tracing::info!(budget_ms, ?on_expiry, key, instead_of, "requests are paused");
                let budget = Duration::from_millis(budget_ms);
                self.change(move |edge| edge.pause(budget, on_expiry, key, instead_of.as_deref())).await
            }
            Request::Resume { key } => {
                tracing::info!(key, "requests are resumed");
                self.change(move |edge| edge.resume(key)).await
            }
        }
    }

    async fn change(
        self: Arc<Self>,
        change: impl FnOnce(&Arc<Self>) -> Result<(), ChangeError> + Send + 'static,
    ) -> Answer {
        let answer = self.blocking(|edge| Answer::from(change(edge))).await;
        if let Answer::Error { sentence } | Answer::Failed { sentence } = &answer {
            tracing::warn!(sentence, "it was not changed");
        }
        answer
    }

    /// Does `work` where waiting for the disk holds nobody up; it is finished even if the asker goes away.
    async fn blocking(self: Arc<Self>, work: impl FnOnce(&Arc<Self>) -> Answer + Send + 'static) -> Answer {
        tokio::task::spawn_blocking(move || work(&self))
            .await
            .unwrap_or_else(|error| Answer::Failed { sentence: error.to_string() })
    }

    fn status(&self) -> Status {
        let roster = self.roster.load_full();
        let state = self.lock_state().clone();
        let counts = |tally: &crate::edge::tally::Tally| Counts { in_flight: tally.in_flight(), begun: tally.begun() };
        let members = |color| {
            let status = |slot: &Arc<crate::edge::member::Slot>| MemberStatus {
                member: slot.member.clone(),
                is_healthy: slot.health.is_healthy(),
                note: slot.health.note(),
            };
            roster.members.get(color).iter().map(status).collect()
        };
        Status {
            process: self.process,
            generation: state.generation,
            listening: self.listening.clone(),
            weights: roster.weights,
            members: ByColor::from_fn(members),
            users: ByColor::from_fn(|color| counts(self.tallies.get(color))),
            previews: ByColor::from_fn(|color| counts(self.previews.get(color))),
            refused: self.refused(),
            pause: state.pause,
            waiting: self.line.len(),
            changed_by: state.changed_by,
            settings: self.settings.clone(),
        }
    }
}
