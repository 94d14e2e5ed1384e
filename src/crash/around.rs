//! Each port, with a point before and after each call. What a provider answers from memory is no call.

use std::time::Duration;

use async_trait::async_trait;
use events::check::Reading;
use events::color::Color;
use events::envelope::{Draft, EventId, Recorded, Stream};
use events::fault::Fault;
use events::intent::Work;
use events::machine::{Machine, MachineRelease, Member};
use events::name::{CheckName, MachineId};
use events::number::{Position, Version};
use events::release::{Release, ReleaseName};
use events::weights::Weights;
use std::sync::Arc;
use tokio::sync::watch;

use super::{appends, pass, pass_after};
use crate::ports::{
    AppendError, Balance, Check, Delivery, EffectKey, Expected, Fleet, Log, LogReader, Pause, Progress, ReadError,
    Subject, Traffic, Workers,
};

/// Something behind a port, with points around its calls.
pub(super) struct Around<T: ?Sized>(pub(super) Arc<T>);

pub(super) async fn around<T>(name: &str, call: impl Future<Output = T> + Send) -> T {
    pass(&format!("before/{name}"));
    let answer = call.await;
    pass(&format!("after/{name}"));
    answer
}

#[async_trait]
impl Traffic for Around<dyn Traffic> {
    async fn balance(&self) -> Result<Balance, Fault> {
        around("traffic.balance", self.0.balance()).await
    }

    async fn set_weights(&self, weights: Weights, key: &EffectKey) -> Result<(), Fault> {
        around("traffic.set_weights", self.0.set_weights(weights, key)).await
    }

    async fn set_members(&self, color: Color, members: Vec<Member>, key: &EffectKey) -> Result<(), Fault> {
        around("traffic.set_members", self.0.set_members(color, members, key)).await
    }

    async fn pause(&self, pause: &Pause) -> Result<(), Fault> {
        around("traffic.pause", self.0.pause(pause)).await
    }

    async fn resume(&self, key: &EffectKey) -> Result<(), Fault> {
        around("traffic.resume", self.0.resume(key)).await
    }

    fn entrance(&self) -> String {
        self.0.entrance()
    }

    fn by_hand(&self, weights: Weights) -> String {
        self.0.by_hand(weights)
    }
}

#[async_trait]
impl Fleet for Around<dyn Fleet> {
    async fn machines(&self, color: Color) -> Result<Vec<Machine>, Fault> {
        around("fleet.machines", self.0.machines(color)).await
    }

    async fn grow_to(&self, color: Color, count: u16, key: &EffectKey) -> Result<(), Fault> {
        around("fleet.grow_to", self.0.grow_to(color, count, key)).await
    }

    async fn reduce_to(&self, color: Color, keep: &[MachineId], key: &EffectKey) -> Result<(), Fault> {
        around("fleet.reduce_to", self.0.reduce_to(color, keep, key)).await
    }

    fn by_hand(&self) -> String {
        self.0.by_hand()
    }
}

#[async_trait]
impl Delivery for Around<dyn Delivery> {
    async fn resolve(&self, name: &ReleaseName) -> Result<Release, Fault> {
        around("delivery.resolve", self.0.resolve(name)).await
    }

    async fn running(&self, machines: &[Machine]) -> Result<Vec<MachineRelease>, Fault> {
        around("delivery.running", self.0.running(machines)).await
    }

    async fn start(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<(), Fault> {
        around("delivery.start", self.0.start(release, machines, key)).await
    }

    async fn progress(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<Progress, Fault> {
        around("delivery.progress", self.0.progress(release, machines, key)).await
    }

    async fn stop(&self, key: &EffectKey) -> Result<(), Fault> {
        around("delivery.stop", self.0.stop(key)).await
    }

    async fn restore(&self, releases: &[(Machine, Option<Release>)], key: &EffectKey) -> Result<(), Fault> {
        around("delivery.restore", self.0.restore(releases, key)).await
    }
}

#[async_trait]
impl Check for Around<dyn Check> {
    fn name(&self) -> &CheckName {
        self.0.name()
    }

    async fn read(&self, subject: &Subject, patience: Duration) -> Reading {
        around("check.read", self.0.read(subject, patience)).await
    }
}

#[async_trait]
impl Workers for Around<dyn Workers> {
    async fn look(&self, color: Color) -> Result<Work, Fault> {
        around("workers.look", self.0.look(color)).await
    }

    async fn answered(&self, color: Color, key: &EffectKey) -> Result<Work, Fault> {
        around("workers.answered", self.0.answered(color, key)).await
    }

    async fn pause(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        around("workers.pause", self.0.pause(color, key)).await
    }

    async fn start(&self, color: Color, key: &EffectKey) -> Result<(), Fault> {
        around("workers.start", self.0.start(color, key)).await
    }

    fn by_hand(&self, color: Color) -> String {
        self.0.by_hand(color)
    }
}

#[async_trait]
impl LogReader for Around<dyn Log> {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        around("log.after", self.0.after(position, limit)).await
    }

    async fn stream_after(&self, stream: &Stream, version: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        around("log.stream_after", self.0.stream_after(stream, version, limit)).await
    }

    async fn find(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        around("log.find", self.0.find(id)).await
    }
}

#[async_trait]
impl Log for Around<dyn Log> {
    async fn append(&self, expected: Expected, drafts: Vec<Draft>) -> Result<Vec<Recorded>, AppendError> {
        let kinds = drafts.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>().join(",");
        pass(&format!("before/log.append:{kinds}"));
        // Whoever waits for news may be awake before this is answered.
        let number = appends();
        let recorded = self.0.append(expected, drafts).await;
        // By now somebody else may have appended more.
        pass_after(number, &format!("after/log.append:{kinds}"));
        recorded
    }

    fn is_short_of_space(&self) -> bool {
        self.0.is_short_of_space()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.0.head()
    }
}
