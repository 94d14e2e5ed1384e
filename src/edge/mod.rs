//! The embedded balancer: a process of its own that shares users' requests between two colors, and outlives the bot.
//!
//! A request passes through [`listen`] → [`forward`] → [`admit`] (a pause, [`share`]) → [`pool`]; people and the bot
//! come in through [`control`] → [`change`] → [`state`].

mod admit;
mod body;
mod change;
pub mod control;
mod forward;
pub mod headers;
mod health;
mod life;
mod line;
mod listen;
mod member;
pub mod network;
mod pause;
mod pool;
pub mod preview;
pub mod refused;
pub mod settings;
mod share;
mod spelling;
pub mod state;
mod tally;
mod tls;
mod upgrade;
mod watched;
mod wire;

pub use pause::PAUSE_LIMIT;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use events::color::{ByColor, Color};
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::clock::SystemClock;
use crate::edge::line::Line;
use crate::edge::preview::Preview;
use crate::edge::settings::Settings;
use crate::edge::share::Roster;
use crate::edge::state::{State, StateError};
use crate::edge::tally::Tally;
use crate::edge::tls::Certificates;
use crate::process::ProcessId;

/// Why a balancer did not start.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot be controlled over {}: {source}", socket.display())]
    Control { socket: PathBuf, source: io::Error },
    #[error("{0}")]
    File(String),
    #[error("this process is not in /proc")]
    NoProcess,
}

/// Where a balancer is controlled, and where it keeps what must survive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    pub socket: PathBuf,
    pub state: PathBuf,
}

impl Files {
    /// Where the process writes down which it is: a [`ProcessId`] as JSON, beside the socket.
    #[must_use]
    pub fn process(&self) -> PathBuf {
        self.socket.with_extension("pid")
    }
}

/// Everything that a running balancer is.
struct Edge {
    settings: Settings,
    state_file: PathBuf,
    process: ProcessId,
    listening: Vec<SocketAddr>,
    clock: SystemClock,
    http: auto::Builder<TokioExecutor>,
    /// What is on disk. Locked for as long as a change takes, so that changes come one after the other.
    state: Mutex<State>,
    /// The same, as requests see it.
    roster: ArcSwap<Roster>,
    line: Line,
    pause_timer: Mutex<Option<AbortOnDropHandle<()>>>,
    preview: Preview,
    tallies: ByColor<Arc<Tally>>,
    previews: ByColor<Arc<Tally>>,
    refused: AtomicU64,
    /// Room for clients' connections, so that members' always find a file descriptor.
    room: Arc<Semaphore>,
    /// Clients' connections, upgraded ones too: what a graceful stop waits for.
    clients: TaskTracker,
    /// Health checks, members' connections, timers: what ends with the process.
    chores: TaskTracker,
    /// Somebody wants it to stop.
    stopping: CancellationToken,
    /// No new connections are taken.
    closing: CancellationToken,
    /// Connections end with the request that they have.
    finishing: CancellationToken,
}

/// Runs a balancer until `stop` returns or somebody asks it to over its socket. `initial` gets the requests if there
/// is no state yet. Returns once what was in flight is done, or the grace is over.
pub async fn run(
    settings: Settings,
    files: Files,
    initial: Color,
    stop: impl Future<Output = ()>,
) -> Result<(), EdgeError> {
    let loaded = State::load(&files.state)?;
    let certificates = settings.tls.as_ref().map(Certificates::open).transpose().map_err(EdgeError::File)?;
    let certificates = certificates.map(Arc::new);
    let preview = Preview::open(&settings.preview).map_err(EdgeError::File)?;
    let bind = |address| listen::bind(address).map_err(|source| EdgeError::Listen { address, source });
    let mut listeners = Vec::new();
    for address in &settings.listen {
        listeners.push((bind(*address)?, None));
    }
    if let (Some(tls), Some(certificates)) = (&settings.tls, &certificates) {
        for address in &tls.listen {
            listeners.push((bind(*address)?, Some(Arc::clone(certificates))));
        }
    }
    let cannot_be_controlled = |source| EdgeError::Control { socket: files.socket.clone(), source };
    let socket = crate::control::bind(&files.socket).await.map_err(cannot_be_controlled)?;
    let process = life::own_process().ok_or(EdgeError::NoProcess)?;
    let note = serde_json::to_vec(&process).map_err(io::Error::other);
    note.and_then(|note| std::fs::write(files.process(), note)).map_err(cannot_be_controlled)?;

    let listening = listeners.iter().filter_map(|(listener, _)| listener.local_addr().ok()).collect();
    let state = life::next_generation(loaded.unwrap_or_else(|| State::initial(initial)), &files.state);
    let edge = Arc::new(Edge::new(settings, &files, process, listening, preview, state));
    edge.take_up();
    for (listener, tls) in listeners {
        edge.chores.spawn(listen::accept(Arc::clone(&edge), listener, tls));
    }
    edge.chores.spawn(life::keep_house(Arc::clone(&edge), certificates));
    let control = {
        let edge = Arc::clone(&edge);
        let stopped = edge.stopping.clone().cancelled_owned();
        crate::control::serve(socket, stopped, move |request| Arc::clone(&edge).control(request))
    };
    let control = edge.chores.spawn(control);
    tracing::info!(listening = ?edge.listening, generation = edge.lock_state().generation, "the balancer is up");
    tokio::select! {
        () = stop => edge.stopping.cancel(),
        () = edge.stopping.cancelled() => {}
    }
    edge.finish(&files, control).await;
    Ok(())
}
