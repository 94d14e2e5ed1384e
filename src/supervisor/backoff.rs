//! How long a process that ends by itself waits before it is started again.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);
/// A process that ran this long has recovered.
const RECOVERY: Duration = Duration::from_secs(10);

/// 100 ms, doubling to 10 s; short again once a process has run for 10 s. Times are on the supervisor's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    next: Duration,
    due: Duration,
}

impl Backoff {
    /// Due at once.
    pub const NONE: Self = Self { next: SHORTEST, due: Duration::ZERO };

    /// A process has ended at `now`, after it had run for `ran`.
    #[must_use]
    pub fn after(self, ran: Duration, now: Duration) -> Self {
        let delay = if ran >= RECOVERY { SHORTEST } else { self.next };
        Self { next: (delay * 2).min(LONGEST), due: now + delay }
    }

    /// How long to wait still.
    #[must_use]
    pub fn left(self, now: Duration) -> Duration {
        self.due.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_ten_seconds_and_forgets_after_a_good_run() {
        let mut backoff = Backoff::NONE;
        let mut waits = Vec::new();
        for _ in 0..9 {
            backoff = backoff.after(Duration::from_millis(1), Duration::from_secs(5));
            waits.push(backoff.left(Duration::from_secs(5)).as_millis());
        }
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
        let recovered = backoff.after(Duration::from_secs(10), Duration::from_secs(50));
        assert_eq!(recovered.left(Duration::from_secs(50)), Duration::from_millis(100));
        assert_eq!(recovered.left(Duration::from_secs(51)), Duration::ZERO);
    }
}
