//! One line of the prober's records.

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// What the prober writes, one JSON object a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    Clock(ClockPair),
    Request(Record),
}

/// Both clocks, read at once: first in the file and again every half second, so that the wall times of another process
/// of this machine can be matched although the wall clock is corrected meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockPair {
    /// `CLOCK_MONOTONIC`, nanoseconds: the same for every process of this machine.
    pub monotonic_ns: u64,
    pub wall: Timestamp,
}

/// One request, as it went. Times are `CLOCK_MONOTONIC` in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its place in the schedule, from 0.
    pub index: u64,
    pub kind: Kind,
    /// When it was due, fixed before the first request was sent.
    pub scheduled_ns: u64,
    /// When its first effort began: connecting, or writing to a kept connection.
    pub started_ns: u64,
    /// When the head of the answer was there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_byte_ns: Option<u64>,
    /// When the last byte of the answer was there, or the request had failed.
    pub finished_ns: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// What the answer said of who gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slot: Option<String>,
    /// How many kept connections it found closed, cleanly and before a byte of it was written. Every browser opens
    /// another one then and no user sees it, so this is no failure; it is counted, because it costs a round trip.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub reopened: u32,
    /// Why it failed; none if the answer was whole and right.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A plain GET on a kept-alive connection.
    Kept,
    /// A plain GET on a connection of its own.
    Fresh,
    /// A GET that takes the application long, on a connection of its own: some are always underway.
    Slow,
    /// A POST of 64 KiB whose answer must carry their checksum.
    Upload,
    /// A GET whose answer comes in pieces.
    Stream,
    /// A POST that is answered once its order is in the database.
    Order,
}

impl Kind {
    pub const ALL: [Self; 6] = [Self::Kept, Self::Fresh, Self::Slow, Self::Upload, Self::Stream, Self::Order];

    /// What people call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept-alive GET",
            Self::Fresh => "new-connection GET",
            Self::Slow => "slow GET",
            Self::Upload => "64 KiB upload",
            Self::Stream => "chunked stream",
            Self::Order => "order",
        }
    }

    /// Whether its connection is kept for the next request.
    #[must_use]
    pub fn keeps_connection(self) -> bool {
        match self {
            Self::Kept | Self::Upload | Self::Stream | Self::Order => true,
            Self::Fresh | Self::Slow => false,
        }
    }
}

impl Record {
    /// From when it was due until it was answered: a request that could not start on time waits too.
    #[must_use]
    pub fn latency_ns(&self) -> u64 {
        self.finished_ns.saturating_sub(self.scheduled_ns)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// `CLOCK_MONOTONIC` right now, in nanoseconds.
pub(super) fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    // The kernel counts both from boot and never below zero.
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(now.tv_nsec).unwrap_or(0))
}
