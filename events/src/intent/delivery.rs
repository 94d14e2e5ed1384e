//! What the machines of a color are asked to run.

use serde::{Deserialize, Serialize};

use super::traffic::mismatch;
use super::{Image, Intent, OnAbort, Standing, WayBack};
use crate::color::Color;
use crate::machine::MachineRelease;
use crate::release::Release;

/// A target for what is installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DeliveryIntent {
    /// Every machine of the color runs the release.
    Install { color: Color, release: Release },
    /// Each machine runs again what it ran; one with no release runs nothing.
    Restore { color: Color, releases: Vec<MachineRelease> },
}

impl DeliveryIntent {
    pub(super) fn way_back(&self, before: &Image) -> WayBack {
        match (self, before) {
            (Self::Install { color, .. } | Self::Restore { color, .. }, Image::Releases(releases)) => {
                WayBack::By(Intent::Delivery(Self::Restore { color: *color, releases: releases.clone() }))
            }
            (
                Self::Install { .. } | Self::Restore { .. },
                Image::Weights(_)
                | Image::Members { .. }
                | Image::Machines(_)
                | Image::Servers(_)
                | Image::Crossing { .. }
                | Image::Workers(_),
            ) => mismatch(),
        }
    }

    pub(super) fn standing(&self, before: &Image, now: &Image) -> Standing {
        let (Image::Releases(before), Image::Releases(now)) = (before, now) else { return Standing::Elsewhere };
        let is_asked = |it: &MachineRelease| match self {
            Self::Install { release, .. } => it.release.as_ref() == Some(release),
            Self::Restore { releases, .. } => releases.contains(it),
        };
        let is_everywhere = match self {
            Self::Install { .. } => !now.is_empty(),
            Self::Restore { .. } => true,
        };
        if is_everywhere && now.iter().all(is_asked) {
            Standing::Reached
        } else if now.iter().all(|it| before.contains(it)) {
            // A machine that is gone has nothing to be restored.
            Standing::Before
        } else if now.iter().all(|it| is_asked(it) || before.contains(it)) {
            Standing::Partway
        } else {
            Standing::Elsewhere
        }
    }

    pub(super) fn on_abort(&self) -> OnAbort {
        match self {
            Self::Install { .. } | Self::Restore { .. } => OnAbort::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(name: &str) -> Release {
        Release { name: name.parse().unwrap(), pin: "ab".repeat(20).parse().unwrap() }
    }

    fn runs(machine: &str, name: Option<&str>) -> MachineRelease {
        MachineRelease { machine: machine.parse().unwrap(), release: name.map(release) }
    }

    fn image(running: &[(&str, Option<&str>)]) -> Image {
        Image::Releases(running.iter().map(|(machine, name)| runs(machine, *name)).collect())
    }

    fn install() -> Intent {
        Intent::Delivery(DeliveryIntent::Install { color: Color::Green, release: release("v2") })
    }

    #[test]
    fn a_release_is_installed_once_every_machine_runs_it_and_there_is_one() {
        let before = image(&[("a", Some("v1")), ("b", None)]);
        let cases = [
            (image(&[("a", Some("v2")), ("b", Some("v2"))]), Standing::Reached),
            (image(&[("a", Some("v2")), ("b", None)]), Standing::Partway),
            (image(&[("a", Some("v1")), ("b", None)]), Standing::Before),
            (image(&[("a", Some("v1"))]), Standing::Before),
            (image(&[]), Standing::Before),
            // In whatever order the fleet lists its machines.
            (image(&[("b", None), ("a", Some("v1"))]), Standing::Before),
            (image(&[("a", Some("v3")), ("b", None)]), Standing::Elsewhere),
            (image(&[("a", Some("v2")), ("c", None)]), Standing::Elsewhere),
            (image(&[("b", Some("v1")), ("a", None)]), Standing::Elsewhere),
            (Image::Machines(vec![]), Standing::Elsewhere),
        ];
        for (now, expected) in cases {
            assert_eq!(install().standing(&before, &now), expected, "{now:?}");
        }
        let nobody = image(&[]);
        assert_eq!(install().standing(&nobody, &nobody), Standing::Before, "nobody to run it");
    }

    #[test]
    fn the_way_back_is_what_each_machine_ran() {
        let before = image(&[("a", Some("v1")), ("b", None)]);
        let releases = vec![runs("a", Some("v1")), runs("b", None)];
        let restore = Intent::Delivery(DeliveryIntent::Restore { color: Color::Green, releases });
        assert_eq!(install().way_back(&before), WayBack::By(restore.clone()));
        assert_eq!(restore.standing(&image(&[("a", Some("v2")), ("b", None)]), &before), Standing::Reached);
        assert_eq!(restore.way_back(&before), WayBack::By(restore));
        assert!(matches!(install().way_back(&Image::Machines(vec![])), WayBack::Never { .. }));
        assert_eq!(install().on_abort(), OnAbort::Stop);
    }
}
