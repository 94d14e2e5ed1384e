//! When each request is due and what it asks for: fixed in advance, so that a stall delays nothing but its answers.

use std::time::Duration;

use super::{Kind, ProbeError};
use crate::chance::Chance;

/// Requests a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix {
    rate: u32,
    slow: u32,
    uploads: u32,
    streams: u32,
    orders: u32,
    fresh: u32,
}

impl Mix {
    /// `rate` requests a second in all, of which `slow`, `uploads`, `streams` and `orders` are of these kinds; a tenth of
    /// the rest have connections of their own. An error if they don't fit, or if the rate is 0.
    pub fn new(rate: u32, slow: u32, uploads: u32, streams: u32, orders: u32) -> Result<Self, ProbeError> {
        let special = slow.saturating_add(uploads).saturating_add(streams).saturating_add(orders);
        match rate.checked_sub(special) {
            Some(plain) if rate > 0 => Ok(Self { rate, slow, uploads, streams, orders, fresh: plain / 10 }),
            _ => Err(ProbeError::BadMix { special, rate }),
        }
    }

    /// The kinds of one second's requests, not yet shuffled.
    fn second(self) -> Vec<Kind> {
        let special = [
            (Kind::Slow, self.slow),
            (Kind::Upload, self.uploads),
            (Kind::Stream, self.streams),
            (Kind::Order, self.orders),
            (Kind::Fresh, self.fresh),
        ];
        let special = special.into_iter().flat_map(|(kind, count)| (0..count).map(move |_| kind));
        let rest = std::iter::repeat(Kind::Kept);
        special.chain(rest).zip(0..self.rate).map(|(kind, _)| kind).collect()
    }
}

/// One request that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    pub index: u64,
    /// Since the schedule's start.
    pub at: Duration,
    pub kind: Kind,
}

/// All requests, without an end, evenly spaced; every second has the whole mix, in an order of its own.
#[derive(Debug, Clone)]
pub struct Schedule {
    mix: Mix,
    chance: Chance,
    index: u64,
    /// What is left of the current second, last first.
    kinds: Vec<Kind>,
}

impl Schedule {
    #[must_use]
    pub fn new(mix: Mix, seed: u64) -> Self {
        Self { mix, chance: Chance::of_seed(seed), index: 0, kinds: Vec::new() }
    }
}

impl Iterator for Schedule {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        if self.kinds.is_empty() {
            self.kinds = self.mix.second();
            self.chance.shuffle(&mut self.kinds);
        }
        let kind = self.kinds.pop()?;
        let index = self.index;
        self.index = index.saturating_add(1);

        let rate = u64::from(self.mix.rate);
        let within = (index % rate).saturating_mul(1_000_000_000) / rate;
        let at = Duration::from_secs(index / rate).saturating_add(Duration::from_nanos(within));
        Some(Planned { index, at, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_has_the_whole_mix_evenly_spaced() {
        let mix = Mix::new(100, 2, 4, 1, 10).unwrap();
        let planned: Vec<_> = Schedule::new(mix, 7).take(200).collect();
        for second in planned.chunks(100) {
            let count = |kind| second.iter().filter(|it| it.kind == kind).count();
            assert_eq!(Kind::ALL.map(count), [75, 8, 2, 4, 1, 10]);
        }
        assert!(planned.windows(2).all(|pair| pair[0].at + Duration::from_millis(10) == pair[1].at));
        assert_eq!(planned[150].at, Duration::from_millis(1500));
    }

    #[test]
    fn the_same_seed_asks_the_same() {
        let mix = Mix::new(50, 2, 4, 1, 0).unwrap();
        let planned = |seed| Schedule::new(mix, seed).take(100).collect::<Vec<_>>();
        assert_eq!(planned(1), planned(1));
        assert_ne!(planned(1), planned(2));
    }

    #[test]
    fn a_mix_that_does_not_fit_is_refused() {
        assert!(Mix::new(5, 2, 2, 1, 1).is_err());
        assert!(Mix::new(0, 0, 0, 0, 0).is_err());
    }
}
