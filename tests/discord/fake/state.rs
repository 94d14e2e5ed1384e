//! What the fake remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::gateway::Disturbance;
use super::{APPLICATION, CHANNEL, GUILD, RELEASERS};

/// How a request is met instead of as usual.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// 429, in the body and the header, or in neither.
    Throttled { after_s: f64, is_global: bool, is_said: bool },
    /// 5xx, and nothing was done.
    Broken(u16),
    /// 5xx, although it was done.
    DoneAndBroken(u16),
    /// It is done, and after it nothing more may be asked for so long.
    LastForNow { after_s: f64 },
    /// No answer at all.
    Silent,
    /// The same, although it was done.
    DoneAndSilent,
}

/// What became of an interaction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken {
    pub(crate) token: String,
    pub(crate) answer: Option<Value>,
    /// What took the place of the first answer.
    pub(crate) edits: Vec<Value>,
    pub(crate) follow_ups: Vec<Value>,
    pub(crate) is_expired: bool,
}

/// A session of the gateway.
#[derive(Default)]
pub(super) struct Session {
    pub(super) events: Vec<Value>,
    pub(super) connection: Option<mpsc::UnboundedSender<Sent>>,
}

/// What is sent to a connection.
#[derive(Debug, Clone)]
pub(super) enum Sent {
    Frame(Value),
    Disturbance(Disturbance),
}

pub(super) struct State {
    pub(super) messages: BTreeMap<String, Vec<Value>>,
    pub(super) threads: BTreeSet<String>,
    pub(super) commands: BTreeMap<String, Vec<Value>>,
    pub(super) interactions: BTreeMap<String, Taken>,
    pub(super) manners: Vec<(String, Manner)>,
    /// The requests that were met with one.
    pub(super) met: Vec<String>,
    pub(super) requests: Vec<String>,
    pub(super) is_revoked: bool,
    pub(super) guild: Value,
    pub(super) channel: Value,
    pub(super) application: Value,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) begun: usize,
    pub(super) resumed: usize,
    pub(super) pulse: Duration,
    pub(super) is_pulse_answered: bool,
    last: u64,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            messages: BTreeMap::new(),
            threads: BTreeSet::new(),
            commands: BTreeMap::new(),
            interactions: BTreeMap::new(),
            manners: Vec::new(),
            met: Vec::new(),
            requests: Vec::new(),
            is_revoked: false,
            guild: json!({
                "id": GUILD, "name": "Shop", "owner_id": "1",
                "roles": [
                    { "id": GUILD, "name": "@everyone", "permissions": "309237730304" },
                    { "id": RELEASERS, "name": "releasers", "permissions": "0" },
                ],
            }),
            channel: json!({ "id": CHANNEL, "type": 0, "guild_id": GUILD, "name": "releases", "permission_overwrites": [] }),
            application: json!({ "id": APPLICATION, "name": "changeover", "verify_key": "", "interactions_endpoint_url": null }),
            sessions: BTreeMap::new(),
            begun: 0,
            resumed: 0,
            pulse: Duration::from_secs(41),
            is_pulse_answered: true,
            last: 0,
        }
    }

    /// An id of now, as Discord makes them; each is greater than the one before.
    pub(super) fn next_id(&mut self) -> u64 {
        let since_2015 = jiff::Timestamp::UNIX_EPOCH + Duration::from_hours(394_464);
        let now = jiff::Timestamp::try_from(std::time::UNIX_EPOCH + self::now()).unwrap();
        let id = u64::try_from(now.duration_since(since_2015).as_millis()).unwrap() << 22;
        self.last = id.max(self.last + 1);
        self.last
    }

    pub(super) fn begin_interaction(&mut self) -> (String, String) {
        let id = self.next_id().to_string();
        let token = format!("interaction-token-{id}");
        self.interactions.insert(id.clone(), Taken { token: token.clone(), ..Taken::default() });
        (id, token)
    }

    /// The first answer to an interaction; otherwise, Discord's code for why it is too late.
    pub(super) fn answer(&mut self, id: &str, answer: &Value) -> Result<(), u64> {
        let taken = self.interactions.get_mut(id).filter(|it| !it.is_expired).ok_or(10_062_u64)?;
        if taken.answer.is_some() {
            return Err(40_060);
        }
        taken.answer = Some(answer.clone());
        Ok(())
    }

    pub(super) fn of_token(&mut self, token: &str) -> Option<&mut Taken> {
        self.interactions.values_mut().find(|it| it.token == token && it.answer.is_some() && !it.is_expired)
    }

    /// The manner that waits for a request like this.
    pub(super) fn manner(&mut self, request: &str) -> Option<Manner> {
        let at = self.manners.iter().position(|(begins, _)| request.starts_with(begins.as_str()))?;
        self.met.push(request.to_owned());
        Some(self.manners.remove(at).1)
    }

    pub(super) fn dispatch(&mut self, name: &str, event: &Value) {
        for session in self.sessions.values_mut() {
            session.dispatch(name, event);
        }
    }

    pub(super) fn disturb(&mut self, disturbance: Disturbance) {
        for session in self.sessions.values() {
            if let Some(connection) = &session.connection {
                let _ = connection.send(Sent::Disturbance(disturbance));
            }
        }
    }

    pub(super) fn connected(&self) -> usize {
        self.sessions.values().filter(|it| it.connection.is_some()).count()
    }
}

impl Session {
    /// Numbers an event, keeps it for whoever resumes, and sends it.
    pub(super) fn dispatch(&mut self, name: &str, event: &Value) {
        let frame = json!({ "op": 0, "t": name, "s": self.events.len() + 1, "d": event });
        self.events.push(frame.clone());
        if let Some(connection) = &self.connection {
            let _ = connection.send(Sent::Frame(frame));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "Discord has a clock of its own")]
fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}
