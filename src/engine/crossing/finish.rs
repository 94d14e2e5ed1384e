//! How a crossing ends: forward, or back to what was.

use events::fact::Outcome;
use events::fault::{Fault, FaultKind};
use events::weights::Weights;

use super::super::databases::{self, Stands};
use super::attempt::LOOKS;
use super::{Crossing, plain};
use crate::ports::{EffectKey, Switch};

/// The pause that requests wait by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held(pub(super) EffectKey);

impl Crossing<'_> {
    /// The new primary is open: requests go on, and what is left is cleaned up.
    pub(super) async fn finish(&self, switch: &mut dyn Switch, held: Option<&Held>) -> Result<Outcome, Fault> {
        if held.is_none() {
            self.share(Weights::all_to(self.to)).await?;
        }
        self.go_on(switch, held).await
    }

    /// The same after a death, or for a primary that somebody else has opened: then the log hears of it first.
    pub(super) async fn finish_found(&self, switch: &mut dyn Switch, stands: &Stands) -> Result<Outcome, Fault> {
        if !self.is_promoting {
            self.journal.promoting(self.to, stands.positions(), None).await?;
        }
        self.share(Weights::all_to(self.to)).await?;
        self.go_on(switch, None).await
    }

    /// Both are frozen, and the log says that the new one was about to be opened: nothing else can be.
    pub(super) async fn open_frozen(&self, switch: &mut dyn Switch) -> Result<Outcome, Fault> {
        // Before anything is compared: what somebody wrote since is in it, and nobody writes any more.
        switch.keep_frozen(self.from(), plain(self.terms.freeze)).await?;
        if self.accepts_loss.is_none() {
            self.nothing_stays_behind(switch).await?;
        }
        self.share(Weights::all_to(self.to)).await?;
        switch.open(self.to).await?;
        self.go_on(switch, None).await
    }

    /// Requests go on where users write to the new primary.
    async fn go_on(&self, switch: &mut dyn Switch, held: Option<&Held>) -> Result<Outcome, Fault> {
        if !self.repoints {
            self.resume(held).await?;
            switch.clean_up(self.to).await?;
            return Ok(Outcome::Plain);
        }
        let are_over = self.bring_over(switch).await;
        // Whoever can't write may read: that it did not work is told, and tried again, and nobody waits for it.
        self.resume(held).await?;
        // Nobody is there any more, and it may be the reason for which users left; or be where they go back to.
        let left = self.database.repoint(self.from(), self.to, &self.key).await;
        are_over?;
        match left {
            Ok(()) => Ok(Outcome::Plain),
            Err(fault) => Ok(Outcome::NotPointed { color: self.from(), why: fault.text }),
        }
    }

    /// The color where users are uses the new primary, and has no session left on the old one.
    async fn bring_over(&self, switch: &mut dyn Switch) -> Result<(), Fault> {
        self.database.repoint(self.to, self.to, &self.key).await?;
        switch.clean_up(self.to).await
    }

    async fn resume(&self, held: Option<&Held>) -> Result<(), Fault> {
        match held {
            Some(held) => self.traffic.resume(&held.0).await,
            None => self.let_go().await,
        }
    }

    /// The new primary has everything of the old one. What it has beyond that was written to it while it was open, before it
    /// died: it is to be opened again, so nothing of that is lost.
    async fn nothing_stays_behind(&self, switch: &mut dyn Switch) -> Result<(), Fault> {
        match switch.catch_up(self.from(), plain(self.terms.catch_up)).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.kind == FaultKind::Drift => {
                databases::both(self.database.as_ref()).await?.not_errant(self.from())
            }
            Err(fault) => Err(fault),
        }
    }

    /// What was before: the old primary takes writes, requests are shared as they were, and nobody waits.
    pub(super) async fn restore(&self, switch: &mut dyn Switch, is_frozen: bool) -> Result<(), Fault> {
        if is_frozen {
            switch.reopen(self.to.other()).await?;
        }
        self.share(self.weights).await?;
        self.let_go().await
    }

    /// Too late to begin: what was is restored, and the step has failed.
    pub(super) async fn leave(&self, switch: &mut dyn Switch, stands: &Stands) -> Result<Outcome, Fault> {
        use events::intent::Primary;
        if !self.is_promoting {
            self.restore(switch, stands.primary() == Primary::Nobody).await?;
        }
        Err(Fault::late("no attempt to cross worked out in time"))
    }

    /// Requests are shared like this; somebody else's shares are not ours to overwrite.
    async fn share(&self, weights: Weights) -> Result<(), Fault> {
        let balance = self.traffic.balance().await?;
        let now = balance.weights;
        if now == weights {
            return Ok(());
        }
        if now != self.weights && now != Weights::all_to(self.to) {
            return Err(Fault::drift(format!(
                "somebody else moved requests during the crossing: they were {}, and are {now}",
                self.weights
            )));
        }
        // Each time that it is shared anew has a key of its own, named by the pause that it is shared in.
        let number = balance.pause.and_then(|it| self.number(&it.key)).unwrap_or_default();
        let key = EffectKey(format!("{}/pause/{number}/to-{}", self.key.0, weights.of(self.to)));
        self.traffic.set_weights(weights, &key).await?;
        self.shared(weights).await
    }

    /// What the balancer accepted is so: nobody may be let go before.
    pub(super) async fn shared(&self, weights: Weights) -> Result<(), Fault> {
        let began = self.clock.elapsed();
        let patience = self.write_errors.unwrap_or(plain(self.terms.catch_up));
        loop {
            let now = self.traffic.balance().await?.weights;
            if now == weights {
                return Ok(());
            }
            if self.clock.elapsed().saturating_sub(began) >= patience {
                return Err(Fault::passing(format!("the balancer accepted {weights}, and still shares {now}")));
            }
            self.clock.pause(LOOKS).await;
        }
    }

    /// Whatever pause of this step holds is ended.
    pub(super) async fn let_go(&self) -> Result<(), Fault> {
        let Some(pause) = self.traffic.balance().await?.pause.filter(|it| it.holds) else { return Ok(()) };
        if self.number(&pause.key).is_none() {
            return Err(Fault::passing(format!(
                "requests are paused by {}, not by this run: resume them",
                pause.key.0
            )));
        }
        self.traffic.resume(&pause.key).await
    }

    /// A pause of this step that never was: the balancer remembers the newest one.
    pub(super) async fn next_pause(&self) -> Result<Held, Fault> {
        let newest = self.traffic.balance().await?.pause;
        let number = newest.and_then(|it| self.number(&it.key)).map_or(1, |it| it.saturating_add(1));
        Ok(Held(EffectKey(format!("{}/pause/{number}", self.key.0))))
    }

    /// The number of a pause of this step; none if it is another's.
    fn number(&self, pause: &EffectKey) -> Option<u32> {
        let rest = pause.0.strip_prefix(&self.key.0)?.strip_prefix("/pause/")?;
        rest.split('/').next()?.parse().ok()
    }
}
