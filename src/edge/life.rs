//! The life of a balancer: made, kept in order, and ended without cutting anybody off.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use events::color::{ByColor, Color};
use rustix::process::{Resource, Rlimit};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{self, Clock as _, SystemClock};
use crate::edge::line::Line;
use crate::edge::preview::Preview;
use crate::edge::settings::Settings;
use crate::edge::share::{Gate, Roster};
use crate::edge::state::{PauseStanding, State};
use crate::edge::tls::Certificates;
use crate::edge::{Edge, Files, listen};
use crate::process::ProcessId;

/// How long requests whose bytes are on their way already may still arrive once the balancer stops.
const LAST_CALL: Duration = Duration::from_millis(100);
/// How often files and idle connections are looked at.
const ROUND: Duration = Duration::from_secs(1);
/// How long health checks and connections that nobody uses may take to end.
const CHORES_LIMIT: Duration = Duration::from_secs(1);
/// How many clients' connections are accepted even if the system says nothing, or little, about its limit.
const LEAST_ROOM: usize = 64;
/// And how many are accepted at the most.
const MOST_ROOM: usize = 100_000;

impl Edge {
    pub(super) fn new(
        settings: Settings,
        files: &Files,
        process: ProcessId,
        listening: Vec<SocketAddr>,
        preview: Preview,
        state: State,
    ) -> Self {
        Self {
            line: Line::new(settings.waiting_limit),
            settings,
            state_file: files.state.clone(),
            process,
            listening,
            clock: SystemClock::new(),
            http: listen::http(),
            roster: ArcSwap::from_pointee(Roster::new(state.weights, Gate::Open, ByColor::default())),
            state: Mutex::new(state),
            pause_timer: Mutex::new(None),
            preview,
            tallies: ByColor::default(),
            previews: ByColor::default(),
            refused: AtomicU64::new(0),
            room: Arc::new(Semaphore::new(room())),
            clients: TaskTracker::new(),
            chores: TaskTracker::new(),
            stopping: CancellationToken::new(),
            closing: CancellationToken::new(),
            finishing: CancellationToken::new(),
        }
    }

    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Lets go of the socket first, so that a successor may start at once, and then of the clients, one by one.
    pub(super) async fn finish(&self, files: &Files, control: JoinHandle<()>) {
        for file in [&files.socket, &files.process()] {
            // Gone already is what was wanted.
            let _ = std::fs::remove_file(file);
        }
        self.closing.cancel();
        tracing::info!(grace = ?self.settings.grace, "the balancer stops");
        if let Err(error) = control.await {
            tracing::error!(%error, "the control socket ended badly");
        }
        clock::pause(LAST_CALL).await;
        self.finishing.cancel();
        self.clients.close();
        if tokio::time::timeout(self.settings.grace, self.clients.wait()).await.is_err() {
            tracing::warn!(connection_count = self.clients.len(), "the grace is over, and connections are cut off");
        }
        let roster = self.roster.load_full();
        for slot in Color::BOTH.iter().flat_map(|color| roster.members.get(*color)) {
            slot.retire();
        }
        self.chores.close();
        // What is left has nobody who waits for it; it ends with the process.
        let _ = tokio::time::timeout(CHORES_LIMIT, self.chores.wait()).await;
    }
}

/// Looks after files that may change and connections that nobody uses, until the balancer finishes.
pub(super) async fn keep_house(edge: Arc<Edge>, certificates: Option<Arc<Certificates>>) {
    let rounds = async {
        loop {
            clock::pause(ROUND).await;
            let roster = edge.roster.load_full();
            for slot in Color::BOTH.iter().flat_map(|color| roster.members.get(*color)) {
                slot.pool.reap(edge.clock.elapsed());
            }
            let (edge, certificates) = (Arc::clone(&edge), certificates.clone());
            let looking = tokio::task::spawn_blocking(move || {
                edge.preview.look();
                if let Some(certificates) = certificates {
                    certificates.look();
                }
            });
            if let Err(error) = looking.await {
                tracing::error!(%error, "changed files could not be looked at");
            }
        }
    };
    edge.finishing.run_until_cancelled(rounds).await;
}

/// This process.
pub(super) fn own_process() -> Option<ProcessId> {
    ProcessId::of(rustix::process::getpid().as_raw_nonzero().get())
}

/// The state of a balancer that starts on `state` now.
pub(super) fn next_generation(mut state: State, path: &Path) -> State {
    state.generation += 1;
    if let Some(pause) = &mut state.pause
        && pause.standing == PauseStanding::Holding
        && pause.until <= SystemClock::new().now()
    {
        pause.standing = pause.standing_when_over();
    }
    if let Err(error) = state.save(path) {
        // Users are served from what was read; the next change will say so to whoever asks for it.
        tracing::error!(%error, "the state cannot be written");
    }
    state
}

/// How many clients' connections there is room for, once this process may open as many files as it is allowed to:
/// each may need one more to a member.
fn room() -> usize {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match rustix::process::setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files stays as it is");
            limit.current
        }
    };
    let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    (files.saturating_sub(LEAST_ROOM) / 2).clamp(LEAST_ROOM, MOST_ROOM)
}
