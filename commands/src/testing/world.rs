//! A trivial world that does what it is asked, in virtual time, unless it is told otherwise.

use std::collections::BTreeMap;

use events::color::{ByColor, Color};
use events::fact::Found;
use events::intent::traffic::as_members;
use events::intent::{
    DatabaseIntent, DeliveryIntent, FleetIntent, Image, Intent, Server, TrafficIntent, Work, WorkersIntent,
};
use events::machine::{Machine, MachineRelease, Member};
use events::name::MachineId;
use events::release::Release;
use events::weights::Weights;
use jiff::Timestamp;

use crate::pinned;

/// What there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) weights: Weights,
    pub(crate) members: ByColor<Vec<Member>>,
    pub(crate) machines: ByColor<Vec<Machine>>,
    pub(crate) releases: BTreeMap<MachineId, Release>,
    /// The databases: blue's is the primary.
    pub(crate) servers: ByColor<Server>,
    /// What works behind the requests of each color.
    pub(crate) workers: ByColor<Work>,
    /// Whether somebody else moved traffic or machines: what then meets users is not our doing.
    pub(crate) is_meddled: bool,
}

impl World {
    /// Two fleets without a machine, and a balancer without a member.
    pub(crate) fn empty() -> Self {
        Self {
            weights: Weights::all_to(Color::Blue),
            members: ByColor::default(),
            machines: ByColor::default(),
            releases: BTreeMap::new(),
            servers: ByColor {
                blue: Server { is_open: true, follows: false },
                green: Server { is_open: false, follows: true },
            },
            workers: ByColor { blue: Work::Running, green: Work::Paused },
            is_meddled: false,
        }
    }

    /// Blue serves `release` on two machines.
    pub(crate) fn serving(release: &Release, now: Timestamp) -> Self {
        let mut world = Self::empty();
        world.apply(&Intent::Fleet(FleetIntent::GrowTo { color: Color::Blue, count: 2 }), now);
        world.apply(&Intent::Delivery(DeliveryIntent::Install { color: Color::Blue, release: release.clone() }), now);
        world.apply(&Intent::Traffic(TrafficIntent::Attach { color: Color::Blue }), now);
        world
    }

    /// The part of the world that an intent is about.
    pub(crate) fn image(&self, intent: &Intent) -> Image {
        match intent {
            Intent::Traffic(TrafficIntent::Share { .. }) => Image::Weights(self.weights),
            Intent::Traffic(TrafficIntent::Attach { color } | TrafficIntent::Members { color, .. }) => Image::Members {
                members: self.members.get(*color).clone(),
                machines: self.machines.get(*color).clone(),
            },
            Intent::Fleet(FleetIntent::GrowTo { color, .. } | FleetIntent::ReduceTo { color, .. }) => {
                Image::Machines(self.machines.get(*color).clone())
            }
            Intent::Delivery(DeliveryIntent::Install { color, .. } | DeliveryIntent::Restore { color, .. }) => {
                let running = |it: &Machine| MachineRelease {
                    machine: it.id.clone(),
                    release: self.releases.get(&it.id).cloned(),
                };
                Image::Releases(self.machines.get(*color).iter().map(running).collect())
            }
            Intent::Database(DatabaseIntent::Arm { .. } | DatabaseIntent::Disarm { .. }) => {
                Image::Servers(self.servers.clone())
            }
            Intent::Database(DatabaseIntent::Cross { .. } | DatabaseIntent::Return { .. }) => {
                Image::Crossing { servers: self.servers.clone(), weights: self.weights }
            }
            Intent::Workers(intent) => Image::Workers(*self.workers.get(color_of(intent))),
        }
    }

