//! Time, asked of one place.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

/// What time it is, and how to let some pass. The simulated world has its own.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time of day, as people and schedules mean it. May jump.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment of this process. Never jumps.
    fn elapsed(&self) -> Duration;

    /// Returns once `duration` has passed. Cancel-safe.
    async fn pause(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the place that is asked")]
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the place that is asked")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    async fn pause(&self, duration: Duration) {
        pause(duration).await;
    }
}

/// Returns once `duration` has passed; for processes that have no simulated twin (balancer, supervisor, prober).
#[expect(clippy::disallowed_methods, reason = "this is the place that is asked")]
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
