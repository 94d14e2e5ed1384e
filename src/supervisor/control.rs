//! What the supervisor is asked on its control socket. Every request names a target: asking twice is asking once.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use events::color::Color;
use events::fault::{Fault, FaultKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::settings::{PortRange, Settings};
use super::slot_id::SlotId;
use super::state::{Exit, Running, Slot, State, StateError, replace};
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

/// Adds slots until `count` of `color` are not leaving; all of them or none.
fn grow(
    state: &mut State,
    color: Color,
    count: u16,
    ports: PortRange,
    created_at: Timestamp,
    is_taken: impl Fn(SlotId) -> bool,
) -> Result<(), Fault> {
    let before = state.clone();
    let mut used: BTreeSet<u16> = state.slots.values().map(|slot| slot.port).collect();
    let staying = state.slots.iter().filter(|(id, slot)| id.color == color && !slot.is_leaving).count();
    for _ in staying..usize::from(count) {
        let Some(port) = ports.iter().find(|port| !used.contains(port) && is_free(*port)) else {
            *state = before;
            return Err(Fault::lasting(format!("no port of {ports} is free for another {color} process")));
        };
        used.insert(port);
        // A folder that nobody remembers is left for a person to look at.
        let free = (1..=u16::MAX)
            .map(|number| SlotId { color, number })
            .find(|id| !state.slots.contains_key(id) && !is_taken(*id));
        let Some(id) = free else {
            *state = before;
            return Err(Fault::lasting(format!("every number of a {color} slot is taken")));
        };
        state.slots.insert(
            id,
            Slot { port, created_at, is_leaving: false, generation: 0, restarts: 0, last_exit: None, process: None },
        );
    }
    Ok(())
}

/// Marks all slots of `color` but `keep` as leaving. What is to be kept must be there.
fn reduce(state: &mut State, color: Color, keep: &[SlotId]) -> Result<(), Fault> {
    for id in keep {
        if id.color != color || state.slots.get(id).is_none_or(|slot| slot.is_leaving) {
            return Err(Fault::drift(format!("{id} is to be kept, and is not among the {color} slots")));
        }
    }
    for (id, slot) in &mut state.slots {
        slot.is_leaving |= id.color == color && !keep.contains(id);
    }
    Ok(())
}

/// Whether nobody listens on the port, here or on every address of the machine.
fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervisor::state::Store;

    fn grown(state: &mut State, color: Color, count: u16) -> Result<(), Fault> {
        grow(state, color, count, "20000-60000".parse().unwrap(), Timestamp::UNIX_EPOCH, |_| false)
    }

    fn empty() -> State {
        let folder = tempfile::tempdir().unwrap();
        Store::open(folder.path()).unwrap().state().clone()
    }

    fn slots(state: &State) -> String {
        let spell = |(id, slot): (&SlotId, &Slot)| format!("{id}{}", if slot.is_leaving { " leaving" } else { "" });
        state.slots.iter().map(spell).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn growing_twice_is_growing_once_and_never_takes_away() {
        let mut state = empty();
        grown(&mut state, Color::Green, 2).unwrap();
        let once = state.clone();
        grown(&mut state, Color::Green, 2).unwrap();
        grown(&mut state, Color::Green, 1).unwrap();
        assert_eq!(state, once);
        let ports: BTreeSet<u16> = state.slots.values().map(|slot| slot.port).collect();
        assert_eq!(ports.len(), 2);
    }

    #[test]
    fn what_leaves_does_not_count_and_its_name_is_not_given_again() {
        let mut state = empty();
        grown(&mut state, Color::Green, 2).unwrap();
        grown(&mut state, Color::Blue, 1).unwrap();
        reduce(&mut state, Color::Green, &["green-2".parse().unwrap()]).unwrap();
        grown(&mut state, Color::Green, 2).unwrap();
        assert_eq!(slots(&state), "blue-1, green-1 leaving, green-2, green-3");
    }

    #[test]
    fn a_slot_that_is_to_be_kept_must_be_there() {
        let mut state = empty();
        grown(&mut state, Color::Green, 1).unwrap();
        let before = state.clone();
        for missing in ["green-2", "blue-1"] {
            let fault = reduce(&mut state, Color::Green, &[missing.parse().unwrap()]).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Drift);
            assert_eq!(state, before);
        }
    }

    #[test]
    fn too_few_ports_give_no_slot_at_all() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let mut state = empty();
        let range = format!("{port}-{port}").parse().unwrap();
        assert!(grow(&mut state, Color::Blue, 1, range, Timestamp::UNIX_EPOCH, |_| false).is_err());
        assert_eq!(slots(&state), "");
    }
}
