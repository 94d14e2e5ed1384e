//! Pauses: begun, ended by somebody, or ended by their own time. Like every change these block.

use std::num::NonZeroU8;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::{self, Clock as _};
use crate::edge::Edge;
use crate::edge::change::ChangeError;
use crate::edge::share::Gate;
use crate::edge::state::{OnExpiry, Pause, PauseStanding, State, StateError};

/// The longest pause that is granted.
pub const PAUSE_LIMIT: Duration = Duration::from_mins(10);

impl Edge {
    /// Makes later requests wait, for `budget` at the most.
    pub(super) fn pause(
        self: &Arc<Self>,
        budget: Duration,
        on_expiry: OnExpiry,
        key: String,
        instead_of: Option<&str>,
    ) -> Result<(), ChangeError> {
        if budget.is_zero() || budget > PAUSE_LIMIT {
            return Err(ChangeError::BadBudget { budget_ms: budget.as_millis().try_into().unwrap_or(u64::MAX) });
        }
        let mut state = self.lock_state();
        if let Some(earlier) = &state.pause {
            let is_same = earlier.key == key;
            let gives_way = instead_of == Some(earlier.key.as_str());
            match earlier.standing {
                PauseStanding::Holding if is_same => return Ok(()),
                PauseStanding::Released | PauseStanding::Rejecting | PauseStanding::Resumed if is_same => {
                    return Err(ChangeError::PauseOver { key });
                }
                PauseStanding::Holding | PauseStanding::Rejecting if !gives_way => {
                    return Err(ChangeError::PausedBy { key: earlier.key.clone() });
                }
                PauseStanding::Holding
                | PauseStanding::Rejecting
                | PauseStanding::Released
                | PauseStanding::Resumed => {}
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

    /// The one change that is in force before it is on disk: a disk that is full or stuck must not keep users out.
    fn end_pause(self: &Arc<Self>, state: &mut State, standing: PauseStanding) -> Result<(), StateError> {
        if let Some(pause) = &mut state.pause {
            pause.standing = standing;
        }
        self.enforce(state, self.settings.health.healthy);
        state.save(&self.state_file)
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
    /// What it means for requests.
    pub(super) fn gate(self) -> Gate {
        match self {
            Self::Holding => Gate::Held,
            Self::Rejecting => Gate::Shut,
            Self::Released | Self::Resumed => Gate::Open,
        }
    }
}
