//! The embedded balancer as a real process, between real clients and real members on loopback.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "panicking is how tests fail")]

mod backend;
mod balancer;
mod client;
#[path = "../guard/mod.rs"]
mod guard;

mod bodies;
mod commands;
mod forwarding;
mod framing;
mod health;
mod pausing;
mod previews;
mod provider;
mod restarts;
mod retries;
mod sharing;
mod stopping;
mod switching;
mod tls;
mod upgrades;

use std::time::Duration;

use changeover::clock;

/// How long anything here may take until it counts as never.
const LIMIT: Duration = Duration::from_secs(30);

/// Returns once `is_so`; panics with `what` if that takes too long.
async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let waiting = async {
        while !is_so().await {
            clock::pause(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// The result of `future`; panics with `what` if that takes too long.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.unwrap_or_else(|_| panic!("never: {what}"))
}
