//! What every story needs: a shop in a folder of its own, and patience with a limit.

mod log;
mod processes;
mod repository;
mod shop;
mod talk;
mod terms;
mod workers;
mod world;

use std::time::Duration;

pub(crate) use shop::{Shop, program};
pub(crate) use talk::{End, Said};
pub(crate) use terms::{Terms, ports};
pub(crate) use workers::{WORKERS, shifts};
pub(crate) use world::World;

/// How long anything may take that a story waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `look` finds something, and gives it.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look).await
}

/// The same, with another patience.
pub(crate) async fn within<T>(patience: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            changeover::clock::pause(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(patience, found).await.unwrap_or_else(|_| panic!("not within {patience:?}: {what}"))
}
