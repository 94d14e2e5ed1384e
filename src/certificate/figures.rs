//! The figures, counted in one pass over the records.

use std::collections::{BTreeMap, BTreeSet};

use events::color::Color;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use events::fact::{RunKind, RunOutcome};

use super::log::{Happening, Logged};
use super::orders::Orders;
use super::switches::Switches;
use crate::prober::{ClockPair, Kind, Line, Record, milliseconds, percentile};

/// How many failures are shown in full.
const FAILURES_SHOWN: usize = 10;

/// What can be said of one probe and the log of the same time. Milliseconds are to the microsecond.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Certificate {
    /// Requests sent, and those whose answer was not whole and right.
    pub requests: u64,
    pub failed: u64,
    /// The longest time without an answer while requests were being sent.
    pub longest_gap_ms: f64,
    /// Runs that ended well.
    pub cutovers: u64,
    pub rollbacks: u64,
    pub decommissions: u64,
    /// Deploys that did not end well, and how many answers their releases gave to the prober.
    pub refused_bad_release: u64,
    pub answers_of_refused: u64,
    /// Events in the log.
    pub events: u64,
    /// From the recorded intent to share 100 % until the last request that began on the old color.
    pub switch_ms_p50: Option<f64>,
    pub switch_ms_max: Option<f64>,
    /// Plain requests, from when they were due until their last byte.
    pub latency_ms_p50: Option<f64>,
    pub latency_ms_p99: Option<f64>,
    pub latency_ms_max: Option<f64>,
    /// How late the prober itself was to start a request.
    pub lateness_ms_p99: Option<f64>,
    /// Kept connections that were closed cleanly between two requests: no failure, another was opened.
    pub closed_idle: u64,
    /// For how long requests were being sent.
    pub duration_s: f64,
    pub by_kind: BTreeMap<&'static str, u64>,
    pub by_color: BTreeMap<String, u64>,
    pub failures: Vec<Failure>,
    /// Orders, from when they were due until they were acknowledged; none where nobody orders.
    pub order_ms_p50: Option<f64>,
    pub order_ms_max: Option<f64>,
    /// What became of them; none where they were not looked for.
    pub orders: Option<Orders>,
    /// The numbers of the orders that were acknowledged.
    #[serde(skip)]
    pub acknowledged_orders: BTreeSet<u64>,
    /// How each figure was come by.
    pub sampled: BTreeMap<&'static str, &'static str>,
}

/// One failed request, in full, with when it began by the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub at: Option<Timestamp>,
    pub record: Record,
}

/// Counts `lines` (of one prober, from the first) and `log` (of the same machine and time, from the first event).
#[must_use]
pub fn certify(lines: impl IntoIterator<Item = Line>, log: &[Logged]) -> Certificate {
    let mut count = Count { switches: Switches::of(log), refused: refused(log), ..Count::default() };
    for line in lines {
        match line {
            Line::Clock(pair) => count.clock = Some(pair),
            Line::Request(record) => count.request(record),
        }
    }
    let mut certificate = count.finish();
    let well = |wanted| runs(log).filter(|(kind, is_well)| *kind == wanted && *is_well).map(|_| 1).sum();
    certificate.cutovers = well(RunKind::Cutover);
    certificate.rollbacks = well(RunKind::Rollback);
    certificate.decommissions = well(RunKind::Decommission);
    certificate.refused_bad_release =
        runs(log).filter(|(kind, is_well)| *kind == RunKind::Deploy && !is_well).map(|_| 1).sum();
    certificate.events = number(log.len());
    certificate.sampled = SAMPLED.into();
    certificate
}

const SAMPLED: [(&str, &str); 9] = [
    ("requests", "counted by the prober, a process of its own that sends on a schedule fixed in advance"),
    (
        "failed",
        "of these, by the prober: refused, reset, late (10 s), not 200, cut short, or with a wrong checksum; no retries",
    ),
    (
        "longest_gap_ms",
        "by the prober, on CLOCK_MONOTONIC: between two answers, or the first or last request and the nearest answer",
    ),
    ("cutovers, rollbacks, decommissions", "runs that the bot's log records as requested and as finished well"),
    ("refused_bad_release", "deploys that the bot's log records as finished otherwise than well"),
    ("events", "lines of `changeover log export`"),
    (
        "switch_ms",
        "from the bot's log (recorded_at of the StepBegun that shares 100 %) to the prober's last request that began on \
         the old color, matched by both clocks read at once",
    ),
    (
        "orders",
        "acknowledged: POSTs that the prober was answered 200; missing: of these, those that a query of each database does \
         not show once both have come to rest",
    ),
    ("latency_ms", "plain GETs by the prober, from when they were due (not from when they were sent) to the last byte"),
];

/// Each finished run: what it was for, and whether it ended well.
fn runs(log: &[Logged]) -> impl Iterator<Item = (RunKind, bool)> {
    let mut kinds = BTreeMap::new();
    log.iter().filter_map(move |event| match &event.happening {
        Happening::Requested { run, kind, .. } => {
            kinds.insert((&event.stream, *run), *kind);
            None
        }
        Happening::Finished { run, outcome } => {
            Some((*kinds.get(&(&event.stream, *run))?, *outcome == RunOutcome::Succeeded))
        }
        Happening::Begun { .. } | Happening::Other => None,
    })
}

