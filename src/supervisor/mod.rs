//! The supervisor: a process of its own that keeps one application process running in each slot, and outlives the bot.

pub mod adopt;
pub mod backoff;
pub mod control;
mod ending;
pub mod launch;
pub mod lock;
pub mod rotate;
pub mod settings;
mod slot;
pub mod slot_id;
mod slots;
pub mod spawn;
pub mod state;
pub mod target;
mod tending;
pub mod watched;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use adopt::FolderKey;
use lock::{FolderLock, LockError};
use settings::{BadSettings, Settings};
use slot_id::SlotId;
use state::{Slot, StateError, Store};

use crate::clock::SystemClock;
use crate::process::ProcessId;

/// Why the supervisor did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{path}: {error}")]
    Settings { path: String, error: serde_json::Error },
    #[error("{path}: {error}")]
    BadSettings { path: String, error: BadSettings },
    #[error("{path}: {error}")]
    Unreachable { path: String, error: io::Error },
    #[error("a task of the supervisor broke; its processes run on, and the next supervisor adopts them")]
    Broken,
}

/// What the supervisor is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Serving,
    /// Everything is being ended.
    Stopping,
    /// The supervisor ends; its processes stay.
    Detaching,
}

/// What is known of a slot beside its record.
#[derive(Debug, Default)]
struct Note {
    wake: Arc<Notify>,
    trouble: Option<String>,
    /// The process that is to be replaced by another of the same release.
    restart_of: Option<ProcessId>,
    /// Nothing runs and somebody asked for a restart: no waiting.
    is_hurried: bool,
}

/// What all slots' loops and the control socket share. No lock is held across an await.
struct Supervisor {
    folder: PathBuf,
    key: FolderKey,
    clock: SystemClock,
    store: Mutex<Store>,
    settings: Mutex<Arc<Settings>>,
    settings_path: PathBuf,
    notes: Mutex<BTreeMap<SlotId, Note>>,
    phase: watch::Sender<Phase>,
    /// A slot has come.
    grown: Notify,
}

/// The control socket of the supervisor in `folder`.
#[must_use]
pub fn socket(folder: &Path) -> PathBuf {
    folder.join("supervisor.sock")
}

/// Supervises `folder` until told to end: by the control socket, SIGTERM or SIGINT.
pub async fn run(folder: &Path, settings_path: &Path) -> Result<(), SupervisorError> {
    let unreachable = |path: &Path, error| SupervisorError::Unreachable { path: path.display().to_string(), error };
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| unreachable(folder, error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| unreachable(folder, error))?;
    // Listened to and never acted upon: a closed terminal ends nothing.
    let _hangup = signal(SignalKind::hangup()).map_err(|error| unreachable(folder, error))?;
    let slots = folder.join("slots");
    std::fs::create_dir_all(&slots).map_err(|error| unreachable(&slots, error))?;
    let folder = folder.canonicalize().map_err(|error| unreachable(folder, error))?;
    let settings = read_settings(settings_path)?;
    let _lock = FolderLock::take(&folder).await?;
    let supervisor = Arc::new(Supervisor {
        key: FolderKey::of(&folder),
        clock: SystemClock::new(),
        store: Mutex::new(Store::open(&folder)?),
        settings: Mutex::new(Arc::new(settings)),
        settings_path: settings_path.to_owned(),
        notes: Mutex::default(),
        phase: watch::Sender::new(Phase::Serving),
        grown: Notify::new(),
        folder: folder.clone(),
    });
    let path = socket(&folder);
    let listener = crate::control::bind(&path).await.map_err(|error| unreachable(&path, error))?;
    let asked = supervisor.clone();
    let (done, is_done) = watch::channel(false);
    let control = tokio::spawn(crate::control::serve(
        listener,
        async move {
            let mut is_done = is_done;
            // A sender that is gone is done, too.
            let _ = is_done.wait_for(|done| *done).await;
        },
        move |request| std::future::ready(control::answer(&asked, request)),
    ));
    tracing::info!(folder = %folder.display(), "supervising");
    let mut tasks = JoinSet::new();
    let mut is_broken = false;
    let ended = tokio::select! {
        () = tending::tend_all(&supervisor, &mut tasks) => {
            is_broken = true;
            Phase::Detaching
        }
        _ = terminate.recv() => Phase::Stopping,
        _ = interrupt.recv() => Phase::Stopping,
        phase = supervisor.is_told_to_end() => phase,
    };
    tracing::info!(?ended, "ending");
    supervisor.phase.send_replace(ended);
    tending::end_all_tasks(&supervisor, tasks).await;
    done.send_replace(true);
    if let Err(error) = control.await {
        tracing::error!(%error, "the control socket broke");
    }
    // What is left is a socket that nobody listens on: replaced by the next.
    let _ = std::fs::remove_file(path);
    if is_broken { Err(SupervisorError::Broken) } else { Ok(()) }
}

fn read_settings(path: &Path) -> Result<Settings, SupervisorError> {
    let name = || path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| SupervisorError::Unreachable { path: name(), error })?;
    let settings: Settings =
        serde_json::from_slice(&bytes).map_err(|error| SupervisorError::Settings { path: name(), error })?;
    settings.check().map_err(|error| SupervisorError::BadSettings { path: name(), error })?;
    Ok(settings)
}

impl Supervisor {
    fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    fn slot(&self, id: SlotId) -> Result<Slot, StateError> {
        self.store().slot(id).cloned()
    }

    fn slots(&self) -> Vec<SlotId> {
        self.store().state().slots.keys().copied().collect()
    }

    fn slot_folder(&self, id: SlotId) -> PathBuf {
        self.folder.join("slots").join(id.to_string())
    }

    fn settings(&self) -> Arc<Settings> {
        locked(&self.settings).clone()
    }

    fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    async fn is_told_to_end(&self) -> Phase {
        let mut phase = self.phase.subscribe();
        // The sender is ours: it cannot be gone.
        phase.wait_for(|phase| *phase != Phase::Serving).await.map_or(Phase::Stopping, |phase| *phase)
    }

    fn wake(&self, id: SlotId) -> Arc<Notify> {
        locked(&self.notes).entry(id).or_default().wake.clone()
    }

    fn set_trouble(&self, id: SlotId, trouble: Option<String>) {
        locked(&self.notes).entry(id).or_default().trouble = trouble;
    }

    fn is_restart_asked(&self, id: SlotId, process: ProcessId) -> bool {
        locked(&self.notes).get(&id).is_some_and(|note| note.restart_of == Some(process))
    }

    fn take_hurry(&self, id: SlotId) -> bool {
        locked(&self.notes).get_mut(&id).is_some_and(|note| std::mem::take(&mut note.is_hurried))
    }

    /// A slot that has left is remembered no longer.
    fn forget(&self, id: SlotId) -> Result<(), StateError> {
        self.store().commit(|state| drop(state.slots.remove(&id)))?;
        locked(&self.notes).remove(&id);
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds one of these locks can leave half a change behind.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
