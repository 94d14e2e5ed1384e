//! What happens to a shop besides releases.

use std::time::Duration;

use events::color::Color;
use events::machine::Machine;
use events::name::MachineId;
use events::release::Release;
use events::weights::Weights;
use jiff::SignedDuration;

use super::{Meddling, Told, World};

/// Something that nobody asked the bot about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incident {
    /// A machine answers wrongly from now on.
    Sick(MachineId),
    /// It answers rightly again.
    Well(MachineId),
    /// A machine is gone for good.
    Dies(MachineId),
    /// Somebody makes a machine anew, under its old name and with what it ran.
    Recreated(MachineId),
    /// Somebody adds a machine of their own.
    Appears(Color, MachineId),
    /// Automatic scaling takes the newest machine of a color.
    Shrinks(Color),
    /// Somebody moves the shares by hand.
    SharesMoved(Weights),
    /// Somebody takes a color's members out of the balancer.
    MembersTaken(Color),
    /// Somebody installs something by hand.
    Installed(MachineId, Release),
    /// Somebody does something to the database of a color.
    Database(Color, Meddling),
    /// A provider can't be reached for a while; named as its calls begin.
    Unreachable(&'static str, Duration),
    /// The clock on the wall is set.
    ClockJumps(SignedDuration),
    /// Space on the bot's disk comes and goes.
    Disk(Space),
}

/// What a disk has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    Enough,
    /// So little that nothing new should begin.
    Short,
    None,
}

impl World {
    /// Lets something happen a while from now.
    pub(crate) fn plan(&mut self, after: Duration, incident: Incident) {
        self.incidents.push((self.steady + after, incident));
    }

    pub(crate) fn meet(&mut self, incident: &Incident) {
        self.tell(|| Told::Incident(incident.to_string()));
        self.judge.blames_others(incident, self.steady);
        match incident {
            Incident::Sick(machine) => drop(self.sick.insert(machine.clone(), "500 instead of 200")),
            Incident::Well(machine) => drop(self.sick.remove(machine)),
            Incident::Dies(machine) => {
                for color in Color::BOTH {
                    self.fleet.get_mut(color).retain(|it| it.id != *machine);
                }
                self.running.remove(machine);
            }
            Incident::Recreated(machine) => {
                let (fleet, now) = (&mut self.fleet, self.now);
                let mut machines = fleet.blue.iter_mut().chain(&mut fleet.green);
                if let Some(known) = machines.find(|it| it.id == *machine) {
                    known.created_at = now;
                }
            }
            Incident::Appears(color, id) => {
                let (name, address) = (id.to_string(), format!("{id}:80"));
                let stranger = Machine { id: id.clone(), name, address, created_at: self.now };
                self.fleet.get_mut(*color).push(stranger);
            }
            Incident::Shrinks(color) => {
                if let Some(machine) = self.fleet.get_mut(*color).pop() {
                    self.running.remove(&machine.id);
                }
            }
            Incident::SharesMoved(weights) => {
                self.balancer.set_weights(*weights, self.steady, self.manners.sticky_for);
            }
            Incident::MembersTaken(color) => self.balancer.members.get_mut(*color).clear(),
            Incident::Installed(machine, release) => {
                self.running.insert(machine.clone(), release.clone());
            }
            Incident::Database(color, meddling) => self.meddle(*color, *meddling),
            Incident::Unreachable(provider, lasts) => {
                self.unreachable.insert(provider, self.steady + *lasts);
            }
            Incident::ClockJumps(by) => self.now += *by,
            Incident::Disk(space) => {
                self.is_disk_full = *space != Space::Enough;
                self.is_log_full = *space == Space::None;
            }
        }
    }
}

impl std::fmt::Display for Incident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sick(machine) => write!(f, "{machine} begins to answer wrongly"),
            Self::Well(machine) => write!(f, "{machine} answers rightly again"),
            Self::Dies(machine) => write!(f, "{machine} dies"),
            Self::Recreated(machine) => write!(f, "somebody makes {machine} anew"),
            Self::Appears(color, machine) => write!(f, "somebody adds {machine} to {color}"),
            Self::Shrinks(color) => write!(f, "automatic scaling takes a machine of {color}"),
            Self::SharesMoved(weights) => write!(f, "somebody moves the shares by hand: {weights}"),
            Self::MembersTaken(color) => write!(f, "somebody takes {color} out of the balancer"),
            Self::Installed(machine, release) => write!(f, "somebody installs {} on {machine}", release.name),
            Self::Database(color, meddling) => {
                let what = match meddling {
                    Meddling::Opened => "lets the database take writes",
                    Meddling::Written => "writes to the database, past everybody,",
                    Meddling::Stopped => "stops the replication",
                };
                write!(f, "somebody {what} of {color}")
            }
            Self::Unreachable(provider, lasts) => {
                write!(f, "the {provider} can't be reached for {} s", lasts.as_secs())
            }
            Self::ClockJumps(by) if by.is_negative() => write!(f, "the clock is set back by {:#}", by.abs()),
            Self::ClockJumps(by) => write!(f, "the clock is set forward by {by:#}"),
            Self::Disk(Space::Enough) => f.write_str("the disk has space again"),
            Self::Disk(Space::Short) => f.write_str("the disk is nearly full"),
            Self::Disk(Space::None) => f.write_str("the disk is full"),
        }
    }
}
