//! A site comes under our care.

use serde::{Deserialize, Serialize};

use crate::color::{ByColor, Color};
use crate::machine::Machine;
use crate::release::Release;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum SiteEvent {
    /// The site was taken over as the world showed it; nothing was changed. Also after people moved things by hand.
    Adopted { live: Option<Color>, found: ByColor<Found> },
}

/// An environment as it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    pub machines: Vec<Machine>,
    /// What all of its machines run; none if they differ or run nothing.
    pub release: Option<Release>,
}
