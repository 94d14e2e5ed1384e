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
                Image::Weights(_) | Image::Members { .. } | Image::Machines(_) | Image::Releases(_),
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
}
