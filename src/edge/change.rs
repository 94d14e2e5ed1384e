//! Changes that are asked for while the balancer runs: first on disk, then in force. They block.

use std::collections::BTreeSet;
use std::num::NonZeroU8;
use std::sync::{Arc, MutexGuard, PoisonError};

use events::color::{ByColor, Color};
use events::machine::Member;
use events::weights::Weights;

use crate::edge::Edge;
use crate::edge::health::{self, Health};
use crate::edge::member::Slot;
use crate::edge::pause::PAUSE_LIMIT;
use crate::edge::share::{Gate, Roster};
use crate::edge::state::{State, StateError};

/// The most members that a color may have.
const MEMBER_COUNT_LIMIT: usize = 1_000;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChangeError {
    #[error("{machine} is named twice")]
    NamedTwice { machine: String },
    #[error("\"{address}\" of {machine} is not host:port")]
    NoAddress { machine: String, address: String },
    #[error("{0} members are more than {MEMBER_COUNT_LIMIT}")]
    TooMany(usize),
    #[error("a pause must be longer than 0 and at most {} s, not {budget_ms} ms", PAUSE_LIMIT.as_secs())]
    BadBudget { budget_ms: u64 },
    #[error("requests are paused by {key} already; it must be resumed first")]
    PausedBy { key: String },
    #[error("the pause of {key} is over; it is not repeated")]
    PauseOver { key: String },
    #[error("the pause is one of {key}, not of {asked}")]
    OtherPause { key: String, asked: String },
    #[error(transparent)]
    NotSaved(#[from] StateError),
    #[error("requests flow again, but a restart would not know it: {0}")]
    ResumedUnsaved(StateError),
}

impl Edge {
    /// Shares every later request by `weights`.
    pub(super) fn set_weights(self: &Arc<Self>, weights: Weights, key: Option<String>) -> Result<(), ChangeError> {
        let mut state = self.lock_state();
        self.put(&mut state, |next| {
            next.weights = weights;
            next.changed_by = key;
        })
    }

    /// Gives `color` these members and no others.
    pub(super) fn set_members(
        self: &Arc<Self>,
        color: Color,
        members: Vec<Member>,
        key: Option<String>,
    ) -> Result<(), ChangeError> {
        check_members(&members)?;
        let mut state = self.lock_state();
        self.put(&mut state, |next| {
            *next.members.get_mut(color) = members;
            next.changed_by = key;
        })
    }

    pub(super) fn put(self: &Arc<Self>, state: &mut State, amend: impl FnOnce(&mut State)) -> Result<(), ChangeError> {
        let mut next = state.clone();
        amend(&mut next);
        if next != *state {
            next.save(&self.state_file)?;
            *state = next;
            self.enforce(state, self.settings.health.healthy);
        }
        Ok(())
    }

    /// Shares every later request as `state` says; a new member needs so many passes. Called with the state locked, so
    /// that no two changes cross.
    pub(super) fn enforce(self: &Arc<Self>, state: &State, passes_needed: NonZeroU8) {
        let earlier = self.roster.load_full();
        let members = ByColor::from_fn(|color| self.slots(color, state.members.get(color), &earlier, passes_needed));
        let gate = state.pause.as_ref().map_or(Gate::Open, |pause| pause.standing.gate());
        let roster = Arc::new(Roster::new(state.weights, gate, members).continuing(&earlier));
        self.replace_roster(Arc::clone(&roster));
        for slot in Color::BOTH.iter().flat_map(|color| earlier.members.get(*color)) {
            if !roster.members.get(slot.color).iter().any(|it| Arc::ptr_eq(it, slot)) {
                slot.retire();
            }
        }
        if gate != Gate::Held {
            self.let_go();
        }
    }

    /// The members of one color: those that were there before with all that is known of them, the others new.
    fn slots(&self, color: Color, members: &[Member], earlier: &Roster, passes_needed: NonZeroU8) -> Vec<Arc<Slot>> {
        let slot = |member: &Member| {
            if let Some(known) = earlier.members.get(color).iter().find(|slot| slot.member == *member) {
                return Arc::clone(known);
            }
            let slot = Slot::new(color, member.clone(), Health::unproven(passes_needed));
            let asking = health::keep_asking(Arc::clone(&slot), self.settings.health.clone(), self.clock);
            self.chores.spawn(asking);
            slot
        };
        members.iter().map(slot).collect()
    }

    pub(super) fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_members(members: &[Member]) -> Result<(), ChangeError> {
    if members.len() > MEMBER_COUNT_LIMIT {
        return Err(ChangeError::TooMany(members.len()));
    }
    let mut seen = BTreeSet::new();
    for Member { machine, address } in members {
        if !seen.insert(machine) {
            return Err(ChangeError::NamedTwice { machine: machine.to_string() });
        }
        let is_address =
            address.parse::<hyper::http::uri::Authority>().is_ok_and(|it| it.port_u16().is_some_and(|it| it > 0));
        if !is_address || address.contains('@') {
            return Err(ChangeError::NoAddress { machine: machine.to_string(), address: address.clone() });
        }
    }
    Ok(())
}
