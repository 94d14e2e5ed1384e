//! Which slots there are: grown and reduced as targets, on the record alone.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};

use events::color::Color;
use events::fault::Fault;
use jiff::Timestamp;

use super::settings::PortRange;
use super::slot_id::SlotId;
use super::state::{Slot, State};

/// Adds slots until `count` of `color` are not leaving; all of them or none.
pub(super) fn grow(
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
pub(super) fn reduce(state: &mut State, color: Color, keep: &[SlotId]) -> Result<(), Fault> {
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
    use events::fault::FaultKind;

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
