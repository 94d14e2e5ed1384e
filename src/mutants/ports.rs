//! The seams to the world: each provider, decorated with what it is told wrong, or believed wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use events::check::Reading;
use events::color::Color;
use events::fault::Fault;
use events::intent::Work;
use events::machine::{Machine, MachineRelease, Member};
use events::name::{CheckName, MachineId};
use events::release::{Release, ReleaseName};
use events::weights::Weights;

use super::{Mistake, is};
use crate::ports::{Balance, Check, Delivery, EffectKey, Fleet, Pause, Progress, Subject, Traffic, Workers};
use crate::redact::Redactor;

/// A provider with a mistake between it and the engine.
struct Mistaken<T>(T);

/// The balancer, as a mistaken engine speaks to it.
#[must_use]
pub fn traffic(traffic: Arc<dyn Traffic>) -> Arc<dyn Traffic> {
    Arc::new(Mistaken(traffic))
}

/// The fleet, as a mistaken engine speaks to it.
#[must_use]
pub fn fleet(fleet: Arc<dyn Fleet>) -> Arc<dyn Fleet> {
    Arc::new(Mistaken(fleet))
}

/// The delivery, as a mistaken engine speaks to it.
#[must_use]
pub fn delivery(delivery: Arc<dyn Delivery>) -> Arc<dyn Delivery> {
    Arc::new(Mistaken(delivery))
}

/// The checks, as a mistaken engine has them read.
#[must_use]
pub fn checks(checks: Vec<Arc<dyn Check>>) -> Vec<Arc<dyn Check>> {
    checks.into_iter().map(|it| Arc::new(Mistaken(it)) as Arc<dyn Check>).collect()
}

/// The workers, as a mistaken engine speaks to them.
#[must_use]
pub fn workers(workers: Arc<dyn Workers>) -> Arc<dyn Workers> {
    Arc::new(Mistaken(workers))
}

/// What takes secrets out of what programs print.
#[must_use]
pub fn redactor(redactor: Redactor) -> Redactor {
    if is(Mistake::SecretsShown) { Redactor::default() } else { redactor }
}

/// The key that an ask carries.
fn told(key: &EffectKey) -> EffectKey {
    static ASKS: AtomicU64 = AtomicU64::new(0);
    if is(Mistake::KeyPerAttempt) {
        EffectKey(format!("{}/{}", key.0, ASKS.fetch_add(1, Ordering::Relaxed)))
    } else {
        key.clone()
    }
}

#[async_trait]
impl Traffic for Mistaken<Arc<dyn Traffic>> {
    async fn balance(&self) -> Result<Balance, Fault> {
        self.0.balance().await
    }

    async fn set_weights(&self, weights: Weights, key: &EffectKey) -> Result<(), Fault> {
        self.0.set_weights(weights, &told(key)).await
    }

    async fn set_members(&self, color: Color, members: Vec<Member>, key: &EffectKey) -> Result<(), Fault> {
        self.0.set_members(color, members, &told(key)).await
    }

    async fn pause(&self, pause: &Pause) -> Result<(), Fault> {
        if is(Mistake::RequestsNotHeld) { Ok(()) } else { self.0.pause(pause).await }
    }

    async fn resume(&self, key: &EffectKey) -> Result<(), Fault> {
        self.0.resume(key).await
    }

    fn entrance(&self) -> String {
        self.0.entrance()
    }

    fn by_hand(&self, weights: Weights) -> String {
        self.0.by_hand(weights)
    }
}

#[async_trait]
impl Fleet for Mistaken<Arc<dyn Fleet>> {
    async fn machines(&self, color: Color) -> Result<Vec<Machine>, Fault> {
        self.0.machines(color).await
    }

    async fn grow_to(&self, color: Color, count: u16, key: &EffectKey) -> Result<(), Fault> {
        self.0.grow_to(color, count, &told(key)).await
    }

    async fn reduce_to(&self, color: Color, keep: &[MachineId], key: &EffectKey) -> Result<(), Fault> {
        self.0.reduce_to(color, keep, &told(key)).await
    }

    fn by_hand(&self) -> String {
        self.0.by_hand()
    }
}

#[async_trait]
impl Delivery for Mistaken<Arc<dyn Delivery>> {
    async fn resolve(&self, name: &ReleaseName) -> Result<Release, Fault> {
        self.0.resolve(name).await
    }

    async fn running(&self, machines: &[Machine]) -> Result<Vec<MachineRelease>, Fault> {
        self.0.running(machines).await
    }

    async fn start(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<(), Fault> {
        if is(Mistake::PinForgotten) {
            let release = self.0.resolve(&release.name).await?;
            return self.0.start(&release, machines, key).await;
        }
        self.0.start(release, machines, &told(key)).await
    }

    async fn progress(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<Progress, Fault> {
        let progress = self.0.progress(release, machines, key).await?;
        let is_repeated = is(Mistake::UnknownRepeated) && matches!(progress, Progress::Unknown(_));
        Ok(if is_repeated { Progress::Away } else { progress })
    }

    async fn stop(&self, key: &EffectKey) -> Result<(), Fault> {
        if is(Mistake::StopStopsNothing) { Ok(()) } else { self.0.stop(key).await }
    }

    async fn restore(&self, releases: &[(Machine, Option<Release>)], key: &EffectKey) -> Result<(), Fault> {
        self.0.restore(releases, &told(key)).await
    }
}

#[async_trait]
impl Workers for Mistaken<Arc<dyn Workers>> {
    async fn look(&self, color: Color) -> Result<Work, Fault> {
        self.0.look(color).await
    }

    async fn answered(&self, color: Color, key: &EffectKey) -> Result<Work, Fault> {
        self.0.answered(color, key).await
    }

    async fn pause(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        self.0.pause(color, &told(key)).await
    }

    async fn start(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        self.0.start(color, &told(key)).await
    }

    fn by_hand(&self, color: Color) -> String {
        self.0.by_hand(color)
    }
}

#[async_trait]
impl Check for Mistaken<Arc<dyn Check>> {
    fn name(&self) -> &CheckName {
        self.0.name()
    }

    async fn read(&self, subject: &Subject, patience: Duration) -> Reading {
        if is(Mistake::ReleaseNotAsserted) {
            return self.0.read(&Subject { release: None, ..subject.clone() }, patience).await;
        }
        self.0.read(subject, patience).await
    }
}
