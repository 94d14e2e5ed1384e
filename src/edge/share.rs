//! Which color and which member gets a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use events::color::{ByColor, Color};
use events::weights::Weights;

use crate::edge::member::Slot;

/// Everything that a request is shared by. Replaced as a whole, so that a request sees all of a change or none of it.
#[derive(Debug)]
pub(super) struct Roster {
    pub(super) weights: Weights,
    pub(super) gate: Gate,
    pub(super) members: ByColor<Vec<Arc<Slot>>>,
    /// How many requests were shared by these weights.
    turn: AtomicU64,
    /// How many requests each color got; its members take turns.
    member_turn: ByColor<AtomicUsize>,
}

/// Whether requests of users pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    Open,
    /// They wait.
    Held,
    /// They are answered with 503.
    Shut,
}

impl Roster {
    pub(super) fn new(weights: Weights, gate: Gate, members: ByColor<Vec<Arc<Slot>>>) -> Self {
        Self { weights, gate, members, turn: AtomicU64::new(0), member_turn: ByColor::default() }
    }

    /// Goes on counting where `earlier` is: a change that leaves the weights alone leaves the shares exact.
    pub(super) fn continuing(self, earlier: &Self) -> Self {
        if self.weights == earlier.weights {
            self.turn.store(earlier.turn.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        self
    }

    /// The color that the next request goes to: of every 100 requests in a row each color gets exactly its weight,
    /// spread evenly. A color without any member gets nothing if the other has members and a weight; none if nobody
    /// with a weight has a member.
    pub(super) fn next_color(&self) -> Option<Color> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let color = color_of_turn(self.weights, turn);
        [color, color.other()]
            .into_iter()
            .find(|color| self.weights.of(*color) > 0 && !self.members.get(*color).is_empty())
    }

    /// The member of `color` that gets the next request and was not `tried` with it: the healthy ones in turn. If none
    /// of them is left, any other: a health check may be wrong, and being told so by a member beats not asking it.
    pub(super) fn next_member(&self, color: Color, tried: &[Arc<Slot>]) -> Option<&Arc<Slot>> {
        let members = self.members.get(color);
        let turn = self.member_turn.get(color).fetch_add(1, Ordering::Relaxed);
        let untried = |slot: &&Arc<Slot>| !tried.iter().any(|it| Arc::ptr_eq(it, slot));
        let healthy = |slot: &&Arc<Slot>| slot.health.is_healthy() && untried(slot);
        nth_in_turn(turn, || members.iter().filter(healthy))
            .or_else(|| nth_in_turn(turn, || members.iter().filter(untried)))
    }
}

fn color_of_turn(weights: Weights, turn: u64) -> Color {
    let green = u64::from(weights.of(Color::Green));
    let place = turn % 100;
    // Green has had ⌊(place × green + 50) / 100⌋ of the turns so far; the turn that raises this number is its own.
    let had = |place: u64| (place * green + 50) / 100;
    if had(place + 1) > had(place) { Color::Green } else { Color::Blue }
}

fn nth_in_turn<'a, I: Iterator<Item = &'a Arc<Slot>>>(turn: usize, list: impl Fn() -> I) -> Option<&'a Arc<Slot>> {
    let count = list().count();
    // A member may have changed its standing between the two looks; the first is as good then.
    list().nth(turn.checked_rem(count)?).or_else(|| list().next())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU8;

    use events::machine::Member;

    use super::*;
    use crate::edge::health::Health;

    fn members(color: Color, count: u16) -> Vec<Arc<Slot>> {
        (0..count)
            .map(|number| {
                let machine = format!("{color}-{number}").parse().unwrap();
                let member = Member { machine, address: format!("127.0.0.1:{}", 9_000 + number) };
                Slot::new(color, member, Health::unproven(NonZeroU8::MIN))
            })
            .collect()
    }

    fn roster(green: u8, blue_count: u16, green_count: u16) -> Roster {
        let members = ByColor { blue: members(Color::Blue, blue_count), green: members(Color::Green, green_count) };
        Roster::new(Weights::percent_to(Color::Green, green), Gate::Open, members)
    }

    #[test]
    fn every_hundred_requests_are_shared_exactly_and_evenly() {
        for green in 0..=100 {
            let roster = roster(green, 1, 1);
            let colors: Vec<_> = (0..1_000).map(|_| roster.next_color().unwrap()).collect();
            for window in colors.windows(100) {
                let got = window.iter().filter(|color| **color == Color::Green).count();
                assert_eq!(got, usize::from(green), "any 100 in a row at {green} %");
            }
            for window in colors.windows(20) {
                let got = window.iter().filter(|color| **color == Color::Green).count();
                let fair = usize::from(green) * 20 / 100;
                assert!(got.abs_diff(fair) <= 1, "{got} of 20 in a row at {green} %");
            }
        }
    }

    #[test]
    fn a_color_without_members_leaves_its_share_to_the_other_only_if_that_has_a_weight() {
        assert_eq!(roster(50, 1, 0).next_color(), Some(Color::Blue));
        assert_eq!(roster(100, 1, 0).next_color(), None, "blue has no weight");
        assert_eq!(roster(0, 0, 1).next_color(), None, "green has no weight");
        assert_eq!(roster(50, 0, 0).next_color(), None);
    }

    #[test]
    fn members_take_turns_and_are_not_tried_twice() {
        let roster = roster(0, 3, 0);
        let mut got = [0; 3];
        for _ in 0..30 {
            let slot = roster.next_member(Color::Blue, &[]).unwrap();
            let place = roster.members.blue.iter().position(|it| Arc::ptr_eq(it, slot)).unwrap();
            got[place] += 1;
        }
        assert_eq!(got, [10, 10, 10], "none is healthy, and all are asked");

        let mut tried = Vec::new();
        while let Some(slot) = roster.next_member(Color::Blue, &tried) {
            tried.push(Arc::clone(slot));
        }
        assert_eq!(tried.len(), 3);
    }

    #[test]
    fn a_change_that_leaves_the_weights_alone_leaves_the_shares_exact() {
        let mut current = roster(1, 1, 1);
        let mut got = 0;
        for _ in 0..100 {
            got += usize::from(current.next_color() == Some(Color::Green));
            current = roster(1, 1, 1).continuing(&current);
        }
        assert_eq!(got, 1);
    }
}
