//! The bot's ports, answered by the toy world.

use std::time::Duration;

use async_trait::async_trait;
use changeover::log::batch::Wish;
use changeover::ports::{
    AppendError, Balance, Call, Check, Delivery, EffectKey, Expected, Fleet, Log, LogReader, MemberHealth, Pager,
    Pause, Paused, Progress, ReadError, Subject, Traffic,
};
use events::check::{Reading, Verdict};
use events::color::{ByColor, Color};
use events::envelope::{Draft, EventId, Recorded, Stream};
use events::fault::Fault;
use events::machine::{Machine, MachineRelease, Member};
use events::name::{CheckName, MachineId};
use events::number::{Position, Version};
use events::release::{Release, ReleaseName};
use events::weights::Weights;
use tokio::sync::watch;

use super::given;
use super::outside::Line;
use super::world::ask::{Ask, Change};
use super::world::{Flow, Job, World};

/// The balancer's own address.
const ENTRANCE: &str = "http://balancer";

#[async_trait]
impl Traffic for Line {
    async fn balance(&self) -> Result<Balance, Fault> {
        self.read("balancer balance", |world| Ok(balance(world))).await
    }

    async fn set_weights(&self, weights: Weights, key: &EffectKey) -> Result<(), Fault> {
        self.ask(Ask { call: "balancer set_weights", key, changes: vec![Change::Weights(weights)] }).await
    }

    async fn set_members(&self, color: Color, members: Vec<Member>, key: &EffectKey) -> Result<(), Fault> {
        self.ask(Ask { call: "balancer set_members", key, changes: vec![Change::Members(color, members)] }).await
    }

    async fn pause(&self, pause: &Pause) -> Result<(), Fault> {
        self.read("balancer pause", |world| world.pause(pause)).await
    }

    async fn resume(&self, key: &EffectKey) -> Result<(), Fault> {
        self.read("balancer resume", |world| world.resume(key)).await
    }

    fn entrance(&self) -> String {
        ENTRANCE.to_owned()
    }

    fn by_hand(&self, weights: Weights) -> String {
        format!("toy weights {weights}")
    }
}

fn balance(world: &World) -> Balance {
    let shown = world.shown();
    let is_flowing = shown.flow(world.steady) == Flow::Flows;
    let in_flight = |color| u32::from(is_flowing && shown.serves(color, world.steady));
    Balance {
        weights: shown.weights,
        members: ByColor::from_fn(|color| {
            let of = |it| {
                let is_healthy = world.is_healthy(it);
                let note = if is_healthy { "200" } else { "not seen to pass yet" };
                MemberHealth { member: it.member.clone(), is_healthy, note: note.to_owned() }
            };
            shown.members.get(color).iter().map(of).collect()
        }),
        connections: ByColor::from_fn(in_flight),
        requests: ByColor::from_fn(|color| {
            u64::try_from(shown.served_for.get(color).as_millis() / 100).unwrap_or_default()
        }),
        pause: shown.pause.as_ref().map(|it| Paused { key: it.key.clone(), holds: !is_flowing }),
    }
}

#[async_trait]
impl Fleet for Line {
    async fn machines(&self, color: Color) -> Result<Vec<Machine>, Fault> {
        self.read("fleet machines", |world| Ok(world.fleet.get(color).clone())).await
    }

    async fn grow_to(&self, color: Color, count: u16, key: &EffectKey) -> Result<(), Fault> {
        self.ask(Ask { call: "fleet grow_to", key, changes: vec![Change::Grow(color, count)] }).await
    }

    async fn reduce_to(&self, color: Color, keep: &[MachineId], key: &EffectKey) -> Result<(), Fault> {
        self.ask(Ask { call: "fleet reduce_to", key, changes: vec![Change::Keep(color, keep.to_vec())] }).await
    }

    fn by_hand(&self) -> String {
        "toy machines".to_owned()
    }
}

#[async_trait]
impl Delivery for Line {
    async fn resolve(&self, name: &ReleaseName) -> Result<Release, Fault> {
        self.read("delivery resolve", |_| match name.as_str() {
            "unheard-of" => Err(Fault::lasting("there is no unheard-of in the repository")),
            name => Ok(given::release(name)),
        })
        .await
    }

    async fn running(&self, machines: &[Machine]) -> Result<Vec<MachineRelease>, Fault> {
        self.read("delivery running", |world| {
            let of =
                |it: &Machine| MachineRelease { machine: it.id.clone(), release: world.running.get(&it.id).cloned() };
            Ok(machines.iter().map(of).collect())
        })
        .await
    }

