//! A Slack for tests: its Web API and Socket Mode on loopback, with the manners that the real one has on bad days.
//!
//! It is trusted because Bolt, for Node and for Python, gets along with it (`accepted.rs`).

mod api;
mod socket;
mod state;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::kit::until;
use state::State;
pub(crate) use state::{Acknowledged, Manner, Message};

/// The ids of what there is.
pub(crate) const TEAM: &str = "T01";
pub(crate) const APP: &str = "A01";
pub(crate) const CHANNEL: &str = "C01";
pub(crate) const USER: &str = "U02";
pub(crate) const OTHER_USER: &str = "U03";
pub(crate) const GROUP: &str = "S09";
pub(crate) const BOT_TOKEN: &str = "xoxb-token-of-tests";
pub(crate) const APP_TOKEN: &str = "xapp-token-of-tests";

/// A Slack, until it is dropped.
pub(crate) struct Fake {
    shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    clock: SystemClock,
    address: SocketAddr,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn now(&self) -> Duration {
        self.clock.elapsed()
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { state: Mutex::default(), clock: SystemClock::new(), address });
        let router = api::router(shared.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, address, _tasks: tasks }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// What the bot is told for `api_url`.
    pub(crate) fn api_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The next call of the method is met with that, instead of the usual.
    pub(crate) fn meets(&self, method: &str, manner: Manner) {
        self.state().manners.push((method.to_owned(), manner));
    }

    /// How many calls of the method were met so.
    pub(crate) fn met(&self, method: &str) -> usize {
        self.state().met.iter().filter(|it| *it == method).count()
    }

    /// From here on the bot's token is worth nothing, or is worth something again.
    pub(crate) fn revoke(&self, is_revoked: bool) {
        self.state().is_revoked = is_revoked;
    }

    /// From here on the bot's token has not this scope.
    pub(crate) fn take_scope(&self, scope: &'static str) {
        self.state().lacks = Some(scope);
    }

    /// Who is in the user group.
    pub(crate) fn set_group(&self, members: &[&str]) {
        self.state().group = members.iter().map(|it| (*it).to_owned()).collect();
    }

    /// Whether the bot is in the channel, and whether people are.
    pub(crate) fn set_channel(&self, is_member: bool) {
        self.state().is_outside = !is_member;
    }

    /// The messages of the channel, oldest first.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.state().messages.clone()
    }

    /// What only one person was shown.
    pub(crate) fn whispers(&self) -> Vec<Value> {
        self.state().whispers.clone()
    }

    /// The forms that were opened.
    pub(crate) fn views(&self) -> Vec<Value> {
        self.state().views.clone()
    }

    /// Every list of blocks that was ever shown to anybody, each once.
    pub(crate) fn shown(&self) -> Vec<Value> {
        let mut shown = Vec::new();
        for blocks in &self.state().shown {
            if !shown.contains(blocks) {
                shown.push(blocks.clone());
            }
        }
        shown
    }

    /// Every call so far, by its method.
    pub(crate) fn calls(&self, method: &str) -> usize {
        self.state().calls.iter().filter(|it| *it == method).count()
    }

    /// Waits until so many connections of Socket Mode stand.
    pub(crate) async fn connected(&self, count: usize) {
        until("connections to the fake", async || (self.connections() >= count).then_some(())).await;
    }

    pub(crate) fn connections(&self) -> usize {
        self.state().sockets.iter().filter(|it| it.is_open()).count()
    }

    /// Delivers something over one of the connections; gives the envelope's id.
    pub(crate) fn deliver(&self, kind: &str, payload: &Value) -> String {
        socket::deliver(&self.shared, kind, payload)
    }

    /// Waits for the acknowledgement of an envelope.
    pub(crate) async fn acknowledged(&self, id: &str) -> Acknowledged {
        until(&format!("the acknowledgement of {id}"), async || self.state().acknowledged.get(id).cloned()).await
    }

    /// Wants every connection renewed; each is closed a moment later.
    pub(crate) fn refresh(&self) {
        socket::refresh(&self.shared);
    }

    /// Cuts every connection, in the middle of whatever is underway; what was not acknowledged comes again.
    pub(crate) fn cut(&self) {
        socket::cut(&self.shared);
    }

    /// A slash command, as Slack describes it.
    pub(crate) fn command(&self, command: &str, text: &str) -> Value {
        let trigger = self.state().next("trigger");
        json!({
            "token": "gone", "team_id": TEAM, "team_domain": "shop", "channel_id": CHANNEL, "channel_name": "releases",
            "user_id": USER, "user_name": "ann", "command": command, "text": text, "api_app_id": APP,
            "is_enterprise_install": "false", "trigger_id": trigger,
            "response_url": format!("http://{}/commands/{trigger}", self.address),
        })
    }

    /// A button of a message that is pressed.
    pub(crate) fn press(&self, action: &str, value: &str) -> Value {
        let trigger = self.state().next("trigger");
        json!({
            "type": "block_actions", "api_app_id": APP, "token": "gone", "trigger_id": trigger,
            "team": { "id": TEAM, "domain": "shop" }, "enterprise": null, "is_enterprise_install": false,
            "user": { "id": USER, "username": "ann", "name": "ann", "team_id": TEAM },
            "container": { "type": "message", "message_ts": "1.000001", "channel_id": CHANNEL, "is_ephemeral": false },
            "channel": { "id": CHANNEL, "name": "releases" },
            "message": { "type": "message", "ts": "1.000001", "text": "x", "user": "U0BOT" },
            "state": { "values": {} }, "response_url": format!("http://{}/actions/{trigger}", self.address),
            "actions": [{ "action_id": action, "block_id": "b", "type": "button", "value": value,
                "text": { "type": "plain_text", "text": "Go", "emoji": true }, "action_ts": "1.000002" }],
        })
    }

    /// A form that is sent, with what somebody has put in.
    pub(crate) fn submission(&self, view: &Value, given: &Value) -> Value {
        let id = self.state().next("V");
        json!({
            "type": "view_submission", "api_app_id": APP, "token": "gone", "trigger_id": "9.9.z",
            "team": { "id": TEAM, "domain": "shop" }, "user": { "id": USER, "username": "ann", "team_id": TEAM },
            "view": { "id": id, "type": "modal", "private_metadata": view["private_metadata"], "callback_id": "",
                "hash": "h", "state": { "values": { "given": { "given": given } } } },
            "response_urls": [],
        })
    }

    /// Somebody speaks to the app.
    pub(crate) fn mention(&self, text: &str) -> Value {
        let id = self.state().next("Ev");
        json!({
            "type": "event_callback", "token": "gone", "team_id": TEAM, "api_app_id": APP, "event_id": id,
            "event_time": 1, "authorizations": [],
            "event": { "type": "app_mention", "user": USER, "text": format!("<@U0BOT> {text}"), "ts": "1.000003",
                "channel": CHANNEL, "event_ts": "1.000003" },
        })
    }
}
