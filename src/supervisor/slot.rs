//! One slot's loop: looks at what is wanted and at what runs, and makes the second the first.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::adopt::Leader;
use super::backoff::Backoff;
use super::slot_id::SlotId;
use super::spawn::{Place, StartError};
use super::state::{Exit, Running, StateError};
use super::target::{Target, Wanted, look};
use super::watched::Watched;
use super::{Phase, Supervisor, ending};
use crate::clock::{Clock as _, pause};

/// How often `current` and the process are looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// What a slot's loop knows; everything else is read anew each time around.
struct Tended {
    supervisor: Arc<Supervisor>,
    id: SlotId,
    folder: PathBuf,
    process: Option<Watched>,
    /// What may have left something behind; none once that is ended.
    remains: Option<Leader>,
    backoff: Backoff,
    /// The folder of the release that was started last: another one does not wait for its predecessor's failures.
    last_folder: Option<PathBuf>,
    /// The last process ended by itself: starting the next is a restart.
    is_restart: bool,
}

/// What to do after one time around.
enum Next {
    Again,
    Wait(Duration),
    Over,
}

/// Tends `id` until it has left, or nothing runs while the supervisor is stopping. Cancelled, the process stays as it is,
/// and its record with it.
pub(super) async fn tend(supervisor: Arc<Supervisor>, id: SlotId) {
    let mut tended = Tended::begin(supervisor.clone(), id);
    let mut phase = supervisor.phase.subscribe();
    let wake = supervisor.wake(id);
    loop {
        let patience = match tended.step().await {
            Next::Again => continue,
            Next::Over => return,
            Next::Wait(patience) => patience,
        };
        tokio::select! {
            () = pause(patience) => {}
            () = wake.notified() => {}
            _ = phase.changed() => {}
        }
    }
}

impl Tended {
    /// Adopts the recorded process if it still runs.
    fn begin(supervisor: Arc<Supervisor>, id: SlotId) -> Self {
        let folder = supervisor.slot_folder(id);
        // Killed between the record and the folder, an earlier supervisor left only the first.
        if let Err(error) = std::fs::create_dir_all(&folder) {
            tracing::warn!(slot = %id, %error, "the slot's folder could not be made");
        }
        let recorded = supervisor.slot(id).ok().and_then(|slot| slot.process);
        let mut tended = Self {
            supervisor,
            id,
            folder,
            process: None,
            remains: Some(Leader::None),
            backoff: Backoff::NONE,
            last_folder: None,
            is_restart: false,
        };
        if let Some(running) = recorded {
            tended.last_folder = Some(running.folder.clone());
            let leader = running.id;
            let process = Watched::new(running, None, tended.supervisor.clock.elapsed());
            if process.is_alive() {
                tracing::info!(slot = %id, pid = leader.pid, "a running process was adopted");
                tended.remains = None;
                tended.process = Some(process);
            } else {
                tended.remains = Some(Leader::Recorded(leader));
                tended.is_restart = true;
                tended.record_end(process);
            }
        }
        tended
    }

    /// Looks once and does one thing.
    async fn step(&mut self) -> Next {
        let Ok(slot) = self.supervisor.slot(self.id) else { return Next::Over };
        let is_stopping = self.supervisor.phase() == Phase::Stopping;
        let is_meant_to_end = slot.is_leaving || is_stopping;
        if let Some(process) = self.process.take_if(|process| !process.is_alive()) {
            self.ended_by_itself(process);
        }
        let wanted = if is_meant_to_end {
            Wanted::Nothing
        } else {
            look(&self.folder, self.process.as_ref().map(|process| &process.running))
        };
        if let Some(process) = self.process.take() {
            return self.keep_or_end(process, wanted).await;
        }
        if let Some(leader) = self.remains {
            ending::clear(&self.supervisor, self.id, leader, self.supervisor.settings().grace).await;
            self.remains = None;
            return Next::Again;
        }
        if slot.is_leaving {
            return self.leave();
        }
        match wanted {
            Wanted::Nothing if is_stopping => Next::Over,
            Wanted::Nothing => self.wait(None),
            Wanted::Unusable(trouble) => self.wait(Some(trouble)),
            Wanted::Release(target) => self.start_when_due(&target),
        }
    }

