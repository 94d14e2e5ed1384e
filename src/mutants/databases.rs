//! The seams to the databases: what a mistaken engine asks of them and believes, and what a mistaken provider makes of what
//! servers say.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events::check::{Reading, Verdict};
use events::color::{ByColor, Color};
use events::fault::Fault;

use super::{Mistake, is};
use crate::ports::{Database, EffectKey, Loss, Positions, ServerStanding, Switch};

/// The databases, as a mistaken engine speaks to them.
#[must_use]
pub fn database(database: Arc<dyn Database>) -> Arc<dyn Database> {
    Arc::new(Mistaken(database))
}

struct Mistaken(Arc<dyn Database>);

#[async_trait]
impl Database for Mistaken {
    async fn standing(&self) -> ByColor<Result<ServerStanding, Fault>> {
        self.0.standing().await
    }

    async fn preflight(&self, primary: Color) -> Vec<Reading> {
        let mut readings = self.0.preflight(primary).await;
        if is(Mistake::PreflightIgnored) {
            for it in &mut readings {
                it.verdict = Verdict::Pass;
            }
        }
        readings
    }

    async fn arm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        self.0.arm(primary, key).await
    }

    async fn disarm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        self.0.disarm(primary, key).await
    }

    async fn fence(&self, key: &EffectKey) -> Result<Box<dyn Switch>, Fault> {
        Ok(Box::new(Careless(self.0.fence(key).await?)))
    }

    async fn repoint(&self, color: Color, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        if is(Mistake::RepointSkipped) { Ok(()) } else { self.0.repoint(color, primary, key).await }
    }

    async fn pointed(&self, color: Color, primary: Color) -> Option<Reading> {
        let reading = self.0.pointed(color, primary).await;
        reading.map(|it| if is(Mistake::PointingBelieved) { Reading { verdict: Verdict::Pass, ..it } } else { it })
    }

    async fn missing(&self, from: Color) -> Result<Loss, Fault> {
        self.0.missing(from).await
    }

    async fn export_missing(&self, from: Color, file: &Path) -> Result<u64, Fault> {
        self.0.export_missing(from, file).await
    }

    fn by_hand(&self) -> String {
        self.0.by_hand()
    }
}

/// A crossing that does not look at what it is told.
struct Careless(Box<dyn Switch>);

#[async_trait]
impl Switch for Careless {
    async fn gate(&mut self, from: Color, patience: Duration) -> Result<(), Fault> {
        self.0.gate(from, patience).await
    }

    async fn settle_writers(&mut self, from: Color, patience: Duration) -> Result<(), Fault> {
        self.0.settle_writers(from, patience).await
    }

    async fn freeze(&mut self, color: Color, watchdog: Duration) -> Result<(), Fault> {
        if is(Mistake::FreezeSkipped) { Ok(()) } else { self.0.freeze(color, watchdog).await }
    }

    async fn keep_frozen(&mut self, color: Color, patience: Duration) -> Result<(), Fault> {
        self.0.keep_frozen(color, patience).await
    }

    async fn catch_up(&mut self, from: Color, budget: Duration) -> Result<Positions, Fault> {
        let equal = self.0.catch_up(from, budget).await;
        if is(Mistake::EqualityBelieved) { Ok(Positions(ByColor::default())) } else { equal }
    }

    async fn open(&mut self, to: Color) -> Result<(), Fault> {
        self.0.open(to).await
    }

    async fn reopen(&mut self, from: Color) -> Result<(), Fault> {
        if is(Mistake::FrozenLeft) { Ok(()) } else { self.0.reopen(from).await }
    }

    async fn clean_up(&mut self, to: Color) -> Result<(), Fault> {
        self.0.clean_up(to).await
    }
}

/// Whether a wait is taken to have ended because everything was applied.
#[must_use]
pub fn is_applied(is_applied: bool) -> bool {
    is_applied || is(Mistake::WaitBelieved)
}

/// Whether both servers are taken to have executed the same.
#[must_use]
pub fn same(are_same: bool) -> bool {
    are_same || is(Mistake::EqualitySkipped)
}

/// Whether whoever holds the lock is killed for it.
#[must_use]
pub fn kills_holders() -> bool {
    !is(Mistake::FenceKillsNobody)
}

/// Whether a freeze that waits is ended from beside it.
#[must_use]
pub fn watches() -> bool {
    !is(Mistake::WatchdogSleeps)
}

/// Whether the old server is taken to be frozen as the new one is opened.
#[must_use]
pub fn is_still_frozen(is_frozen: bool) -> bool {
    is_frozen || is(Mistake::OpenedUnread)
}

/// Whether a source is given the time to count what it has sent.
#[must_use]
pub fn lets_settle() -> bool {
    !is(Mistake::SentTakenForErrant)
}

/// Whether it matters who else is connected to a server that is frozen.
#[must_use]
pub fn looks_for_strangers() -> bool {
    !is(Mistake::AdministratorsOverlooked)
}

/// Whether a server that a dead session froze is locked anew.
#[must_use]
pub fn locks_anew() -> bool {
    !is(Mistake::DeadLockTrusted)
}

/// Whether it matters which roles an account was given.
#[must_use]
pub fn roles_are_given() -> bool {
    !is(Mistake::RolesOverlooked)
}
