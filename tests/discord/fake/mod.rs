//! A Discord for tests: its REST API and its gateway on loopback, with the manners that the real one has on bad days.
//!
//! It is trusted because discord.js gets along with it (`peers.rs`).

mod gateway;
mod limits;
mod routes;
mod state;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) use gateway::Disturbance;
use state::State;
pub(crate) use state::{Manner, Taken};

use crate::kit::until;

/// The ids of what there is.
pub(crate) const APPLICATION: &str = "1100000000000000001";
pub(crate) const GUILD: &str = "1100000000000000002";
pub(crate) const CHANNEL: &str = "1100000000000000003";
pub(crate) const USER: &str = "1100000000000000077";
pub(crate) const RELEASERS: &str = "1100000000000000005";
pub(crate) const TOKEN: &str = "token-of-tests";

/// A Discord, until it is dropped.
pub(crate) struct Fake {
    shared: Arc<Shared>,
    pub(crate) rest: SocketAddr,
    _tasks: JoinSet<()>,
}

struct Shared {
    state: Mutex<State>,
    gateway: SocketAddr,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let bind = async || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (rest, gateway) = (bind().await, bind().await);
        let address = rest.local_addr().unwrap();
        let shared = Arc::new(Shared { state: Mutex::new(State::new()), gateway: gateway.local_addr().unwrap() });
        let mut tasks = JoinSet::new();
        let router = routes::router(shared.clone());
        tasks.spawn(async move { axum::serve(rest, router).await.unwrap() });
        tasks.spawn(gateway::serve(shared.clone(), gateway));
        Self { shared, rest: address, _tasks: tasks }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// What the bot is told for `api_url`.
    pub(crate) fn api_url(&self) -> String {
        format!("http://{}/api/v10", self.rest)
    }

    /// The next request whose method and path begin like this is met with that, instead of the usual.
    pub(crate) fn meets(&self, request: &str, manner: Manner) {
        self.state().manners.push((request.to_owned(), manner));
    }

    /// How many requests that begin like this were met so.
    pub(crate) fn met(&self, request: &str) -> usize {
        self.state().met.iter().filter(|it| it.starts_with(request)).count()
    }

    /// From here on the bot's token is worth nothing, or is worth something again.
    pub(crate) fn revoke(&self, is_revoked: bool) {
        self.state().is_revoked = is_revoked;
    }

    /// The messages of a channel or thread, oldest first.
    pub(crate) fn messages(&self, channel: &str) -> Vec<Value> {
        self.state().messages.get(channel).cloned().unwrap_or_default()
    }

    /// Every request so far, as `POST /channels/… 200`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    pub(crate) fn commands(&self, scope: &str) -> Vec<Value> {
        self.state().commands.get(scope).cloned().unwrap_or_default()
    }

    /// Changes how the server and the channel are described.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Value, &mut Value, &mut Value)) {
        let mut state = self.state();
        let State { guild, channel, application, .. } = &mut *state;
        change(guild, channel, application);
    }

    /// Somebody does something: what Discord would send of it, known by its id from here on.
    pub(crate) fn interaction(&self, kind: u64, data: &Value) -> Value {
        let mut state = self.state();
        let (id, token) = state.begin_interaction();
        json!({
            "id": id, "application_id": APPLICATION, "type": kind, "token": token, "version": 1,
            "guild_id": GUILD, "channel_id": CHANNEL,
            "guild": { "id": GUILD, "features": [], "locale": "en-US" },
            "channel": { "id": CHANNEL, "type": 0, "name": "releases", "guild_id": GUILD, "permissions": "0" },
            "locale": "en-US", "guild_locale": "en-US", "app_permissions": "2147483647", "entitlements": [],
            "authorizing_integration_owners": { "0": GUILD }, "context": 0, "attachment_size_limit": 10_485_760,
            "member": {
                "user": { "id": USER, "username": "ann", "discriminator": "0", "global_name": "Ann", "avatar": null },
                "roles": [RELEASERS], "permissions": "2147483647", "joined_at": "2026-01-01T00:00:00Z",
                "deaf": false, "mute": false, "flags": 0, "pending": false, "nick": null, "avatar": null,
                "premium_since": null,
            },
            "data": data,
        })
    }

    /// Somebody types a command, with these options as texts.
    pub(crate) fn command(&self, name: &str, options: &[(&str, &str)]) -> Value {
        let options = options.iter().map(|(name, value)| json!({ "name": name, "type": 3, "value": value }));
        let options: Vec<Value> = options.collect();
        self.interaction(2, &json!({ "id": "1", "name": name, "type": 1, "guild_id": GUILD, "options": options }))
    }

    /// Brings an interaction to whoever is connected to the gateway, or resumes there.
    pub(crate) fn dispatch(&self, interaction: &Value) {
        self.state().dispatch("INTERACTION_CREATE", interaction);
    }

    /// What became of an interaction.
    pub(crate) fn taken(&self, interaction: &Value) -> Taken {
        self.state().interactions.get(interaction["id"].as_str().unwrap()).unwrap().clone()
    }

    /// An interaction that came by HTTPS was answered like this.
    pub(crate) fn answered(&self, interaction: &Value, answer: &Value) {
        self.state().answer(interaction["id"].as_str().unwrap(), answer).unwrap();
    }

    /// A quarter of an hour has passed for this interaction.
    pub(crate) fn expire(&self, interaction: &Value) {
        let id = interaction["id"].as_str().unwrap().to_owned();
        self.state().interactions.get_mut(&id).unwrap().is_expired = true;
    }

    /// The first answer, once it is there.
    pub(crate) async fn answer_to(&self, interaction: &Value) -> Value {
        until("an answer", async || self.taken(interaction).answer).await
    }

    /// How the gateway behaves from here on.
    pub(crate) fn pulse(&self, pulse: Duration, is_answered: bool) {
        let mut state = self.state();
        (state.pulse, state.is_pulse_answered) = (pulse, is_answered);
    }

    /// Does something to every connection of the gateway.
    pub(crate) fn disturb(&self, disturbance: gateway::Disturbance) {
        self.state().disturb(disturbance);
    }

    /// How many sessions were begun, how many were resumed, and how many connections there are.
    pub(crate) fn sessions(&self) -> (usize, usize, usize) {
        let state = self.state();
        (state.begun, state.resumed, state.connected())
    }

    /// Waits until somebody is connected and known.
    pub(crate) async fn connected(&self) {
        until("the gateway is used", async || (self.sessions().2 > 0).then_some(())).await;
    }
}
