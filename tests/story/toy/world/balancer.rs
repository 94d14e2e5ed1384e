//! The balancer: shares, members, and the users that it serves.

use std::time::Duration;

use changeover::ports::{EffectKey, OnExpiry, Pause};
use events::color::{ByColor, Color};
use events::fault::Fault;
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
    /// The newest pause.
    pub(crate) pause: Option<Paused>,
}

/// A pause, over or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paused {
    pub(crate) key: EffectKey,
    until: Duration,
    on_expiry: OnExpiry,
    is_resumed: bool,
}

/// What becomes of requests now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Flows,
    Waits,
    /// Answered with 503.
    Refused,
}

impl Balancer {
    /// What becomes of requests.
    pub(crate) fn flow(&self, now: Duration) -> Flow {
        match &self.pause {
            Some(pause) if pause.is_resumed => Flow::Flows,
            Some(pause) if now < pause.until => Flow::Waits,
            Some(pause) if pause.on_expiry == OnExpiry::Reject => Flow::Refused,
            Some(_) | None => Flow::Flows,
        }
    }

    pub(crate) fn hold(&mut self, pause: &Pause, now: Duration) -> Result<(), Fault> {
        let holds = self.flow(now) != Flow::Flows;
        if let Some(earlier) = &self.pause {
            match (earlier.key == pause.key, holds) {
                (true, true) => return Ok(()),
                (true, false) => return Err(Fault::lasting("that pause is over")),
                (false, true) if pause.instead_of.as_ref() != Some(&earlier.key) => {
                    return Err(Fault::lasting(format!("requests are paused by {} already", earlier.key.0)));
                }
                (false, _) => {}
            }
        }
        let (key, on_expiry) = (pause.key.clone(), pause.on_expiry);
        self.pause = Some(Paused { key, until: now + pause.budget, on_expiry, is_resumed: false });
        Ok(())
    }

    pub(crate) fn resume(&mut self, key: &EffectKey, now: Duration) -> Result<(), Fault> {
        if self.flow(now) == Flow::Flows {
            return Ok(());
        }
        match &mut self.pause {
            Some(pause) if pause.key == *key => pause.is_resumed = true,
            Some(pause) => return Err(Fault::lasting(format!("the pause is one of {}", pause.key.0))),
            None => {}
        }
        Ok(())
    }

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
