//! Who speaks: a verified id, and the groups that the platform vouches for.

use std::collections::BTreeSet;

use events::actor::Actor;

/// Somebody who says something, or the bot's own schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    pub actor: Actor,
    /// `slack:T01/S02` (a user group), `discord:81384788/41771983` (a role of a guild). None of a console, and none that
    /// could not be looked up.
    pub groups: BTreeSet<String>,
}

impl Speaker {
    /// Somebody in no group.
    #[must_use]
    pub fn alone(actor: Actor) -> Self {
        Self { actor, groups: BTreeSet::new() }
    }
}
