//! What a balancer is asked to become.

use serde::{Deserialize, Serialize};

use super::{Image, Intent, OnAbort, Standing, WayBack, same};
use crate::color::Color;
use crate::machine::{Machine, Member};
use crate::weights::Weights;

/// A target for the balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TrafficIntent {
    /// The members of a color are the machines that its fleet has.
    Attach { color: Color },
    /// The members of a color are these and no others.
    Members { color: Color, members: Vec<Member> },
    /// Requests are shared like this.
    Share { weights: Weights },
}

impl TrafficIntent {
    pub(super) fn way_back(&self, before: &Image) -> WayBack {
        match (self, before) {
            (Self::Attach { color } | Self::Members { color, .. }, Image::Members { members, .. }) => {
                WayBack::By(Intent::Traffic(Self::Members { color: *color, members: members.clone() }))
            }
            (Self::Share { .. }, Image::Weights(weights)) => {
                WayBack::By(Intent::Traffic(Self::Share { weights: *weights }))
            }
            (
                Self::Attach { .. } | Self::Members { .. } | Self::Share { .. },
                Image::Weights(_)
                | Image::Members { .. }
                | Image::Machines(_)
                | Image::Releases(_)
                | Image::Servers(_)
                | Image::Crossing { .. }
                | Image::Workers(_),
            ) => mismatch(),
        }
    }

    pub(super) fn standing(&self, before: &Image, now: &Image) -> Standing {
        let (is_reached, is_before) = match (self, before, now) {
            (Self::Share { weights }, Image::Weights(before), Image::Weights(now)) => (now == weights, now == before),
            (
                Self::Attach { .. },
                Image::Members { members: before, .. },
                Image::Members { members: now, machines },
            ) => (!machines.is_empty() && same(now, &as_members(machines)), same(now, before)),
            (
                Self::Members { members, .. },
                Image::Members { members: before, .. },
                Image::Members { members: now, .. },
            ) => (same(now, members), same(now, before)),
            (Self::Attach { .. } | Self::Members { .. } | Self::Share { .. }, _, _) => (false, false),
        };
        match (is_reached, is_before) {
            (true, _) => Standing::Reached,
            (false, true) => Standing::Before,
            (false, false) => Standing::Elsewhere,
        }
    }

    pub(super) fn on_abort(&self) -> OnAbort {
        match self {
            Self::Attach { .. } | Self::Members { .. } | Self::Share { .. } => OnAbort::Undo,
        }
    }
}

/// Machines as a balancer lists them.
#[must_use]
pub fn as_members(machines: &[Machine]) -> Vec<Member> {
    machines.iter().map(|it| Member { machine: it.id.clone(), address: it.address.clone() }).collect()
}

/// An image of another family can't be restored; the engine never records one, a damaged log might.
pub(super) fn mismatch() -> WayBack {
    WayBack::Never { why: "what was read before belongs to another kind of step".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(green: u8) -> Image {
        Image::Weights(Weights::percent_to(Color::Green, green))
    }

    #[test]
    fn weights_that_somebody_else_set_are_not_ours_to_overwrite() {
        let share = Intent::Traffic(TrafficIntent::Share { weights: Weights::all_to(Color::Green) });
        let before = weights(0);
        assert_eq!(share.standing(&before, &weights(100)), Standing::Reached);
        assert_eq!(share.standing(&before, &weights(0)), Standing::Before);
        assert_eq!(share.standing(&before, &weights(40)), Standing::Elsewhere);
        assert_eq!(
            share.way_back(&before),
            WayBack::By(Intent::Traffic(TrafficIntent::Share { weights: Weights::all_to(Color::Blue) }))
        );
    }

    #[test]
    fn attaching_an_empty_fleet_is_never_reached() {
        let attach = Intent::Traffic(TrafficIntent::Attach { color: Color::Green });
        let nothing = Image::Members { members: vec![], machines: vec![] };
        assert_eq!(attach.standing(&nothing, &nothing), Standing::Before);
    }

    #[test]
    fn a_color_is_attached_once_its_members_are_its_machines_in_whatever_order() {
        let machine = |id: &str| Machine {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            address: format!("{id}:80"),
            created_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let (a, b) = (machine("a"), machine("b"));
        let members = |of: &[Machine]| Image::Members { members: as_members(of), machines: vec![a.clone(), b.clone()] };
        let attach = Intent::Traffic(TrafficIntent::Attach { color: Color::Green });
        let before = members(&[]);
        assert_eq!(attach.standing(&before, &members(&[b.clone(), a.clone()])), Standing::Reached);
        assert_eq!(attach.standing(&before, &before), Standing::Before);
        assert_eq!(attach.standing(&before, &members(std::slice::from_ref(&a))), Standing::Elsewhere);
        let detach = Intent::Traffic(TrafficIntent::Members { color: Color::Green, members: vec![] });
        assert_eq!(attach.way_back(&before), WayBack::By(detach.clone()));
        assert_eq!(detach.standing(&members(std::slice::from_ref(&a)), &before), Standing::Reached);
        assert_eq!(
            detach.standing(&members(&[a.clone(), b.clone()]), &members(&[b.clone(), a.clone()])),
            Standing::Before
        );
        assert!(matches!(attach.way_back(&weights(0)), WayBack::Never { .. }));
        assert_eq!((attach.on_abort(), detach.on_abort()), (OnAbort::Undo, OnAbort::Undo));
    }
}
