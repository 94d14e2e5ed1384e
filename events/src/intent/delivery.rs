//! What the machines of a color are asked to run.

use serde::{Deserialize, Serialize};

use super::traffic::mismatch;
use super::{Image, Intent, OnAbort, Standing, WayBack, same};
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
                Image::Weights(_) | Image::Members { .. } | Image::Machines(_),
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
        } else if same(now, before) {
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
