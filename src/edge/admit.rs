//! Letting a request in: from this moment it belongs to a color and is counted there.

use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use events::color::Color;

use crate::edge::Edge;
use crate::edge::line::{NoPlace, Verdict};
use crate::edge::refused::Refused;
use crate::edge::share::{Gate, Roster};
use crate::edge::tally::Ticket;

/// A request that goes to `color`, and is counted there until the ticket is dropped.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) roster: Arc<Roster>,
    pub(super) color: Color,
    pub(super) ticket: Ticket,
}

impl Edge {
    /// Lets a user's request in, once no pause holds it.
    pub(super) async fn admit(&self) -> Verdict {
        loop {
            let roster = self.roster.load_full();
            match roster.gate {
                Gate::Open => {
                    if let Some(verdict) = self.enter(roster) {
                        return verdict;
                    }
                }
                Gate::Held => {
                    let is_held = || self.roster.load().gate == Gate::Held;
                    match self.line.join(is_held) {
                        Ok(place) => return place.wait().await,
                        Err(NoPlace::Full) => return Err(Refused::LineFull),
                        Err(NoPlace::Over) => {}
                    }
                }
                Gate::Shut => return Err(Refused::Rejecting),
            }
        }
    }

    /// Lets a previewing request in: to `color`, whatever the weights, pauses and health checks say.
    pub(super) fn admit_preview(&self, color: Color) -> Verdict {
        let roster = self.roster.load_full();
        if roster.members.get(color).is_empty() {
            return Err(Refused::NothingToPreview);
        }
        Ok(Admission { roster, color, ticket: Ticket::enter(self.previews.get(color)).begin() })
    }

    /// Tells everybody who waits to go on, or not to, as the gate says now.
    pub(super) fn let_go(&self) {
        self.line.let_go(|| {
            loop {
                let roster = self.roster.load_full();
                if roster.gate != Gate::Open {
                    return Err(Refused::Rejecting);
                }
                if let Some(verdict) = self.enter(roster) {
                    return verdict;
                }
            }
        });
    }

    /// Counts a request where `roster` sends it; none if `roster` is not the current one any more.
    ///
    /// Whoever replaces the roster and then reads the counts must find every request that still goes the old way. So a
    /// request is counted first and looks again then; the fences here and in [`Edge::replace_roster`] see to it that
    /// either it sees the new roster, or the reader sees its count.
    fn enter(&self, roster: Arc<Roster>) -> Option<Verdict> {
        let Some(color) = roster.next_color() else { return Some(Err(Refused::Nobody)) };
        let ticket = Ticket::enter(self.tallies.get(color));
        fence(Ordering::SeqCst);
        let is_current = Arc::ptr_eq(&self.roster.load(), &roster);
        is_current.then(|| Ok(Admission { roster, color, ticket: ticket.begin() }))
    }

    /// Makes `roster` the one that every later request is shared by.
    pub(super) fn replace_roster(&self, roster: Arc<Roster>) {
        self.roster.store(roster);
        fence(Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU8;

    use events::color::ByColor;
    use events::machine::Member;
    use events::weights::Weights;

    use super::*;
    use crate::edge::health::Health;
    use crate::edge::member::Slot;
    use crate::edge::preview::Preview;
    use crate::edge::settings::{self, Settings};
    use crate::edge::state::State;
    use crate::edge::{Files, life};

    fn edge() -> Edge {
        let settings = Settings::usual(vec![]);
        let files = Files { socket: "s".into(), state: "t".into() };
        let preview = Preview::open(&settings::Preview::default()).unwrap();
        Edge::new(settings, &files, life::own_process().unwrap(), vec![], preview, State::initial(Color::Blue))
    }

    fn roster(color: Color) -> Arc<Roster> {
        let member = |color: Color| Member { machine: color.as_str().parse().unwrap(), address: "h:1".to_owned() };
        let slots = |color| vec![Slot::new(color, member(color), Health::unproven(NonZeroU8::MIN))];
        Arc::new(Roster::new(Weights::all_to(color), Gate::Open, ByColor::from_fn(slots)))
    }

    #[test]
    fn a_request_that_looked_before_a_switch_and_was_counted_after_it_looks_again() {
        let edge = edge();
        let (old, new) = (roster(Color::Blue), roster(Color::Green));
        edge.replace_roster(Arc::clone(&old));
        assert!(edge.enter(Arc::clone(&old)).unwrap().is_ok());
        edge.replace_roster(Arc::clone(&new));
        assert!(edge.enter(old).is_none());
        let tally = edge.tallies.get(Color::Blue);
        assert_eq!((tally.in_flight(), tally.begun()), (0, 1), "it left no trace");
        assert_eq!(edge.enter(new).unwrap().unwrap().color, Color::Green);
    }
}
