//! Changes that are asked for while the balancer runs: first on disk, then in force. All of these block.

use std::collections::BTreeSet;
use std::num::NonZeroU8;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use events::color::{ByColor, Color};
use events::machine::Member;
use events::weights::Weights;
use jiff::Timestamp;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::{self, Clock as _};
use crate::edge::Edge;
use crate::edge::health::{self, Health};
use crate::edge::member::Slot;
use crate::edge::share::{Gate, Roster};
use crate::edge::state::{OnExpiry, Pause, PauseStanding, State, StateError};

/// The longest pause that is granted.
pub(super) const PAUSE_LIMIT: Duration = Duration::from_mins(10);
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

    /// Makes later requests wait, for `budget` at the most.
    pub(super) fn pause(
        self: &Arc<Self>,
        budget: Duration,
        on_expiry: OnExpiry,
        key: String,
    ) -> Result<(), ChangeError> {
        if budget.is_zero() || budget > PAUSE_LIMIT {
            return Err(ChangeError::BadBudget { budget_ms: budget.as_millis().try_into().unwrap_or(u64::MAX) });
        }
        let mut state = self.lock_state();
        if let Some(earlier) = &state.pause {
            let is_same = earlier.key == key;
            match earlier.standing {
                PauseStanding::Holding if is_same => return Ok(()),
                PauseStanding::Released | PauseStanding::Rejecting | PauseStanding::Resumed if is_same => {
                    return Err(ChangeError::PauseOver { key });
                }
                PauseStanding::Holding | PauseStanding::Rejecting => {
                    return Err(ChangeError::PausedBy { key: earlier.key.clone() });
                }
                PauseStanding::Released | PauseStanding::Resumed => {}
            }
        }
        let until = self.clock.now().checked_add(budget).unwrap_or(Timestamp::MAX);
        let pause = Pause { key, until, on_expiry, standing: PauseStanding::Holding };
        self.put(&mut state, |next| next.pause = Some(pause.clone()))?;
        self.end_later(pause, budget);
        Ok(())
    }

    /// Lets requests flow again; nothing paused is fine. With a `key`, only a pause of that key is ended.
    pub(super) fn resume(self: &Arc<Self>, key: Option<String>) -> Result<(), ChangeError> {
        let mut state = self.lock_state();
        let Some(pause) = &state.pause else { return Ok(()) };
        match pause.standing {
            PauseStanding::Released | PauseStanding::Resumed => return Ok(()),
            PauseStanding::Holding | PauseStanding::Rejecting => {}
        }
        if let Some(asked) = key
            && asked != pause.key
        {
            return Err(ChangeError::OtherPause { key: pause.key.clone(), asked });
        }
        // A full disk must not keep users out: here the switch comes even if the file could not be written.
        self.end_pause(&mut state, PauseStanding::Resumed).map_err(ChangeError::ResumedUnsaved)
    }

    /// Puts into force what was loaded at the start. These members were proven before: one pass makes them healthy.
    pub(super) fn take_up(self: &Arc<Self>) {
        let state = self.lock_state();
        self.enforce(&state, NonZeroU8::MIN);
        if let Some(pause) = state.pause.clone().filter(|pause| pause.standing == PauseStanding::Holding) {
            let left = pause.until.duration_since(self.clock.now());
            // A clock that was set back must not make the pause longer than any pause may be.
            self.end_later(pause, Duration::try_from(left).unwrap_or_default().min(PAUSE_LIMIT));
        }
    }

    fn end_later(self: &Arc<Self>, pause: Pause, left: Duration) {
        let edge = Arc::clone(self);
        let timer = self.chores.spawn(async move {
            clock::pause(left).await;
            let expiry = tokio::task::spawn_blocking(move || edge.expire(&pause));
            if let Err(error) = expiry.await {
                tracing::error!(%error, "the end of a pause failed");
            }
        });
        *self.pause_timer.lock().unwrap_or_else(PoisonError::into_inner) = Some(AbortOnDropHandle::new(timer));
    }

    fn expire(self: &Arc<Self>, expired: &Pause) {
        let mut state = self.lock_state();
        if state.pause.as_ref() != Some(expired) {
            return;
        }
        let standing = expired.standing_when_over();
        tracing::warn!(key = expired.key, ?standing, "a pause ended by itself");
        if let Err(error) = self.end_pause(&mut state, standing) {
            // It is the same after a restart: the file says when the pause ends, and how.
            tracing::warn!(%error, "the end of a pause was not written down");
        }
    }

    fn end_pause(self: &Arc<Self>, state: &mut State, standing: PauseStanding) -> Result<(), StateError> {
        if let Some(pause) = &mut state.pause {
            pause.standing = standing;
        }
        let saved = state.save(&self.state_file);
        self.enforce(state, self.settings.health.healthy);
        saved
    }

    fn put(self: &Arc<Self>, state: &mut State, amend: impl FnOnce(&mut State)) -> Result<(), ChangeError> {
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
    fn enforce(self: &Arc<Self>, state: &State, passes_needed: NonZeroU8) {
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

impl Pause {
    /// How it stands once its time is over and nobody has resumed.
    pub(super) fn standing_when_over(&self) -> PauseStanding {
        match self.on_expiry {
            OnExpiry::Release => PauseStanding::Released,
            OnExpiry::Reject => PauseStanding::Rejecting,
        }
    }
}

impl PauseStanding {
    fn gate(self) -> Gate {
        match self {
            Self::Holding => Gate::Held,
            Self::Rejecting => Gate::Shut,
            Self::Released | Self::Resumed => Gate::Open,
        }
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
