//! What the supervisor is asked on its control socket. Every request names a target: asking twice is asking once.

use std::sync::Arc;

use events::color::Color;
use events::fault::{Fault, FaultKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::slot_id::SlotId;
use super::slots::{grow, reduce};
use super::state::{Exit, Running, StateError, replace};
use super::{Phase, Supervisor, locked};
use crate::clock::Clock as _;
use crate::control::Unreadable;
use crate::process::ProcessId;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// What there is.
    Status {},
    /// At least `count` slots of `color` that are not leaving; answered once they are durable, with a folder and a port.
    Grow { color: Color, count: u16 },
    /// Only the slots `keep` of `color`; answered once that is durable, before the others have ended.
    Reduce { color: Color, keep: Vec<SlotId> },
    /// Another process instead of `process`; if that does not run any more, nothing is done. With none, a slot that
    /// waits before it starts again waits no longer.
    Restart { slot: SlotId, process: Option<ProcessId> },
    /// These settings from now on; a process gets its command and environment at its next start.
    Configure { settings: Settings },
    /// Ends every process gracefully, then the supervisor. Slots stay, and run again under the next supervisor.
    Stop {},
    /// Ends the supervisor alone.
    Detach {},
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Status(Box<Status>),
    /// Accepted, and durable where it must be.
    Done,
    /// Not done.
    Refused(Fault),
}

/// Everything the supervisor says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    pub supervisor: Option<ProcessId>,
    pub is_ending: bool,
    pub settings: Settings,
    pub slots: Vec<SlotStatus>,
}

/// One slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotStatus {
    pub slot: SlotId,
    pub port: u16,
    pub created_at: Timestamp,
    pub is_leaving: bool,
    pub process: Option<Running>,
    /// How often a process ended by itself and was started again.
    pub restarts: u64,
    pub last_exit: Option<Exit>,
    /// Why the slot is not as it is meant to be, for people.
    pub trouble: Option<String>,
}

impl From<Unreadable> for Answer {
    fn from(Unreadable(why): Unreadable) -> Self {
        Self::Refused(Fault::lasting(format!("the request cannot be read: {why}")))
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Self {
        let kind = match error {
            StateError::Unreachable { .. } => FaultKind::Passing,
            StateError::Damaged { .. } | StateError::Impossible { .. } | StateError::NoSuchSlot { .. } => {
                FaultKind::Lasting
            }
        };
        Fault::new(kind, error.to_string())
    }
}

/// Answers one request.
pub(super) fn answer(supervisor: &Supervisor, request: Request) -> Answer {
    let is_ending = supervisor.phase() != Phase::Serving;
    let outcome = match request {
        Request::Status {} => return Answer::Status(Box::new(supervisor.status())),
        Request::Stop {} | Request::Detach {} if is_ending => Ok(()),
        Request::Grow { .. } | Request::Reduce { .. } | Request::Restart { .. } | Request::Configure { .. }
            if is_ending =>
        {
            Err(Fault::passing("the supervisor is ending"))
        }
        Request::Grow { color, count } => supervisor.grow(color, count),
        Request::Reduce { color, keep } => supervisor.reduce(color, &keep),
        Request::Restart { slot, process } => supervisor.restart(slot, process),
        Request::Configure { settings } => supervisor.configure(settings),
        Request::Stop {} => {
            supervisor.phase.send_replace(Phase::Stopping);
            Ok(())
        }
        Request::Detach {} => {
            supervisor.phase.send_replace(Phase::Detaching);
            Ok(())
        }
    };
    outcome.map_or_else(Answer::Refused, |()| Answer::Done)
}

impl Supervisor {
    fn status(&self) -> Status {
        let notes = locked(&self.notes);
        let store = self.store();
        let slots = store.state().slots.iter().map(|(id, slot)| SlotStatus {
            slot: *id,
            port: slot.port,
            created_at: slot.created_at,
            is_leaving: slot.is_leaving,
            process: slot.process.clone(),
            restarts: slot.restarts,
            last_exit: slot.last_exit,
            trouble: notes.get(id).and_then(|note| note.trouble.clone()),
        });
        Status {
            supervisor: ProcessId::of(rustix::process::getpid().as_raw_nonzero().get()),
            is_ending: self.phase() != Phase::Serving,
            settings: Settings::clone(&self.settings()),
            slots: slots.collect(),
        }
    }

    fn grow(&self, color: Color, count: u16) -> Result<(), Fault> {
        let ports = self.settings().ports;
        let now = self.clock.now();
        let is_taken = |id: SlotId| self.slot_folder(id).exists();
        self.store().commit(|state| grow(state, color, count, ports, now, is_taken))??;
        self.grown.notify_one();
        // Also those of an earlier request that got no further.
        for id in self.slots() {
            let folder = self.slot_folder(id);
            std::fs::create_dir_all(&folder)
                .map_err(|error| Fault::passing(format!("{}: {error}", folder.display())))?;
        }
        Ok(())
    }

    fn reduce(&self, color: Color, keep: &[SlotId]) -> Result<(), Fault> {
        self.store().commit(|state| reduce(state, color, keep))??;
        self.wake_all();
        Ok(())
    }

    fn restart(&self, slot: SlotId, process: Option<ProcessId>) -> Result<(), Fault> {
        let recorded = self.slot(slot)?.process.map(|running| running.id);
        let mut notes = locked(&self.notes);
        let note = notes.entry(slot).or_default();
        match (process, recorded) {
            (Some(_), _) => note.restart_of = process,
            (None, None) => note.is_hurried = true,
            // Something runs again: what was wanted.
            (None, Some(_)) => {}
        }
        note.wake.notify_one();
        Ok(())
    }

    fn configure(&self, settings: Settings) -> Result<(), Fault> {
        settings.check().map_err(|error| Fault::lasting(error.to_string()))?;
        let path = &self.settings_path;
        serde_json::to_vec_pretty(&settings)
            .map_err(std::io::Error::from)
            .and_then(|bytes| replace(path, &bytes))
            .map_err(|error| Fault::passing(format!("{}: {error}", path.display())))?;
        *locked(&self.settings) = Arc::new(settings);
        Ok(())
    }

    fn wake_all(&self) {
        locked(&self.notes).values().for_each(|note| note.wake.notify_one());
    }
}
