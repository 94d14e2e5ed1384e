//! Virtual time: it passes only when everybody waits.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use changeover::clock::Clock;
use jiff::Timestamp;

use super::outside::Outside;

/// Who waits until when. One per life of a bot: a dead bot waits for nothing.
#[derive(Default)]
pub(crate) struct Timers {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    wakers: BTreeMap<(Duration, u64), Option<Waker>>,
    newest: u64,
}

impl Timers {
    /// When somebody wants to be woken next.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.waiting.lock().unwrap().wakers.keys().next().map(|(at, _)| *at)
    }

    /// Wakes everybody whose time has come.
    pub(crate) fn wake(&self, now: Duration) {
        let due: Vec<Waker> = {
            let mut waiting = self.waiting.lock().unwrap();
            waiting.wakers.range_mut(..=(now, u64::MAX)).filter_map(|(_, waker)| waker.take()).collect()
        };
        due.into_iter().for_each(Waker::wake);
    }

    fn enter(&self, at: Duration) -> (Duration, u64) {
        let mut waiting = self.waiting.lock().unwrap();
        waiting.newest += 1;
        let key = (at, waiting.newest);
        waiting.wakers.insert(key, None);
        key
    }
}

/// Waits until the steady time `at`.
pub(crate) struct Pause {
    outside: Arc<Outside>,
    timers: Arc<Timers>,
    key: (Duration, u64),
}

impl Pause {
    pub(crate) fn new(outside: &Arc<Outside>, timers: &Arc<Timers>, length: Duration) -> Self {
        let at = outside.world().steady + length;
        Self { outside: outside.clone(), timers: timers.clone(), key: timers.enter(at) }
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.outside.world().steady >= self.key.0 {
            return Poll::Ready(());
        }
        let waker = Some(context.waker().clone());
        self.timers.waiting.lock().unwrap().wakers.insert(self.key, waker);
        Poll::Pending
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.timers.waiting.lock().unwrap().wakers.remove(&self.key);
    }
}

/// The clock that one life of the bot is given.
pub(crate) struct ToyClock {
    pub(crate) outside: Arc<Outside>,
    pub(crate) timers: Arc<Timers>,
}

#[async_trait]
impl Clock for ToyClock {
    fn now(&self) -> Timestamp {
        self.outside.world().now
    }

    fn elapsed(&self) -> Duration {
        self.outside.world().steady
    }

    async fn pause(&self, duration: Duration) {
        Pause::new(&self.outside, &self.timers, duration).await;
    }
}
