//! What the engine needs of the world: one trait per kind of provider.
//!
//! *Ask* methods return when the world has accepted, within one call's time-out; asking twice is asking once. *Look*
//! methods only read. Nothing long ever blocks inside a call: waiting is looking until the deadline in the log.

mod database;
mod workers;

use std::time::Duration;

use async_trait::async_trait;
use events::check::Reading;
use events::color::{ByColor, Color};
use events::envelope::{Draft, EventId, Recorded, Stream};
use events::fault::Fault;
use events::machine::{Machine, MachineRelease, Member};
use events::name::{CheckName, MachineId};
use events::number::{Epoch, Position, Version};
use events::release::{Release, ReleaseName};
use events::weights::Weights;
use serde::Serialize;
use tokio::sync::watch;

pub use database::{Channel, Database, Loss, Positions, ServerStanding, Switch};
pub use workers::Workers;

/// Names one effect for ever: site, run and step. Carried to providers so that a repeated ask is recognised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EffectKey(pub String);

/// What an append relies on; if the world has moved on, nothing is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub stream: Stream,
    /// The stream's version that the decision was made on.
    pub version: Version,
    /// The executor that decided.
    pub epoch: Epoch,
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    #[error("{stream} is at version {actual}, not {expected}: somebody else was faster")]
    Moved { stream: Stream, expected: Version, actual: Version },
    #[error("epoch {epoch} was fenced by epoch {current}: another bot has taken over this log")]
    Fenced { epoch: Epoch, current: Epoch },
    #[error("this bot has lost its log: {0}; another one may have taken over")]
    Lost(String),
    #[error("event {0} is in the log with other content")]
    Forged(EventId),
    #[error("a payload of {size} bytes is over the limit of {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error("event {0} cannot be stored: {1}")]
    Malformed(EventId, String),
    #[error("the disk is full: nothing was written and no step begins until there is space; the log can still be read")]
    Full,
    #[error("the log cannot be written: {0}")]
    Broken(String),
    #[error("the log is closed")]
    Closed,
}

/// Why something could not be read from the log.
#[derive(Debug, thiserror::Error)]
#[error("the log cannot be read: {0}")]
pub struct ReadError(pub String);

/// What the log says.
#[async_trait]
pub trait LogReader: Send + Sync {
    /// Up to `limit` events after `position`, in order. Short: no read stays open between two calls.
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError>;

    /// Up to `limit` events of one stream after `version`, in order.
    async fn stream_after(&self, stream: &Stream, version: Version, limit: usize) -> Result<Vec<Recorded>, ReadError>;

    /// The event with this id, if there is one.
    async fn find(&self, id: &EventId) -> Result<Option<Recorded>, ReadError>;
}

/// The log of all events, as its one owner has it.
#[async_trait]
pub trait Log: LogReader {
    /// Appends all `drafts` or none; durable on return. The same event ids with the same content are recognised, and
    /// what they were recorded as is returned. Cancelling the future does not cancel the append.
    async fn append(&self, expected: Expected, drafts: Vec<Draft>) -> Result<Vec<Recorded>, AppendError>;

    /// Whether the disk is so full that nothing new should begin: what space is left is for the way back.
    fn is_short_of_space(&self) -> bool;

    /// The position of the newest durable event, as it moves.
    fn head(&self) -> watch::Receiver<Position>;
}

/// What a balancer says of itself, right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    pub weights: Weights,
    pub members: ByColor<Vec<MemberHealth>>,
    /// Requests and upgraded connections in flight.
    pub connections: ByColor<u32>,
    /// Requests begun since the balancer started; only the difference of two readings means something.
    pub requests: ByColor<u64>,
    /// The newest pause, over or not.
    pub pause: Option<Paused>,
}

/// A pause, as the balancer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    pub key: EffectKey,
    /// Whether requests wait, or are refused since it ended by itself; none of it means that they flow.
    pub holds: bool,
}

/// A time during which requests that start wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub budget: Duration,
    pub on_expiry: OnExpiry,
    pub key: EffectKey,
    /// The pause whose place it takes; without one, another that holds is in its way.
    pub instead_of: Option<EffectKey>,
}

/// What becomes of requests when a pause ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExpiry {
    /// They go on, to the weights of that moment.
    Release,
    /// They, and all later ones, are refused with a hint to come again, until somebody resumes.
    Reject,
}

/// A member and what the balancer's own health check says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberHealth {
    pub member: Member,
    pub is_healthy: bool,
    /// The last answer or error of the health check, for people.
    pub note: String,
}

/// Something that shares requests between the colors.
#[async_trait]
pub trait Traffic: Send + Sync {
    /// Everything the balancer says of itself. Read from the balancer, never from memory.
    async fn balance(&self) -> Result<Balance, Fault>;

