//! The databases, with a point before and after each call.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use events::check::Reading;
use events::color::{ByColor, Color};
use events::fault::Fault;

use super::around::{Around, around};
use crate::ports::{Database, EffectKey, Loss, Positions, ServerStanding, Switch};

#[async_trait]
impl Database for Around<dyn Database> {
    async fn standing(&self) -> ByColor<Result<ServerStanding, Fault>> {
        around("database.standing", self.0.standing()).await
    }

    async fn preflight(&self, primary: Color) -> Vec<Reading> {
        around("database.preflight", self.0.preflight(primary)).await
    }

    async fn arm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        around("database.arm", self.0.arm(primary, key)).await
    }

    async fn disarm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        around("database.disarm", self.0.disarm(primary, key)).await
    }

    async fn fence(&self, key: &EffectKey) -> Result<Box<dyn Switch>, Fault> {
        let switch = around("database.fence", self.0.fence(key)).await?;
        Ok(Box::new(Watched(switch)))
    }

    async fn repoint(&self, color: Color, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        around("database.repoint", self.0.repoint(color, primary, key)).await
    }

    async fn pointed(&self, color: Color, primary: Color) -> Option<Reading> {
        around("database.pointed", self.0.pointed(color, primary)).await
    }

    async fn missing(&self, from: Color) -> Result<Loss, Fault> {
        around("database.missing", self.0.missing(from)).await
    }

    async fn export_missing(&self, from: Color, file: &Path) -> Result<u64, Fault> {
        around("database.export_missing", self.0.export_missing(from, file)).await
    }

    fn by_hand(&self) -> String {
        self.0.by_hand()
    }
}

/// The sessions of one crossing.
struct Watched(Box<dyn Switch>);

#[async_trait]
impl Switch for Watched {
    async fn gate(&mut self, from: Color, patience: Duration) -> Result<(), Fault> {
        around("switch.gate", self.0.gate(from, patience)).await
    }

    async fn settle_writers(&mut self, from: Color, patience: Duration) -> Result<(), Fault> {
        around("switch.settle_writers", self.0.settle_writers(from, patience)).await
    }

    async fn freeze(&mut self, color: Color, watchdog: Duration) -> Result<(), Fault> {
        around("switch.freeze", self.0.freeze(color, watchdog)).await
    }

    async fn keep_frozen(&mut self, color: Color, patience: Duration) -> Result<(), Fault> {
        around("switch.keep_frozen", self.0.keep_frozen(color, patience)).await
    }

    async fn catch_up(&mut self, from: Color, budget: Duration) -> Result<Positions, Fault> {
        around("switch.catch_up", self.0.catch_up(from, budget)).await
    }

    async fn open(&mut self, to: Color) -> Result<(), Fault> {
        around("switch.open", self.0.open(to)).await
    }

    async fn reopen(&mut self, from: Color) -> Result<(), Fault> {
        around("switch.reopen", self.0.reopen(from)).await
    }

    async fn clean_up(&mut self, to: Color) -> Result<(), Fault> {
        around("switch.clean_up", self.0.clean_up(to)).await
    }
}
