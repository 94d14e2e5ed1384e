//! When bots die: at a counted point, before or after a call.

use std::collections::BTreeSet;

/// More calls than this while no time passes, and somebody goes in circles.
const CALLS_AT_ONCE: u64 = 20_000;

/// The lives of bots, and where they end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deaths {
    /// Which bot lives now; counted from 1.
    pub(crate) life: u64,
    dead: BTreeSet<u64>,
    /// How many places were passed where the bot may be killed.
    pub(crate) points: u64,
    /// At which of them it is.
    pub(crate) kill_at: Option<u64>,
    /// The call before or after which the last one died.
    pub(crate) died_at: Option<&'static str>,
    at_once: u64,
}

impl Deaths {
    pub(super) fn time_passes(&mut self) {
        self.at_once = 0;
    }

    /// The bot is killed so many points from now.
    pub(crate) fn kill_after(&mut self, points: u64) {
        self.kill_at = Some(self.points + points);
    }

    /// A bot passes a place where it may be killed.
    pub(crate) fn pass(&mut self, life: u64, call: &'static str) {
        if self.is_dead(life) {
            return;
        }
        self.points += 1;
        self.at_once += 1;
        assert!(self.at_once < CALLS_AT_ONCE, "somebody goes in circles at {call}");
        if self.kill_at == Some(self.points) {
            self.kill_at = None;
            self.died_at = Some(call);
            self.kill(life);
        }
    }

    pub(crate) fn kill(&mut self, life: u64) {
        self.dead.insert(life);
    }

    pub(crate) fn is_dead(&self, life: u64) -> bool {
        self.dead.contains(&life)
    }
}
