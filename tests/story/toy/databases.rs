//! The databases' port, answered by the toy world.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use changeover::ports::{Database, EffectKey, Loss, Positions, ServerStanding, Switch};
use events::check::{Reading, Verdict};
use events::color::{ByColor, Color};
use events::fault::Fault;
use events::name::CheckName;

use super::clock::Pause;
use super::outside::Line;
use super::world::World;

#[async_trait]
impl Database for Line {
    async fn standing(&self) -> ByColor<Result<ServerStanding, Fault>> {
        let both = self.read("databases standing", |world| both(world)).await;
        ByColor::from_fn(|color| both.clone().map(|it| it.get(color).clone()))
    }

    async fn preflight(&self, primary: Color) -> Vec<Reading> {
        let read = self.read("databases preflight", |world| both(world)).await;
        let replica = primary.other();
        let errant = match read.as_ref().map(|it| it.get(replica).ahead) {
            Ok(Some(0)) => ("none".to_owned(), Verdict::Pass),
            Ok(ahead) => (format!("{} of its own", ahead.unwrap_or_default()), Verdict::Fail),
            Err(fault) => (fault.text.clone(), Verdict::NoEvidence),
        };
        let (value, verdict) = match read {
            Ok(both) => match &both.get(replica).channel {
                Some(channel) if channel.is_running => ("running".to_owned(), Verdict::Pass),
                Some(_) => ("stopped".to_owned(), Verdict::Fail),
                None => ("it follows nobody".to_owned(), Verdict::Fail),
            },
            Err(fault) => (fault.text, Verdict::NoEvidence),
        };
        let reading = |check, value, limit: &str, verdict| Reading {
            check: CheckName::fixed(check),
            subject: replica.to_string(),
            value,
            limit: limit.to_owned(),
            verdict,
        };
        let pointed = self.pointed(replica, primary).await;
        let servers = [
            reading("replication", value, "running; see why it stopped, and start it again", verdict),
            reading("errant", errant.0, "no transaction of its own; decide what becomes of them", errant.1),
        ];
        servers.into_iter().chain(pointed).collect()
    }

    async fn arm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        self.asks(key, "databases arm", |world| world.arm(primary, true)).await
    }

    async fn disarm(&self, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        self.asks(key, "databases disarm", |world| world.arm(primary, false)).await
    }

    async fn fence(&self, _key: &EffectKey) -> Result<Box<dyn Switch>, Fault> {
        let session = self.read("databases fence", World::fence).await?;
        Ok(Box::new(ToySwitch { line: self.clone(), session }))
    }

    async fn repoint(&self, color: Color, primary: Color, key: &EffectKey) -> Result<(), Fault> {
        self.asks(key, "databases repoint", |world| world.point(color, primary)).await
    }

    async fn pointed(&self, color: Color, primary: Color) -> Option<Reading> {
        let read = self.read("databases pointed", |world| world.used_by(color)).await;
        let (value, verdict) = match read {
            Ok(used) if used? == primary => (format!("it uses the database of {primary}"), Verdict::Pass),
            Ok(used) => (format!("it uses the database of {}", used?), Verdict::Fail),
            Err(fault) => (fault.text, Verdict::NoEvidence),
        };
        let (check, limit) = (CheckName::fixed("pointed"), format!("the database of {primary}"));
        Some(Reading { check, subject: color.to_string(), value, limit, verdict })
    }

    async fn missing(&self, from: Color) -> Result<Loss, Fault> {
        let count = self.read("databases missing", |world| world.missing(from)).await?;
        Ok(Loss { count, what: String::new() })
    }

    async fn export_missing(&self, from: Color, _file: &Path) -> Result<u64, Fault> {
        self.read("databases export_missing", |world| world.export(from)).await
    }

    fn by_hand(&self) -> String {
        "toy databases".to_owned()
    }
}

impl Line {
    async fn asks(
        &self,
        key: &EffectKey,
        call: &'static str,
        ask: impl FnOnce(&mut World) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let (life, key) = (self.life, key.clone());
        self.read(call, |world| {
            world.judge_ask(life, &key, &[]);
            ask(world)
        })
        .await
    }
}

fn both(world: &World) -> Result<ByColor<ServerStanding>, Fault> {
    let pair = world.databases.as_ref().ok_or_else(|| Fault::lasting("there are no databases"))?;
    Ok(ByColor::from_fn(|color| pair.standing(color)))
}

/// Sessions on both servers.
struct ToySwitch {
    line: Line,
    session: u64,
}

#[async_trait]
impl Switch for ToySwitch {
    async fn gate(&mut self, _from: Color, _patience: Duration) -> Result<(), Fault> {
        let session = self.session;
        self.line.read("databases gate", |world| world.gate(session)).await
    }

    async fn settle_writers(&mut self, _from: Color, _patience: Duration) -> Result<(), Fault> {
        let session = self.session;
        self.line.read("databases settle_writers", |world| world.settle(session)).await
    }

    async fn freeze(&mut self, color: Color, watchdog: Duration) -> Result<(), Fault> {
        let session = self.session;
        let takes = self.line.read("databases freeze", |world| world.freeze(session, color)).await?;
        Pause::new(&self.line.outside, &self.line.timers, takes.min(watchdog)).await;
        if takes > watchdog {
            return self.line.read("databases give_up", |world| world.give_up(session)).await;
        }
        self.line.point("databases frozen").await;
        Ok(())
    }

    async fn keep_frozen(&mut self, _color: Color, _patience: Duration) -> Result<(), Fault> {
        let session = self.session;
        self.line.read("databases keep_frozen", |world| world.keep_frozen(session)).await
    }

    async fn catch_up(&mut self, from: Color, budget: Duration) -> Result<Positions, Fault> {
        let session = self.session;
        let takes = self.line.outside.world().databases.as_ref().map_or(Duration::ZERO, |it| it.apply_takes);
        Pause::new(&self.line.outside, &self.line.timers, takes.min(budget)).await;
        if takes > budget {
            return Err(Fault::passing("the other server did not catch up in time"));
        }
        self.line.read("databases catch_up", |world| world.equal(session, from)).await
    }

    async fn open(&mut self, to: Color) -> Result<(), Fault> {
        let session = self.session;
        self.line.read("databases open", |world| world.open(session, to)).await
    }

    async fn reopen(&mut self, from: Color) -> Result<(), Fault> {
        let session = self.session;
        self.line.read("databases reopen", |world| world.open(session, from)).await
    }

    async fn clean_up(&mut self, to: Color) -> Result<(), Fault> {
        let session = self.session;
        self.line.read("databases clean_up", |world| world.clean_up(session, to)).await
    }
}