    /// Shares requests like this from now on; on return every request that starts is shared so, and a restart of the
    /// balancer keeps it. An error leaves either the old or the new weights.
    async fn set_weights(&self, weights: Weights, key: &EffectKey) -> Result<(), Fault>;

    /// The members of `color` are these and no others. A new member is unhealthy until the balancer has seen it pass.
    /// A member that is taken away finishes the requests it has.
    async fn set_members(&self, color: Color, members: Vec<Member>, key: &EffectKey) -> Result<(), Fault>;

    /// Requests wait from now on, for `budget` at the most: the balancer ends it by itself, whoever is still alive. On
    /// return every request that starts waits. Twice with the same key is once; a lasting fault if that pause is over.
    async fn pause(&self, pause: &Pause) -> Result<(), Fault>;

    /// Ends the pause of `key`; on return requests flow. Nothing paused is fine; another's pause is a lasting fault.
    async fn resume(&self, key: &EffectKey) -> Result<(), Fault>;

    /// Where users' requests go in: `http://host:port`. Checks through the path that users take start here.
    fn entrance(&self) -> String;

    /// The command by which a person without the bot sets these weights.
    fn by_hand(&self, weights: Weights) -> String;
}

/// The machines of both colors.
#[async_trait]
pub trait Fleet: Send + Sync {
    /// The machines of `color` that exist, in a stable order.
    async fn machines(&self, color: Color) -> Result<Vec<Machine>, Fault>;

    /// `color` has at least `count` machines, once the world is done. Never takes one away.
    async fn grow_to(&self, color: Color, count: u16, key: &EffectKey) -> Result<(), Fault>;

    /// `color` keeps these machines and no others. What is taken away is destroyed for good.
    async fn reduce_to(&self, color: Color, keep: &[MachineId], key: &EffectKey) -> Result<(), Fault>;

    /// The command by which a person without the bot sees the machines.
    fn by_hand(&self) -> String;
}

/// How far a delivery is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing of that key is known: it was never asked, or is gone without a trace that could have changed anything.
    Away,
    /// On its way; the text is for people.
    Underway(String),
    /// Every machine has it.
    Reached,
    /// It failed; asking again would start over, and that is safe.
    Failed(Fault),
    /// It was begun, is gone, and may not be repeated.
    Unknown(Fault),
}

/// How a release gets onto machines.
#[async_trait]
pub trait Delivery: Send + Sync {
    /// What `name` stands for right now; the pin never changes meaning afterwards.
    async fn resolve(&self, name: &ReleaseName) -> Result<Release, Fault>;

    /// Which release each of `machines` runs.
    async fn running(&self, machines: &[Machine]) -> Result<Vec<MachineRelease>, Fault>;

    /// Starts to bring `release` onto `machines`; returns when accepted. A delivery of the same key that is underway is
    /// left alone; one that failed starts over.
    async fn start(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<(), Fault>;

    /// How far the delivery of `key` is; also after a restart of the bot.
    async fn progress(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<Progress, Fault>;

    /// Ends what the delivery of `key` has running, with all its children; on return nothing of it runs. Nothing
    /// running is fine.
    async fn stop(&self, key: &EffectKey) -> Result<(), Fault>;

    /// Machines run again what these say; a machine with none runs nothing. Bounded by one call.
    async fn restore(&self, releases: &[(Machine, Option<Release>)], key: &EffectKey) -> Result<(), Fault>;
}

/// What a check looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// A machine's id, or `balancer`: for people.
    pub name: String,
    /// Where to ask: `http://host:port`.
    pub base: String,
    /// The release that must answer; none where an adopted environment did not tell.
    pub release: Option<Release>,
}

/// Something that is read before traffic may cross. Only reads.
#[async_trait]
pub trait Check: Send + Sync {
    fn name(&self) -> &CheckName;

    /// Reads once, within `patience`. Never an error: no answer is a reading with no evidence or a failure.
    async fn read(&self, subject: &Subject, patience: Duration) -> Reading;
}

/// What people are told who must come: enough to act on, nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    pub site: String,
    pub run: u32,
    /// Counted from 1, as people do.
    pub step: u32,
    pub what: String,
    pub why: String,
    pub do_now: String,
    /// The same call twice carries the same key.
    pub key: String,
}

/// Something that reaches people outside chat.
#[async_trait]
pub trait Pager: Send + Sync {
    /// Calls once; on return somebody's system has taken the call. Called twice with one key is one call to whoever
    /// keeps account of keys; an error may have been heard all the same.
    async fn call(&self, call: &Call) -> Result<(), Fault>;
}
