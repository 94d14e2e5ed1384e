//! What a fleet is asked to become.

use serde::{Deserialize, Serialize};

use super::traffic::mismatch;
use super::{Image, Intent, OnAbort, Standing, WayBack, same};
use crate::color::Color;
use crate::machine::Machine;

/// A target for the machines of one color.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FleetIntent {
    /// There are at least so many.
    GrowTo { color: Color, count: u16 },
    /// There are these, of those that were recorded, and no others. What goes is destroyed for good.
    ReduceTo { color: Color, keep: Vec<Machine> },
}

impl FleetIntent {
    pub(super) fn way_back(&self, before: &Image) -> WayBack {
        match (self, before) {
            (Self::GrowTo { color, .. }, Image::Machines(machines)) => {
                WayBack::By(Intent::Fleet(Self::ReduceTo { color: *color, keep: machines.clone() }))
            }
            (Self::ReduceTo { .. }, Image::Machines(_)) => {
                WayBack::Never { why: "a machine that was destroyed does not come back".to_owned() }
            }
            (
                Self::GrowTo { .. } | Self::ReduceTo { .. },
                Image::Weights(_)
                | Image::Members { .. }
                | Image::Releases(_)
                | Image::Servers(_)
                | Image::Crossing { .. }
                | Image::Workers(_),
            ) => mismatch(),
        }
    }

    pub(super) fn standing(&self, before: &Image, now: &Image) -> Standing {
        let (Image::Machines(before), Image::Machines(now)) = (before, now) else { return Standing::Elsewhere };
        match self {
            Self::GrowTo { count, .. } => {
                let is_enough = now.len() >= usize::from(*count);
                let all_stayed = before.iter().all(|it| now.contains(it));
                match (all_stayed, is_enough) {
                    (true, true) => Standing::Reached,
                    (true, false) if now.len() == before.len() => Standing::Before,
                    (true, false) => Standing::Partway,
                    (false, _) => Standing::Elsewhere,
                }
            }
            Self::ReduceTo { keep, .. } => {
                let only_kept = now.iter().all(|it| keep.contains(it));
                let only_known = now.iter().all(|it| before.contains(it) || keep.contains(it));
                match (only_kept, only_known) {
                    (true, _) => Standing::Reached,
                    (false, true) if same(now, before) => Standing::Before,
                    (false, true) => Standing::Partway,
                    (false, false) => Standing::Elsewhere,
                }
            }
        }
    }

    pub(super) fn on_abort(&self) -> OnAbort {
        match self {
            Self::GrowTo { .. } => OnAbort::Undo,
            Self::ReduceTo { .. } => OnAbort::FinishForward,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn machine(id: &str, second: i64) -> Machine {
        Machine {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            address: "127.0.0.1:1".to_owned(),
            created_at: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn a_machine_that_took_an_old_id_is_not_the_one_that_was_recorded() {
        let reduce = Intent::Fleet(FleetIntent::ReduceTo { color: Color::Blue, keep: vec![] });
        let before = Image::Machines(vec![machine("blue-1", 1)]);
        assert_eq!(reduce.standing(&before, &before), Standing::Before);
        assert_eq!(reduce.standing(&before, &Image::Machines(vec![machine("blue-1", 2)])), Standing::Elsewhere);
        assert_eq!(reduce.standing(&before, &Image::Machines(vec![])), Standing::Reached);
        assert!(matches!(reduce.way_back(&before), WayBack::Never { .. }));
    }

    #[test]
    fn growing_is_partway_until_there_are_enough_and_never_takes_one_away() {
        let grow = Intent::Fleet(FleetIntent::GrowTo { color: Color::Green, count: 2 });
        let none = Image::Machines(vec![]);
        let one = Image::Machines(vec![machine("green-1", 1)]);
        let two = Image::Machines(vec![machine("green-1", 1), machine("green-2", 1)]);
        assert_eq!(grow.standing(&none, &one), Standing::Partway);
        assert_eq!(grow.standing(&one, &two), Standing::Reached);
        assert_eq!(grow.standing(&one, &none), Standing::Elsewhere);
    }

    #[test]
    fn the_way_back_of_growing_keeps_what_was_there_and_reducing_has_none() {
        let before = Image::Machines(vec![machine("green-1", 1)]);
        let grow = Intent::Fleet(FleetIntent::GrowTo { color: Color::Green, count: 2 });
        let reduce = Intent::Fleet(FleetIntent::ReduceTo { color: Color::Green, keep: vec![machine("green-1", 1)] });
        assert_eq!(grow.way_back(&before), WayBack::By(reduce.clone()));
        assert_eq!(grow.standing(&before, &before), Standing::Before);
        assert_eq!(reduce.standing(&before, &before), Standing::Reached);
        let (one, two, other) = (machine("green-1", 1), machine("green-2", 1), machine("green-3", 1));
        let all = Image::Machines(vec![one.clone(), two.clone(), other]);
        assert_eq!(reduce.standing(&all, &Image::Machines(vec![two, one])), Standing::Partway);
        assert!(matches!(grow.way_back(&Image::Releases(vec![])), WayBack::Never { .. }));
        assert_eq!((grow.on_abort(), reduce.on_abort()), (OnAbort::Undo, OnAbort::FinishForward));
    }
}
