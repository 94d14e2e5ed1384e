//! The application that the demo releases: a small, real HTTP server that says of every answer which release gave it.

mod answer;
mod orders;
mod release;
mod serve;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

pub(crate) use answer::CHUNK_BYTES;
pub use release::{BEHAVIOUR_FILE, Behaviour, IDENTITY_FILE};

use crate::clock::{self, Clock};
use answer::Application;
use orders::Orders;

/// Where this process stands in its fleet, as its supervisor told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The port of 127.0.0.1 to listen on.
    pub port: u16,
    /// The environment, for people: `blue`.
    pub color: String,
    /// The slot, for people: `blue-1`.
    pub slot: String,
    /// A file with the address of the database that it uses; none for a shop that takes no orders.
    pub database: Option<PathBuf>,
}

/// Why the application ended otherwise than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is not a release's name and pin: {source}")]
    BadIdentity { path: PathBuf, source: serde_json::Error },
    #[error("{path} is not a release's behaviour: {source}")]
    BadBehaviour { path: PathBuf, source: toml::de::Error },
    #[error("{path} is not the address of a database: {source}")]
    BadDatabase { path: PathBuf, source: mysql_async::UrlError },
    #[error("port {port} of 127.0.0.1 cannot be listened on: {source}")]
    NotListening { port: u16, source: std::io::Error },
    #[error("crashed {after:?} after its start, as {BEHAVIOUR_FILE} says")]
    Crashed { after: Duration },
}

/// Serves the release that lies in `folder` until `stopped`, then finishes the requests that are underway.
pub async fn run(
    folder: &Path,
    place: Place,
    clock: &dyn Clock,
    stopped: impl Future<Output = ()>,
) -> Result<(), SampleError> {
    let identity = release::identity(folder)?;
    let behaviour = release::behaviour(folder)?;
    let started = clock.now();
    let crash_after = behaviour.crash_after;

    let port = place.port;
    let warm_up = behaviour.warm_up;
    let orders = place.database.as_deref().map(|file| Orders::new(file, &place.color)).transpose()?;
    let application = Arc::new(Application::new(identity, behaviour, place, orders, started));
    let served = async {
        tokio::pin!(stopped);
        // A process that is told to end while it warms up has nothing to finish.
        tokio::select! {
            () = &mut stopped => return Ok(()),
            () = clock::pause(warm_up) => {}
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(|source| SampleError::NotListening { port, source })?;
        serve::serve(listener, application, stopped).await;
        Ok(())
    };
    let crash = async {
        match crash_after {
            Some(after) => {
                clock::pause(after).await;
                after
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        served = served => served,
        after = crash => Err(SampleError::Crashed { after }),
    }
}