/// The pins of releases whose deploys ended only badly.
fn refused(log: &[Logged]) -> BTreeSet<String> {
    let mut pins = BTreeMap::new();
    let (mut good, mut bad) = (BTreeSet::new(), BTreeSet::new());
    for event in log {
        match &event.happening {
            Happening::Requested { run, kind: RunKind::Deploy, pin: Some(pin), .. } => {
                pins.insert((&event.stream, *run), pin.clone());
            }
            Happening::Finished { run, outcome } => {
                if let Some(pin) = pins.remove(&(&event.stream, *run)) {
                    if *outcome == RunOutcome::Succeeded {
                        good.insert(pin)
                    } else {
                        bad.insert(pin)
                    };
                }
            }
            Happening::Requested { .. } | Happening::Begun { .. } | Happening::Other => {}
        }
    }
    bad.difference(&good).cloned().collect()
}

#[derive(Default)]
struct Count {
    certificate: Certificate,
    switches: Switches,
    refused: BTreeSet<String>,
    clock: Option<ClockPair>,
    first_due_ns: Option<u64>,
    last_due_ns: u64,
    answered_ns: Vec<u64>,
    latencies_ns: Vec<u64>,
    lateness_ns: Vec<u64>,
    orders_ns: Vec<u64>,
}

impl Count {
    fn request(&mut self, record: Record) {
        let started = self.wall(record.started_ns);
        let certificate = &mut self.certificate;
        certificate.requests += 1;
        certificate.closed_idle += u64::from(record.reopened);
        *certificate.by_kind.entry(record.kind.as_str()).or_default() += 1;
        self.first_due_ns = Some(self.first_due_ns.map_or(record.scheduled_ns, |it| it.min(record.scheduled_ns)));
        self.last_due_ns = self.last_due_ns.max(record.scheduled_ns);
        self.lateness_ns.push(record.started_ns.saturating_sub(record.scheduled_ns));

        // Whoever answered, even wrongly, was reached: that counts for switches and for refused releases.
        if let (Some(at), Some(color)) = (started, record.color.as_deref().and_then(|it| it.parse::<Color>().ok())) {
            self.switches.request(at, color);
        }
        if record.release.as_ref().is_some_and(|pin| self.refused.contains(pin)) {
            certificate.answers_of_refused += 1;
        }
        if record.error.is_some() {
            certificate.failed += 1;
            if certificate.failures.len() < FAILURES_SHOWN {
                certificate.failures.push(Failure { at: started, record });
            }
            return;
        }
        self.answered_ns.push(record.finished_ns);
        match record.kind {
            Kind::Kept | Kind::Fresh => self.latencies_ns.push(record.latency_ns()),
            Kind::Order => {
                self.orders_ns.push(record.latency_ns());
                certificate.acknowledged_orders.insert(record.index);
            }
            Kind::Slow | Kind::Upload | Kind::Stream => {}
        }
        if let Some(color) = record.color {
            *certificate.by_color.entry(color).or_default() += 1;
        }
    }

    /// The wall time of a monotonic moment, by the newest pair of clocks.
    fn wall(&self, monotonic_ns: u64) -> Option<Timestamp> {
        let ClockPair { monotonic_ns: origin_ns, wall } = self.clock?;
        let since_ns = i64::try_from(i128::from(monotonic_ns) - i128::from(origin_ns)).ok()?;
        wall.checked_add(SignedDuration::from_nanos(since_ns)).ok()
    }

    fn finish(mut self) -> Certificate {
        let first_due_ns = self.first_due_ns.unwrap_or(0);
        let gap_ns = longest_gap(&mut self.answered_ns, first_due_ns, self.last_due_ns);
        self.latencies_ns.sort_unstable();
        self.lateness_ns.sort_unstable();
        self.orders_ns.sort_unstable();
        let switches = self.switches.under_traffic();
        let mut switches_ns: Vec<u64> = switches.map(|it| it.microseconds().saturating_mul(1_000)).collect();
        switches_ns.sort_unstable();

        let of = |sorted: &[u64], percent| percentile(sorted, percent).map(milliseconds);
        Certificate {
            longest_gap_ms: milliseconds(gap_ns),
            switch_ms_p50: of(&switches_ns, 50),
            switch_ms_max: of(&switches_ns, 100),
            latency_ms_p50: of(&self.latencies_ns, 50),
            latency_ms_p99: of(&self.latencies_ns, 99),
            latency_ms_max: of(&self.latencies_ns, 100),
            lateness_ms_p99: of(&self.lateness_ns, 99),
            order_ms_p50: of(&self.orders_ns, 50),
            order_ms_max: of(&self.orders_ns, 100),
            duration_s: milliseconds(self.last_due_ns.saturating_sub(first_due_ns)) / 1_000.0,
            ..self.certificate
        }
    }
}

/// The longest time without an answer between the first and the last moment at which a request was due.
fn longest_gap(answered_ns: &mut [u64], first_due_ns: u64, last_due_ns: u64) -> u64 {
    answered_ns.sort_unstable();
    let mut longest = 0;
    let mut before = first_due_ns;
    // Answers that come once nothing is sent any more grow rare by themselves.
    let within = answered_ns.iter().copied().take_while(|at| *at < last_due_ns);
    for at in within.chain([last_due_ns]) {
        longest = longest.max(at.saturating_sub(before));
        before = at;
    }
    longest
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
