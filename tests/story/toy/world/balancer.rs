//! The balancer: shares, members, and the users that it serves.

use std::time::Duration;

use events::color::{ByColor, Color};
use events::machine::Member;
use events::weights::Weights;

/// A member, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attached {
    pub(crate) member: Member,
    pub(crate) since: Duration,
}

/// What the balancer is set to, and what it counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balancer {
    pub(crate) weights: Weights,
    pub(crate) members: ByColor<Vec<Attached>>,
    /// Until when users stick to a color that gets nothing any more.
    pub(crate) sticky_until: ByColor<Duration>,
    /// Ten a second for each color that serves anybody.
    pub(crate) served_for: ByColor<Duration>,
    /// When each color last served anybody.
    pub(crate) used_at: ByColor<Duration>,
}

impl Balancer {
    /// Whether users are on it: by their share, or because they stuck to it.
    pub(crate) fn serves(&self, color: Color, now: Duration) -> bool {
        let is_sticky = *self.sticky_until.get(color) > now;
        (self.weights.of(color) > 0 || is_sticky) && !self.members.get(color).is_empty()
    }

    pub(super) fn set_weights(&mut self, weights: Weights, now: Duration, sticky_for: Duration) {
        for color in Color::BOTH {
            if self.weights.of(color) > 0 && weights.of(color) == 0 {
                *self.sticky_until.get_mut(color) = now + sticky_for;
            }
        }
        self.weights = weights;
    }

    pub(super) fn set_members(&mut self, color: Color, members: &[Member], now: Duration, forgets_health: bool) {
        let old = self.members.get_mut(color);
        let since = |member: &Member| {
            let known = old.iter().find(|it| it.member == *member).filter(|_| !forgets_health);
            known.map_or(now, |it| it.since)
        };
        let new = members.iter().map(|it| Attached { member: it.clone(), since: since(it) }).collect();
        *old = new;
    }

    /// Users come all the time.
    pub(super) fn time_passes(&mut self, from: Duration, to: Duration) {
        for color in Color::BOTH {
            if self.serves(color, from) {
                *self.served_for.get_mut(color) += to.saturating_sub(from);
                // They stick no longer than they do.
                let sticky_until = *self.sticky_until.get(color);
                *self.used_at.get_mut(color) = if self.weights.of(color) > 0 { to } else { to.min(sticky_until) };
            }
        }
    }
}
