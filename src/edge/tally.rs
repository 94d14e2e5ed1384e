//! What a color has in flight, and what it was given since the balancer started.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The counts of one color.
#[derive(Debug, Default)]
pub(super) struct Tally {
    in_flight: AtomicU32,
    begun: AtomicU64,
}

impl Tally {
    /// Requests whose answer is not sent completely, and upgraded connections that are open.
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Requests begun since the balancer started.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }
}

/// One request in flight; it is over when this is dropped.
#[derive(Debug)]
pub(super) struct Ticket(Arc<Tally>);

impl Ticket {
    /// Counts a request as in flight, before it is certain that it goes there.
    pub(super) fn enter(tally: &Arc<Tally>) -> Self {
        tally.in_flight.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(tally))
    }

    /// Counts it as begun: it goes there.
    pub(super) fn begin(self) -> Self {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        self
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