    async fn keep_or_end(&mut self, process: Watched, wanted: Wanted) -> Next {
        let is_asked_to_restart = self.supervisor.is_restart_asked(self.id, process.running.id);
        let trouble = match wanted {
            Wanted::Unusable(trouble) => Some(trouble),
            Wanted::Release(target) if target.folder == process.running.folder && !is_asked_to_restart => None,
            Wanted::Nothing | Wanted::Release(_) => {
                // Back in its place first, so that being cancelled forgets nothing.
                let process = self.process.insert(process);
                ending::end(&self.supervisor, self.id, process).await;
                if let Some(process) = self.process.take() {
                    self.ended_as_asked(process);
                }
                return Next::Again;
            }
        };
        self.process = Some(process);
        self.wait(trouble)
    }

    fn ended_as_asked(&mut self, process: Watched) {
        self.remains = None;
        self.backoff = Backoff::NONE;
        self.is_restart = false;
        self.record_end(process);
    }

    fn ended_by_itself(&mut self, process: Watched) {
        let now = self.supervisor.clock.elapsed();
        self.remains = Some(Leader::Watched(process.running.id));
        self.backoff = self.backoff.after(now.saturating_sub(process.watched_since), now);
        self.is_restart = true;
        self.record_end(process);
    }

    fn record_end(&mut self, process: Watched) {
        let pid = process.running.id.pid;
        let exit = Exit { at: self.supervisor.clock.now(), outcome: process.reap() };
        tracing::info!(slot = %self.id, pid, %exit, is_restart = self.is_restart, "a process has ended");
        let recorded = self.supervisor.store().commit_slot(self.id, |slot| {
            slot.process = None;
            slot.last_exit = Some(exit);
        });
        // The record of a process that is gone is harmless: whoever reads it finds nobody of that id.
        self.say(recorded.err().map(|error| error.to_string()));
    }

    fn start_when_due(&mut self, target: &Target) -> Next {
        if self.last_folder.as_ref().is_some_and(|last| *last != target.folder) || self.supervisor.take_hurry(self.id) {
            self.backoff = Backoff::NONE;
        }
        let now = self.supervisor.clock.elapsed();
        let left = self.backoff.left(now);
        if !left.is_zero() {
            return Next::Wait(left.min(LOOK_INTERVAL));
        }
        self.last_folder = Some(target.folder.clone());
        match self.start(target) {
            Ok(process) => {
                self.process = Some(process);
                self.wait(None)
            }
            Err(error) => {
                self.backoff = self.backoff.after(Duration::ZERO, now);
                tracing::warn!(slot = %self.id, %error, "no process was started");
                self.wait(Some(error.to_string()))
            }
        }
    }

    /// Starts a process, records it, and only then lets it become the application. Without an await, so that nothing
    /// can come in between but death.
    fn start(&self, target: &Target) -> Result<Watched, StartError> {
        let slot = self.supervisor.slot(self.id)?;
        let generation = slot.generation.saturating_add(1);
        let place =
            Place { key: &self.supervisor.key, slot: self.id, folder: &self.folder, port: slot.port, generation };
        let waiting = place.start(&self.supervisor.settings(), target)?;
        let running = Running {
            id: waiting.id,
            release: target.release.clone(),
            folder: target.folder.clone(),
            since: self.supervisor.clock.now(),
        };
        let recorded = self.supervisor.store().commit_slot(self.id, |slot| {
            slot.generation = generation;
            slot.process = Some(running.clone());
            slot.restarts = slot.restarts.saturating_add(u64::from(self.is_restart));
        });
        if let Err(error) = recorded {
            waiting.give_up();
            return Err(error.into());
        }
        tracing::info!(slot = %self.id, pid = running.id.pid, release = %running.release, generation, "a process was started");
        Ok(Watched::new(running, Some(waiting.go()), self.supervisor.clock.elapsed()))
    }

    /// Nothing runs: the folder goes, then the record.
    fn leave(&self) -> Next {
        let removed = match std::fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("{}: {error}", self.folder.display()))
            }
            Ok(()) | Err(_) => Ok(()),
        };
        match removed.and_then(|()| self.supervisor.forget(self.id).map_err(|error: StateError| error.to_string())) {
            Ok(()) => Next::Over,
            Err(trouble) => self.wait(Some(trouble)),
        }
    }

    fn wait(&self, trouble: Option<String>) -> Next {
        self.say(trouble);
        Next::Wait(LOOK_INTERVAL)
    }

    fn say(&self, trouble: Option<String>) {
        self.supervisor.set_trouble(self.id, trouble);
    }
}
