//! Pairs of real servers, a shop that writes to them, and a network that can be cut.

pub(crate) mod load;
mod pair;
mod proxy;
mod server;

use std::time::Duration;

pub(crate) use load::{Load, lost, waits};
pub(crate) use pair::{Pair, key, shop};
pub(crate) use proxy::Proxy;
pub(crate) use server::{Engine, Server};

/// How long anything may take that a test waits for; the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `look` finds something, and gives it.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            changeover::clock::pause(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

/// Each rule is held by each engine.
macro_rules! on_each_engine {
    ($($rule:ident,)*) => {
        mod mysql {
            $(#[tokio::test]
            async fn $rule() {
                super::$rule(super::Engine::Mysql).await;
            })*
        }
        mod mariadb {
            $(#[tokio::test]
            async fn $rule() {
                super::$rule(super::Engine::Mariadb).await;
            })*
        }
    };
}
pub(crate) use on_each_engine;
