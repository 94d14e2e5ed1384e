//! Makes a history with a violation as short as it can be.

use super::action::{Action, History};
use super::{Found, replay};
use crate::toy::world::Manners;

/// How many histories are played to shorten one.
const PLAYS: usize = 2_000;

/// The shortest history that was found with the same kind of violation.
pub(super) fn shrink(found: &Found) -> Found {
    let mut shrinking = Shrinking { shortest: found.clone(), plays: 0 };
    loop {
        let before = shrinking.shortest.history.clone();
        shrinking.leave_out();
        shrinking.behave();
        shrinking.simplify();
        if before == shrinking.shortest.history || shrinking.plays >= PLAYS {
            return shrinking.shortest;
        }
    }
}

struct Shrinking {
    shortest: Found,
    plays: usize,
}

impl Shrinking {
    /// Takes `history` if it still shows the same.
    fn try_out(&mut self, history: &History) -> bool {
        self.plays += 1;
        if self.plays >= PLAYS {
            return false;
        }
        let found = replay(self.shortest.seed, history, false).filter(|it| it.kind == self.shortest.kind);
        found.map(|it| self.shortest = it).is_some()
    }

    /// Without some of the actions: halves, then quarters, down to single ones.
    fn leave_out(&mut self) {
        let mut size = self.shortest.history.actions.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.shortest.history.actions.len() {
                let mut history = self.shortest.history.clone();
                let end = (at + size).min(history.actions.len());
                history.actions.drain(at..end);
                if !self.try_out(&history) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    /// With better manners.
    fn behave(&mut self) {
        let good = Manners::default();
        let changes: [fn(&mut Manners, &Manners); 11] = [
            |it, to| it.latency = to.latency,
            |it, to| it.balancer_takes = to.balancer_takes,
            |it, to| it.balancer_lags = to.balancer_lags,
            |it, to| it.is_exclusive = to.is_exclusive,
            |it, to| it.forgets_health = to.forgets_health,
            |it, to| it.healthy_after = to.healthy_after,
            |it, to| it.sticky_for = to.sticky_for,
            |it, to| it.machine_takes = to.machine_takes,
            |it, to| it.install_takes = to.install_takes,
            |it, to| it.delivery_dies_with_bot = to.delivery_dies_with_bot,
            |it, to| it.is_delivery_repeatable = to.is_delivery_repeatable,
        ];
        for change in changes {
            let mut history = self.shortest.history.clone();
            change(&mut history.manners, &good);
            if history.manners != self.shortest.history.manners {
                self.try_out(&history);
            }
        }
    }

    /// With shorter times and plainer words.
    fn simplify(&mut self) {
        for index in 0..self.shortest.history.actions.len() {
            while let Some(simpler) = self.shortest.history.actions.get(index).and_then(Action::simpler) {
                let mut history = self.shortest.history.clone();
                history.actions[index] = simpler;
                if !self.try_out(&history) {
                    break;
                }
            }
        }
    }
}
