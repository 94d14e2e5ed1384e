//! What the fake knows: messages, groups, connections, and how it will behave.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;

/// How a call is met, once.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// 429, with the seconds of `Retry-After`, or without it.
    Throttled(Option<u64>),
    /// An error of the server; nothing was done.
    Broken,
    /// It is done, and then answered by an error of the server.
    DoneThenBroken,
    /// Refused by Slack's word for it.
    Refused(&'static str),
    /// No answer at all, for so long.
    Silent(Duration),
    /// The same, although it is done.
    DoneThenSilent(Duration),
}

/// A message of the channel.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) ts: String,
    pub(crate) thread: Option<String>,
    pub(crate) body: Value,
    /// How often it was changed.
    pub(crate) edits: usize,
}

/// What the bot said to an envelope, and how long it took.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    pub(crate) payload: Option<Value>,
    pub(crate) after: Duration,
}

/// A connection, as who delivers sees it.
pub(super) struct Socket {
    pub(super) sender: mpsc::UnboundedSender<ToSocket>,
    pub(super) is_leaving: bool,
}

impl Socket {
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed() && !self.is_leaving
    }
}

/// What a connection is told to do.
pub(super) enum ToSocket {
    Say(Value),
    /// Close, as Slack does.
    Close,
    /// Be gone, without a word.
    Cut,
}

/// An envelope that waits for its acknowledgement.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) envelope: Value,
    pub(super) at: Duration,
    pub(super) attempt: u64,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) manners: Vec<(String, Manner)>,
    pub(super) calls: Vec<String>,
    /// Those of them that were met with a manner.
    pub(super) met: Vec<String>,
    pub(super) is_revoked: bool,
    pub(super) is_outside: bool,
    pub(super) lacks: Option<&'static str>,
    pub(super) group: Vec<String>,
    pub(super) messages: Vec<Message>,
    pub(super) whispers: Vec<Value>,
    pub(super) views: Vec<Value>,
    /// Every list of blocks that was ever shown.
    pub(super) shown: Vec<Value>,
    pub(super) sockets: Vec<Socket>,
    pub(super) sent: BTreeMap<String, Sent>,
    pub(super) acknowledged: BTreeMap<String, Acknowledged>,
    counter: u64,
}

impl State {
    /// A new id of this kind.
    pub(super) fn next(&mut self, kind: &str) -> String {
        self.counter += 1;
        format!("{kind}{}", self.counter)
    }

    /// The time stamp of a new message: no two of a channel have one. It is of the machine's own time.
    pub(super) fn stamp(&mut self, seconds: i64) -> String {
        self.counter += 1;
        format!("{seconds}.{:06}", self.counter)
    }

    /// How this call is met, if not as usual.
    pub(super) fn manner(&mut self, method: &str) -> Option<Manner> {
        let at = self.manners.iter().position(|(name, _)| name == method)?;
        self.met.push(method.to_owned());
        Some(self.manners.remove(at).1)
    }
}
