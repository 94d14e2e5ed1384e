//! What the world is asked to become: a target, never a motion, so that asking twice is asking once.
//!
//! Each family has the same three answers, all pure: the [`WayBack`] that follows from what was there before, the
//! [`Standing`] of the world between what was and what was asked, and what an abort does.

pub mod database;
pub mod delivery;
pub mod fleet;
pub mod traffic;
pub mod workers;

use serde::{Deserialize, Serialize};

use crate::color::ByColor;
use crate::machine::{Machine, MachineRelease, Member};
use crate::weights::Weights;

pub use database::{DatabaseIntent, Primary, Server};
pub use delivery::DeliveryIntent;
pub use fleet::FleetIntent;
pub use traffic::TrafficIntent;
pub use workers::{Work, WorkersIntent};

/// A target, by family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    Traffic(TrafficIntent),
    Fleet(FleetIntent),
    Delivery(DeliveryIntent),
    Database(DatabaseIntent),
    Workers(WorkersIntent),
}

/// The part of the world that an intent is about, as it was read at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Image {
    /// How requests are shared.
    Weights(Weights),
    /// The members of one color at the balancer, and the machines that its fleet has.
    Members { members: Vec<Member>, machines: Vec<Machine> },
    /// The machines of one color.
    Machines(Vec<Machine>),
    /// What the machines of one color run.
    Releases(Vec<MachineRelease>),
    /// The servers of both colors.
    Servers(ByColor<Server>),
    /// The servers of both colors, and how requests are shared between them.
    Crossing { servers: ByColor<Server>, weights: Weights },
    /// What the workers of one color do.
    Workers(Work),
}

impl Image {
    /// Whether both show the same, in whatever order the world listed it.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Weights(own), Self::Weights(other)) => own == other,
            (Self::Members { members: own, .. }, Self::Members { members: other, .. }) => same(own, other),
            (Self::Machines(own), Self::Machines(other)) => same(own, other),
            (Self::Releases(own), Self::Releases(other)) => same(own, other),
            (Self::Servers(own), Self::Servers(other)) => own == other,
            (Self::Crossing { .. }, Self::Crossing { .. }) => self == other,
            (Self::Workers(own), Self::Workers(other)) => own == other,
            (
                Self::Weights(_)
                | Self::Members { .. }
                | Self::Machines(_)
                | Self::Releases(_)
                | Self::Servers(_)
                | Self::Crossing { .. }
                | Self::Workers(_),
                _,
            ) => false,
        }
    }

    /// Whether it shows what `known` does: the same, or the same as a part of it.
    #[must_use]
    pub fn shows(&self, known: &Self) -> bool {
        match (self, known) {
            (Self::Crossing { weights: own, .. }, Self::Weights(known)) => own == known,
            (_, _) => self == known,
        }
    }
}

/// What restores what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WayBack {
    /// There is nothing to restore.
    Nothing,
    By(Intent),
    /// A point of no return, and why.
    Never {
        why: String,
    },
}

/// Where the world stands between what was and what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What was asked is so.
    Reached,
    /// Nothing has changed since before.
    Before,
    /// Some of what was asked is so, and nothing else has changed.
    Partway,
    /// Neither what was nor what was asked: somebody else changed it.
    Elsewhere,
}

/// What an abort does with an intent that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnAbort {
    /// Its way back is asked for.
    Undo,
    /// It is finished first: there is no way back.
    FinishForward,
    /// What it has running is ended first, then its way back is asked for.
    Stop,
}

impl Intent {
    /// The target that restores `before`.
    #[must_use]
    pub fn way_back(&self, before: &Image) -> WayBack {
        match self {
            Self::Traffic(intent) => intent.way_back(before),
            Self::Fleet(intent) => intent.way_back(before),
            Self::Delivery(intent) => intent.way_back(before),
            Self::Database(intent) => intent.way_back(before),
            Self::Workers(intent) => intent.way_back(before),
        }
    }

    /// Where the world stands, given what was there before and what is there now.
    #[must_use]
    pub fn standing(&self, before: &Image, now: &Image) -> Standing {
        match self {
            Self::Traffic(intent) => intent.standing(before, now),
            Self::Fleet(intent) => intent.standing(before, now),
            Self::Delivery(intent) => intent.standing(before, now),
            Self::Database(intent) => intent.standing(before, now),
            Self::Workers(intent) => intent.standing(before, now),
        }
    }

    /// What an abort does once this was begun.
    #[must_use]
    pub fn on_abort(&self) -> OnAbort {
        match self {
            Self::Traffic(intent) => intent.on_abort(),
            Self::Fleet(intent) => intent.on_abort(),
            Self::Delivery(intent) => intent.on_abort(),
            Self::Database(intent) => intent.on_abort(),
            Self::Workers(intent) => intent.on_abort(),
        }
    }
}

/// Whether two lists hold the same items, in whatever order the world lists them.
fn same<T: PartialEq>(left: &[T], right: &[T]) -> bool {
    left.len() == right.len() && left.iter().all(|it| right.contains(it))
}