    async fn start(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<(), Fault> {
        let changes = vec![Change::Deliver(release.clone(), machines.to_vec())];
        self.ask(Ask { call: "delivery start", key, changes }).await
    }

    async fn progress(&self, release: &Release, machines: &[Machine], key: &EffectKey) -> Result<Progress, Fault> {
        self.read("delivery progress", |world| {
            Ok(match world.jobs.get(key) {
                _ if world.is_delivered(release, machines) => Progress::Reached,
                None => Progress::Away,
                Some(Job::Running { .. }) => Progress::Underway("on its way".to_owned()),
                Some(Job::Reached) => Progress::Failed(Fault::drift("somebody installed something else since")),
                Some(Job::Failed) => Progress::Failed(Fault::lasting("the hook `build` ended with 1")),
                Some(Job::Gone) if world.manners.is_delivery_repeatable => Progress::Away,
                Some(Job::Gone) => {
                    Progress::Unknown(Fault::unknown("the hook `migrate` was begun, is gone, and may not be repeated"))
                }
            })
        })
        .await
    }

    async fn stop(&self, key: &EffectKey) -> Result<(), Fault> {
        self.read("delivery stop", |world| {
            world.stop(key);
            Ok(())
        })
        .await
    }

    async fn restore(&self, releases: &[(Machine, Option<Release>)], key: &EffectKey) -> Result<(), Fault> {
        let changes = releases.iter().map(|(machine, release)| Change::Run(machine.id.clone(), release.clone()));
        self.ask(Ask { call: "delivery restore", key, changes: changes.collect() }).await
    }
}

/// A check that asks a machine, or all of them through the balancer, which release answers.
pub(crate) struct ToyCheck {
    pub(crate) name: CheckName,
    pub(crate) line: Line,
}

#[async_trait]
impl Check for ToyCheck {
    fn name(&self) -> &CheckName {
        &self.name
    }

    async fn read(&self, subject: &Subject, _: Duration) -> Reading {
        let read = self.line.read("check", |world| Ok(answer(world, subject))).await;
        let (verdict, value) = read.unwrap_or_else(|fault| (Verdict::NoEvidence, fault.text));
        let wanted = subject.release.as_ref().map_or("200".to_owned(), |it| format!("200 from {}", it.name));
        Reading { check: self.name.clone(), subject: subject.name.clone(), value, limit: wanted, verdict }
    }
}

fn answer(world: &World, subject: &Subject) -> (Verdict, String) {
    let asked: Vec<&MachineId> = if subject.base == ENTRANCE {
        let colors = Color::BOTH.into_iter().filter(|it| world.balancer.weights.of(*it) > 0);
        let members = colors.flat_map(|it| world.balancer.members.get(it));
        members.filter(|it| world.is_healthy(it)).map(|it| &it.member.machine).collect()
    } else {
        let machines = world.fleet.blue.iter().chain(&world.fleet.green);
        machines.filter(|it| subject.base == format!("http://{}", it.address)).map(|it| &it.id).collect()
    };
    if asked.is_empty() {
        return (Verdict::NoEvidence, "connection refused".to_owned());
    }
    for machine in asked {
        if let Some(symptom) = world.sick.get(machine) {
            return (Verdict::Fail, (*symptom).to_owned());
        }
        let running = world.running.get(machine);
        if running.is_none() || subject.release.is_some() && running != subject.release.as_ref() {
            let value = running.map_or("nothing answers".to_owned(), |it| format!("200 from {}", it.name));
            return (Verdict::Fail, value);
        }
    }
    (Verdict::Pass, "200".to_owned())
}

#[async_trait]
impl Pager for Line {
    async fn call(&self, call: &Call) -> Result<(), Fault> {
        let Call { key, what, why, .. } = call.clone();
        self.read("pager call", |world| {
            *world.calls.entry(key).or_default() += 1;
            world.tell(|| super::world::Told::World(format!("people are called: {what}: {why}")));
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl LogReader for Line {
    async fn after(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let from = usize::try_from(position.0).unwrap();
        let world = self.outside.world();
        Ok(world.journal.events.iter().skip(from).take(limit).cloned().collect())
    }

    async fn stream_after(&self, stream: &Stream, version: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let world = self.outside.world();
        let of_stream = world.journal.events.iter().filter(|it| it.stream == *stream && it.version > version);
        Ok(of_stream.take(limit).cloned().collect())
    }

    async fn find(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        Ok(self.outside.world().journal.find(id).cloned())
    }
}

#[async_trait]
impl Log for Line {
    async fn append(&self, expected: Expected, drafts: Vec<Draft>) -> Result<Vec<Recorded>, AppendError> {
        self.point("log append").await;
        self.wait_for_the_disk().await;
        let appended = {
            let mut world = self.outside.world();
            let appended = world.append(&Wish { expected, drafts });
            let head = world.journal.head();
            self.outside.head.send_if_modified(|it| std::mem::replace(it, head) != head);
            appended
        };
        self.point("log append").await;
        appended
    }

    fn is_short_of_space(&self) -> bool {
        self.outside.world().is_disk_full
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.outside.head.subscribe()
    }
}