    /// Becomes what is asked; panics where users would meet nobody.
    pub(crate) fn apply(&mut self, intent: &Intent, now: Timestamp) {
        match intent {
            Intent::Traffic(TrafficIntent::Share { weights }) => {
                for color in Color::BOTH {
                    let is_served = !self.members.get(color).is_empty();
                    assert!(
                        weights.of(color) == 0 || is_served || self.is_meddled,
                        "{weights}, and {color} has no member"
                    );
                }
                self.weights = *weights;
            }
            Intent::Traffic(TrafficIntent::Attach { color }) => {
                *self.members.get_mut(*color) = as_members(self.machines.get(*color));
            }
            Intent::Traffic(TrafficIntent::Members { color, members }) => {
                *self.members.get_mut(*color) = members.clone();
            }
            Intent::Fleet(FleetIntent::GrowTo { color, count }) => self.grow(*color, *count, now),
            Intent::Fleet(FleetIntent::ReduceTo { color, keep }) => {
                assert!(
                    !self.serves(*color) || self.is_meddled,
                    "machines of {color} are destroyed, and users are on it"
                );
                let machines = self.machines.get_mut(*color);
                machines.retain(|it| keep.contains(it));
                let left: Vec<MachineId> = self.all().map(|it| it.id.clone()).collect();
                self.releases.retain(|id, _| left.contains(id));
            }
            Intent::Delivery(DeliveryIntent::Install { color, release }) => {
                assert!(
                    !self.serves(*color) || self.is_meddled,
                    "a release is installed on {color}, and users are on it"
                );
                for machine in self.machines.get(*color) {
                    self.releases.insert(machine.id.clone(), release.clone());
                }
            }
            Intent::Delivery(DeliveryIntent::Restore { releases, .. }) => {
                for MachineRelease { machine, release } in releases {
                    match release {
                        Some(release) => self.releases.insert(machine.clone(), release.clone()),
                        None => self.releases.remove(machine),
                    };
                }
            }
            Intent::Database(intent) => self.apply_to_databases(intent),
            Intent::Workers(intent) => *self.workers.get_mut(color_of(intent)) = intent.wanted(),
        }
    }

    fn apply_to_databases(&mut self, intent: &DatabaseIntent) {
        match intent {
            DatabaseIntent::Arm { primary } => self.servers.get_mut(*primary).follows = true,
            DatabaseIntent::Disarm { primary } => self.servers.get_mut(*primary).follows = false,
            DatabaseIntent::Cross { to, .. } => self.bring(*to, Weights::all_to(*to)),
            DatabaseIntent::Return { to, weights } => self.bring(*to, *weights),
        }
    }

    fn bring(&mut self, to: Color, weights: Weights) {
        self.servers.get_mut(to.other()).is_open = false;
        self.servers.get_mut(to).is_open = true;
        self.weights = weights;
    }

    /// Whether users are on it.
    pub(crate) fn serves(&self, color: Color) -> bool {
        self.weights.of(color) > 0 && !self.members.get(color).is_empty()
    }

    fn grow(&mut self, color: Color, count: u16, now: Timestamp) {
        let machines = self.machines.get_mut(color);
        for number in 1..=count {
            let id: MachineId = format!("{color}-{number}").parse().unwrap();
            if machines.len() < usize::from(count) && !machines.iter().any(|it| it.id == id) {
                let address = format!("{id}:80");
                machines.push(Machine { name: id.to_string(), id, address, created_at: now });
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &Machine> {
        self.machines.blue.iter().chain(&self.machines.green)
    }

    /// The same, as it is looked at for adoption.
    pub(crate) fn look_around(&self) -> pinned::World {
        let sole = self.weights.sole();
        let found = ByColor::from_fn(|color| {
            let machines = self.machines.get(color).clone();
            let first = machines.first().and_then(|it| self.releases.get(&it.id));
            let is_all = machines.iter().all(|it| self.releases.get(&it.id) == first);
            Found { release: first.filter(|_| is_all).cloned(), machines }
        });
        let live = sole.filter(|it| !self.members.get(*it).is_empty());
        pinned::World { live, is_shared: sole.is_none(), found }
    }
}

fn color_of(intent: &WorkersIntent) -> Color {
    let (WorkersIntent::Pause { color } | WorkersIntent::Start { color }) = intent;
    *color
}
