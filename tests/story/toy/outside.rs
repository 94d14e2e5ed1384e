//! The one door between a bot and the toy world: every call goes through here, may take time, and may be the bot's last.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::fault::Fault;
use events::number::Position;
use tokio::sync::watch;

use super::clock::{Pause, Timers};
use super::world::World;
use super::world::ask::Ask;

/// The world as one life of a bot reaches it.
pub(crate) struct Outside {
    world: Mutex<World>,
    pub(crate) head: watch::Sender<Position>,
}

impl Outside {
    pub(crate) fn new(world: World) -> Arc<Self> {
        let head = watch::Sender::new(world.journal.head());
        Arc::new(Self { world: Mutex::new(world), head })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // After a panic it can still be told what happened.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What every port of a bot is made of.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) outside: Arc<Outside>,
    pub(crate) timers: Arc<Timers>,
    /// Which bot this is.
    pub(crate) life: u64,
}

impl Line {
    /// Reads something: takes its time, and may fail.
    pub(crate) async fn read<T>(
        &self,
        call: &'static str,
        read: impl FnOnce(&mut World) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.point(call).await;
        self.travel().await;
        let answer = {
            let mut world = self.outside.world();
            world.fails_to_be_read(call).map_or_else(|| read(&mut world), Err)
        };
        self.point(call).await;
        answer
    }

    /// Asks the world to change.
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Result<(), Fault> {
        let call = ask.call;
        self.point(call).await;
        self.travel().await;
        let answer = self.outside.world().ask(self.life, ask);
        self.point(call).await;
        answer
    }

    /// A place where the bot may be killed: before and after every call, and never anywhere else, because between two
    /// calls nothing leaves it. A dead bot does nothing any more.
    pub(crate) async fn point(&self, call: &'static str) {
        self.outside.world().deaths.pass(self.life, call);
        self.live().await;
    }

    /// Goes on only while the bot lives.
    async fn live(&self) {
        if self.outside.world().deaths.is_dead(self.life) {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) async fn wait_for_the_disk(&self) {
        let takes = self.outside.world().manners.log_takes;
        if takes > Duration::ZERO {
            Pause::new(&self.outside, &self.timers, takes).await;
        }
    }

    pub(crate) async fn travel(&self) {
        let latency = self.outside.world().manners.latency;
        if latency > Duration::ZERO {
            Pause::new(&self.outside, &self.timers, latency).await;
            // What was on its way when another part of the bot died is lost with it.
            self.live().await;
        }
    }
}
