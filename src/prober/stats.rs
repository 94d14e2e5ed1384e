//! How it goes, for those who watch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Record;

/// The state of a probe, one JSON object every half second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    pub elapsed_ms: u64,
    /// Since the start.
    pub sent: u64,
    pub answered: u64,
    pub failed: u64,
    /// Kept connections that were closed cleanly between two requests.
    pub closed_idle: u64,
    pub underway: u64,
    pub longest_gap_ms: f64,
    /// Of the answers since the last line: who gave them, and how long they took from when they were due (plain GETs).
    pub colors: BTreeMap<String, u64>,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// The newest failure, in words.
    pub last_failure: Option<String>,
    /// No further line follows.
    pub is_last: bool,
}

/// Counts records as they come.
#[derive(Debug, Default)]
pub(super) struct Counting {
    stats: Stats,
    latencies_ns: Vec<u64>,
    last_answer_ns: Option<u64>,
    /// Nothing is sent any more: that answers grow rare then says nothing.
    is_ending: bool,
}

impl Counting {
    pub(super) fn sent(&mut self) {
        self.stats.sent += 1;
    }

    pub(super) fn ending(&mut self) {
        self.is_ending = true;
    }

    pub(super) fn finished(&mut self, record: &Record) {
        self.stats.closed_idle += u64::from(record.reopened);
        if let Some(error) = &record.error {
            self.stats.failed += 1;
            self.stats.last_failure = Some(format!("{}: {error}", record.kind.as_str()));
            return;
        }
        self.stats.answered += 1;
        if let Some(last) = self.last_answer_ns.filter(|_| !self.is_ending) {
            let gap = milliseconds(record.finished_ns.saturating_sub(last));
            self.stats.longest_gap_ms = self.stats.longest_gap_ms.max(gap);
        }
        self.last_answer_ns = Some(record.finished_ns);
        if let Some(color) = &record.color {
            *self.stats.colors.entry(color.clone()).or_default() += 1;
        }
        if matches!(record.kind, super::Kind::Kept | super::Kind::Fresh) {
            self.latencies_ns.push(record.latency_ns());
        }
    }

    /// What is to be said at this moment; what counts since the last line begins anew.
    pub(super) fn line(&mut self, elapsed_ms: u64, underway: usize, is_last: bool) -> Stats {
        self.latencies_ns.sort_unstable();
        let percentile = |percent| percentile(&self.latencies_ns, percent).map(milliseconds);
        let line = Stats {
            elapsed_ms,
            underway: u64::try_from(underway).unwrap_or(u64::MAX),
            p50_ms: percentile(50),
            p99_ms: percentile(99),
            is_last,
            ..self.stats.clone()
        };
        self.latencies_ns.clear();
        self.stats.colors.clear();
        line
    }
}

/// The value that `percent` of `sorted` are not above; none of nothing.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1).min(last)).copied()
}

/// Nanoseconds as milliseconds, to the microsecond.
pub(crate) fn milliseconds(nanoseconds: u64) -> f64 {
    // Exact far beyond the age of any machine: 2^32 µs are over an hour, and what is longer is cut there.
    f64::from(u32::try_from(nanoseconds / 1_000).unwrap_or(u32::MAX)) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<u64> = (1..=200).collect();
        assert_eq!([0, 50, 99, 100].map(|it| percentile(&values, it)), [Some(1), Some(100), Some(198), Some(200)]);
        assert_eq!((percentile(&[7], 50), percentile(&[], 50)), (Some(7), None));
    }
}
