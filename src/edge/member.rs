//! A member while it is one: its health, its open connections, and the task that keeps asking it.

use std::sync::Arc;

use events::color::Color;
use events::machine::Member;
use tokio_util::sync::CancellationToken;

use crate::edge::health::Health;
use crate::edge::pool::Pool;

/// One member of one color. Shared by every request that it has; a member that is taken away lives until the last of
/// them is done.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) color: Color,
    pub(super) member: Member,
    pub(super) health: Health,
    pub(super) pool: Pool,
    retired: CancellationToken,
}

impl Slot {
    pub(super) fn new(color: Color, member: Member, health: Health) -> Arc<Self> {
        Arc::new(Self { color, member, health, pool: Pool::default(), retired: CancellationToken::new() })
    }

    /// It is taken away: nobody asks it for its health again, and no connection to it is kept. What it has in flight
    /// goes on.
    pub(super) fn retire(&self) {
        self.retired.cancel();
        self.pool.close();
    }

    /// Ends once it is taken away.
    pub(super) fn retired(&self) -> CancellationToken {
        self.retired.clone()
    }
}
