//! One crossing: sessions of the operator that hold the advisory lock on both servers.

mod clean_up;
mod fence;
mod freeze;
mod gate;
mod open;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events::color::{ByColor, Color};
use events::fault::Fault;

pub(super) use fence::fence;

use super::gtid::Gtids;
use super::session::Session;
use super::settings::Settings;
use crate::clock::Clock;
use crate::ports::{Positions, Switch};

/// The sessions. Nothing is ever connected anew: a session that was killed stays dead, and with it whoever had it.
pub(super) struct Sessions {
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    servers: ByColor<Session>,
    /// Ends a freeze that waits, from beside it.
    watchdog: Option<Session>,
    /// What the frozen server had executed when it was frozen.
    frozen: Option<(Color, Gtids)>,
}

impl Sessions {
    fn server(&mut self, color: Color) -> &mut Session {
        self.servers.get_mut(color)
    }

    /// The server of `color` and the other one.
    fn pair(&mut self, color: Color) -> (&mut Session, &mut Session) {
        match color {
            Color::Blue => (&mut self.servers.blue, &mut self.servers.green),
            Color::Green => (&mut self.servers.green, &mut self.servers.blue),
        }
    }
}

#[async_trait]
impl Switch for Sessions {
    async fn gate(&mut self, from: Color, patience: Duration) -> Result<(), Fault> {
        // The second session is connected while there is time.
        freeze::have_watchdog(self, from).await?;
        gate::gate(self, from, patience).await
    }

    async fn settle_writers(&mut self, from: Color, patience: Duration) -> Result<(), Fault> {
        gate::settle_writers(self, from, patience).await
    }

    async fn freeze(&mut self, color: Color, watchdog: Duration) -> Result<(), Fault> {
        freeze::freeze(self, color, watchdog).await
    }

    async fn keep_frozen(&mut self, color: Color, patience: Duration) -> Result<(), Fault> {
        freeze::keep_frozen(self, color, patience).await
    }

    async fn catch_up(&mut self, from: Color, budget: Duration) -> Result<Positions, Fault> {
        open::catch_up(self, from, budget).await
    }

    async fn open(&mut self, to: Color) -> Result<(), Fault> {
        open::open(self, to).await
    }

    async fn reopen(&mut self, from: Color) -> Result<(), Fault> {
        open::reopen(self, from).await
    }

    async fn clean_up(&mut self, to: Color) -> Result<(), Fault> {
        clean_up::clean_up(self, to).await
    }
}
