//! One attempt to cross, in the order that loses nothing: hold requests, freeze, be equal, share, journal, open. Where nobody
//! waits: freeze, be equal, journal, open, share.

use std::time::Duration;

use events::color::{ByColor, Color};
use events::fact::Outcome;
use events::fault::{Fault, FaultKind};
use events::weights::Weights;

use super::super::databases::Stands;
use super::super::room::Room;
use super::super::steps::Guard;
use super::finish::Held;
use super::{Crossing, plain};
use crate::ports::{Balance, EffectKey, OnExpiry, Pause, Positions, Switch};
use events::intent::Primary;

/// How often it is looked whether the balancer is as far.
pub(super) const LOOKS: Duration = Duration::from_millis(5);

impl Crossing<'_> {
    /// From the old primary to the new one. Until it is journaled any fault is turned back here; what can't be turned
    /// back now, the next look turns back.
    pub(super) async fn attempt(
        &self,
        room: &Room,
        guard: &Guard<'_>,
        switch: &mut dyn Switch,
        stands: &Stands,
    ) -> Result<Outcome, Fault> {
        // What a dead one left behind: frozen servers, requests that wait, shares that were moved.
        self.restore(switch, stands.primary() == Primary::Nobody).await?;
        if self.repoints {
            // Once more to where it is: what would fail behind the point of no return fails here.
            self.database.repoint(self.to, self.from(), &self.key).await?;
        }
        if self.accepts_loss.is_none() {
            stands.are_armed()?;
            // Nothing was touched yet, so nothing is to be decided: somebody mends it, and says it again.
            stands
                .not_errant(self.to)
                .map_err(|it| if it.kind == FaultKind::Unknown { Fault::lasting(it.text) } else { it })?;
            switch.gate(self.from(), plain(self.terms.gate)).await?;
        }
        // Behind that gate, which may wait for long.
        guard.holds(room).await?;
        let crossed = match self.write_errors {
            None => {
                let held = self.hold().await?;
                self.cross_held(switch, &held).await.map(Some)
            }
            Some(within) => self.cross_unheld(switch, within).await.map(|()| None),
        };
        match crossed {
            Ok(held) => self.finish(switch, held.as_ref()).await,
            Err(Stopped::Before(fault)) => {
                // That it could not be undone is seen, and mended, by the next look.
                match self.restore(switch, true).await {
                    Ok(()) => Err(fault),
                    Err(again) => Err(Fault::passing(format!("{fault}; and turning back: {again}"))),
                }
            }
            Err(Stopped::Behind(fault)) => Err(fault),
        }
    }

    /// Requests wait, on the balancer's own timer; until the freeze it lets them go on by itself.
    async fn hold(&self) -> Result<Held, Fault> {
        let held = self.next_pause().await?;
        let pause = Pause {
            budget: plain(self.terms.pause),
            on_expiry: OnExpiry::Release,
            key: held.0.clone(),
            instead_of: None,
        };
        self.traffic.pause(&pause).await?;
        Ok(held)
    }

    async fn cross_held(&self, switch: &mut dyn Switch, held: &Held) -> Result<Held, Stopped> {
        let began = self.clock.elapsed();
        let before = Stopped::Before;
        self.settle(switch).await.map_err(before)?;
        let left = plain(self.terms.pause).saturating_sub(self.clock.elapsed().saturating_sub(began));
        if left <= plain(self.terms.freeze) + plain(self.terms.catch_up) + self.pointing() {
            return Err(before(Fault::passing("there was no time left to freeze in: requests can't wait any longer")));
        }
        switch.freeze(self.from(), plain(self.terms.freeze)).await.map_err(before)?;
        // Side by side: what the balancer does of it may wait for its own disk.
        let (positions, shifted) = futures_util::join!(self.equal(switch), self.shift(held, left));
        let positions = positions.map_err(before)?;
        let held = shifted.map_err(before)?;
        let (positions, leaves) = positions;
        self.journal.promoting(self.to, positions, leaves).await.map_err(before)?;
        switch.open(self.to).await.map_err(Stopped::Behind)?;
        Ok(held)
    }

    /// Nobody waits: writes fail from the freeze until the new primary is where they go.
    async fn cross_unheld(&self, switch: &mut dyn Switch, within: Duration) -> Result<(), Stopped> {
        let before = Stopped::Before;
        let began = self.clock.elapsed();
        switch.freeze(self.from(), plain(self.terms.freeze)).await.map_err(before)?;
        let (positions, leaves) = self.equal(switch).await.map_err(before)?;
        let failed = self.clock.elapsed().saturating_sub(began);
        // A loss that was accepted may take long to be written to a file, and nobody writes meanwhile anyway.
        if self.accepts_loss.is_none() && failed + self.pointing() >= within {
            return Err(before(Fault::passing(format!(
                "writes failed for {} ms before both databases were equal, and may for {} ms in all: cross when there is less \
                 load, or allow more (allow_write_errors)",
                failed.as_millis(),
                within.as_millis()
            ))));
        }
        self.journal.promoting(self.to, positions, leaves).await.map_err(before)?;
        switch.open(self.to).await.map_err(Stopped::Behind)
    }

    /// Nobody is being answered by whoever writes, as far as that can be waited for, and nobody writes.
    async fn settle(&self, switch: &mut dyn Switch) -> Result<(), Fault> {
        let patience = plain(self.terms.settle);
        let began = self.clock.elapsed();
        // A connection that stays open for ever must not keep everybody waiting: who still writes is found below.
        while self.are_answered(&self.traffic.balance().await?) && self.clock.elapsed().saturating_sub(began) < patience
        {
            self.clock.pause(LOOKS).await;
        }
        switch.settle_writers(self.from(), patience).await
    }

    /// Whether anybody is who may write to the old primary.
    fn are_answered(&self, balance: &Balance) -> bool {
        Color::BOTH.into_iter().any(|it| (self.repoints || it == self.from()) && *balance.connections.get(it) > 0)
    }

    /// Both have executed the same; or what only one has is in a file, and how many.
    async fn equal(&self, switch: &mut dyn Switch) -> Result<(ByColor<String>, Option<u64>), Fault> {
        match &self.accepts_loss {
            None => {
                let Positions(positions) = switch.catch_up(self.from(), plain(self.terms.catch_up)).await?;
                Ok((positions, None))
            }
            Some(file) => {
                let leaves = self.database.export_missing(self.from(), file).await?;
                let stands = super::databases::both(self.database.as_ref()).await?;
                Ok((stands.positions(), Some(leaves)))
            }
        }
    }

    /// How long it may take until the color where users are uses the new primary.
    fn pointing(&self) -> Duration {
        self.terms.repoint.map(plain).unwrap_or_default()
    }

    /// The database is frozen: requests that can't wait any longer are refused from here on, and those that can will go
    /// to the new color.
    async fn shift(&self, held: &Held, left: Duration) -> Result<Held, Fault> {
        let firmer = Held(EffectKey(format!("{}/frozen", held.0.0)));
        let pause = Pause {
            budget: left,
            on_expiry: OnExpiry::Reject,
            key: firmer.0.clone(),
            instead_of: Some(held.0.clone()),
        };
        self.traffic.pause(&pause).await?;
        self.traffic.set_weights(Weights::all_to(self.to), &firmer.0).await?;
        self.shared(Weights::all_to(self.to)).await?;
        Ok(firmer)
    }
}

/// Where an attempt stopped.
enum Stopped {
    /// Nothing was opened: everything can be as it was.
    Before(Fault),
    /// The new primary may be open.
    Behind(Fault),
}
