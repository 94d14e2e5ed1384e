//! Keeps the log: verifies it in the background, and keeps a snapshot at hand so that a start takes no time.

use std::sync::Arc;
use std::time::Duration;

use events::number::Position;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::{Book, Whole};
use crate::log::sqlite::SqliteLog;

/// How many events a snapshot may be behind.
const EVENTS: u64 = 1_000;
const PAUSE: Duration = Duration::from_secs(30);

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
            verified = self.log.verify(None) => match verified {
                Ok(verified) => {
                    tracing::debug!(events = verified.events, "the log is whole");
                    self.whole.set();
                }
                Err(error) => tracing::error!(%error, "the log is damaged: nothing will be decommissioned"),
            },
        }
        let mut saved = Position(0);
        loop {
            let state = self.book.state();
            if state.position.0 >= saved.0 + EVENTS {
                match self.log.save_snapshot(state.position, &state).await {
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
