//! What the engine needs of a site's databases: one server per color, of which one takes writes, the *primary*.
//!
//! A server is *open* when applications may write to it, and *frozen* when they may not. A site is *armed* when the
//! primary replicates from the other color too, so that whichever is opened, the other one follows.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use events::check::Reading;
use events::color::{ByColor, Color};
use events::fault::Fault;

use super::EffectKey;

/// How one server stands, as it says itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerStanding {
    /// Whether applications may write to it.
    pub is_open: bool,
    /// Whether it would be frozen after a restart; none where the server can't say. What is frozen and would come back
    /// open is half a promise.
    pub is_born_frozen: Option<bool>,
    /// What it replicates from the other color; none if it is pointed at nobody.
    pub channel: Option<Channel>,
    /// How many transactions it has that the other color has not; none where that can't be known now. Of an open server
    /// they are on their way; of a frozen one they are *errant*, and nobody may cross.
    pub ahead: Option<u64>,
    /// Everything that it has executed, as the server spells it, shortened for people.
    pub position: String,
    /// Product and version, for people.
    pub version: String,
}

/// Replication from the other color.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Whether it receives and applies, without an error.
    pub is_running: bool,
    /// How far behind it is; none where it does not say.
    pub lag: Option<Duration>,
    /// Its last error or what it does, for people; nothing secret.
    pub note: String,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_running { "running" } else { "stopped" })?;
        if let Some(lag) = self.lag {
            write!(f, ", {} s behind", lag.as_secs())?;
        }
        if self.note.is_empty() { Ok(()) } else { write!(f, " ({})", self.note) }
    }
}

/// What both servers had executed when they were equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Positions(pub ByColor<String>);

/// What users would lose if they went to the other color as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Transactions that the other color lacks.
    pub count: u64,
    /// Which ones, as the server spells them, shortened for people.
    pub what: String,
}

/// The databases of both colors, from outside a crossing.
///
/// Everything is read from connections that were opened for the call, never from memory. Who can't be reached is
/// unknown, never "not frozen".
#[async_trait]
pub trait Database: Send + Sync {
    /// How each server stands. One that can't be reached is its fault alone; the other one is told all the same.
    async fn standing(&self) -> ByColor<Result<ServerStanding, Fault>>;

    /// Everything that must be so before users of `primary` may cross to the other color, one reading each, with the
    /// value and, where it fails, what to do. Only reads; no data is never a pass. It does not ask for the ring: that is
    /// armed afterwards, and its own step says so.
    async fn preflight(&self, primary: Color) -> Vec<Reading>;

    /// `primary` replicates from the other color too, and both channels run; on return they do. From here until a
    /// crossing was cleaned up no restart brings a second writer: both servers would come back frozen, where that can be
    /// set. Twice is once. An error leaves the site armed or as it was: `standing` says which.
    async fn arm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault>;

    /// `primary` replicates from nobody; on return it does not, and a restart brings it back open. The other color
    /// follows it as before. Twice is once. It is the way back of `arm`, and what ends the way back of a site whose
    /// window is over.
    async fn disarm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault>;

    /// Sessions of the operator that hold the advisory lock on both servers, and through which alone a crossing
    /// changes anything. Whoever held the lock before is killed first, with whatever he had pending; so on return no
    /// freeze of a dead executor can still land, and nothing of him points anybody anywhere.
    async fn fence(&self, key: &EffectKey) -> Result<Box<dyn Switch>, Fault>;

    /// `color` uses the server of `primary`; on return it does. For a site whose colors use whichever server takes writes; a
    /// lasting fault where each has its own. Twice is once, and an error leaves it anywhere. What both use is moved for both.
    async fn repoint(&self, color: Color, primary: Color, key: &EffectKey) -> Result<(), Fault>;

    /// Whether `color` uses the server of `primary`, with what it uses and what to do; none where each color has
    /// its own.
    async fn pointed(&self, color: Color, primary: Color) -> Option<Reading>;

    /// What `from` has that the other color lacks, right now.
    async fn missing(&self, from: Color) -> Result<Loss, Fault>;

    /// Writes the transactions that `from` has and the other color lacks to `file`, so that people can put them in by
    /// hand; gives how many. On return the file is durable and only its owner may read it. `from` is frozen by then.
    async fn export_missing(&self, from: Color, file: &Path) -> Result<u64, Fault>;

    /// The commands by which a person without the bot sees the servers.
    fn by_hand(&self) -> String;
}

/// One crossing: the operator's sessions on both servers. Dropped, the sessions are closed and the lock is free.
///
/// Each call has its own bound. An error says what it leaves behind; after one the caller looks at `standing` and goes
/// by that alone. Sessions that were killed by another fence fail in every call and change nothing any more.
#[async_trait]
pub trait Switch: Send {
    /// Three times in a row, what `from` had committed was applied by the other color within the provider's limit. A
    /// lasting fault after `patience`: this load can't cross now. Changes nothing.
    async fn gate(&mut self, from: Color, patience: Duration) -> Result<(), Fault>;

    /// No application has an unfinished write on `from`. Waits for `patience`; a passing fault names who still writes.
    /// Changes nothing.
    async fn settle_writers(&mut self, from: Color, patience: Duration) -> Result<(), Fault>;

    /// `color` takes no writes; on return it does not, and none is pending. Given up after `watchdog` with a passing
    /// fault: then it is as open as before, and nothing of the freeze can land later. A frozen server is fine.
    async fn freeze(&mut self, color: Color, watchdog: Duration) -> Result<(), Fault>;

    /// Nobody writes to `color`, which was frozen by somebody who has died since: whom the freeze of that one had locked out
    /// beside, administrators, is locked out again until one of both is opened. Given up after `patience` with a passing
    /// fault. It is frozen before and after, whatever comes of it.
    async fn keep_frozen(&mut self, color: Color, patience: Duration) -> Result<(), Fault>;

    /// The other color has applied all of `from`, and both have executed exactly the same. `from` is frozen by then. A
    /// fault after `budget`, and on any difference: no error alone is never enough. Changes nothing.
    async fn catch_up(&mut self, from: Color, budget: Duration) -> Result<Positions, Fault>;

    /// `to` takes writes; on return it was read back that it does, and that the other color does not. After an error
    /// nobody knows: it may be open. An open server is fine.
    async fn open(&mut self, to: Color) -> Result<(), Fault>;

    /// `from` takes writes again, as before the freeze; for a crossing that turns back before anything was opened. An
    /// open server is fine.
    async fn reopen(&mut self, from: Color) -> Result<(), Fault>;

    /// What a crossing to `to` leaves to be done: sessions of applications on the old server are ended, scheduled events
    /// run on `to` and there alone, and a restart brings `to` back open and the other one frozen. Twice is once.
    async fn clean_up(&mut self, to: Color) -> Result<(), Fault>;
}
