//! Keeps the log: verifies it in the background, and keeps a snapshot at hand so that a start takes no time.

use std::sync::Arc;
use std::time::Duration;

use events::fold::State;
use events::number::Position;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::{Book, Whole};
use crate::log::sqlite::{Reader, Snapshot, SqliteLog};
use crate::ports::ReadError;

/// How many events a snapshot may be behind.
const EVENTS: u64 = 1_000;
const PAUSE: Duration = Duration::from_secs(30);

/// Which build wrote a snapshot: a state of another may have another shape or meaning (`build.rs`).
const BUILD: &str = env!("CHANGEOVER_BUILD");

/// Looks after one log.
pub struct LogKeeper {
    pub log: Arc<SqliteLog>,
    pub book: Arc<Book>,
    pub clock: Arc<dyn Clock>,
    pub whole: Whole,
    pub stopped: CancellationToken,
}

impl LogKeeper {
    /// Keeps the log until told to stop. Damage is said loudly, and nothing is destroyed after it.
    pub async fn run(self) {
        tokio::select! {
            () = self.stopped.cancelled() => return,
            verified = self.log.reader().verify(None, |_| {}) => match verified {
                Ok(verified) => {
                    tracing::debug!(events = verified.event_count, "the log is whole");
                    self.whole.set();
                }
                Err(error) => tracing::error!(%error, "the log is damaged: nothing will be decommissioned"),
            },
        }
        let mut saved = Position(0);
        loop {
            let state = self.book.state();
            if state.position.0 >= saved.0 + EVENTS {
                match save(self.log.reader(), &state).await {
                    Ok(()) => saved = state.position,
                    Err(error) => tracing::warn!(%error, "no snapshot was saved; a start takes longer"),
                }
            }
            tokio::select! {
                () = self.stopped.cancelled() => return,
                () = self.clock.pause(PAUSE) => {}
            }
        }
    }
}

/// The state that was put aside, if this build wrote it for this log; otherwise the empty one.
pub async fn load(reader: &Reader) -> State {
    let snapshot = reader.load_snapshot(BUILD).await;
    snapshot.and_then(|it| serde_json::from_slice(&it.bytes).ok()).unwrap_or_default()
}

/// Puts the state aside. An error costs time at the next start, and nothing else.
pub async fn save(reader: &Reader, state: &State) -> Result<(), ReadError> {
    let bytes = serde_json::to_vec(state).map_err(|error| ReadError(error.to_string()))?;
    reader.save_snapshot(&Snapshot { position: state.position, bytes }, BUILD).await
}
