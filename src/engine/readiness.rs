//! While a window is open, the way back is proven again and again; when it is lost, people are told at once.

use std::sync::Arc;
use std::time::Duration;

use events::actor::Actor;
use events::check::Verdict;
use events::envelope::{Correlation, Stream};
use events::fact::{Event, WindowEvent};
use events::fold::{Site, Window};
use events::terms::DatabaseTerms;
use tokio_util::sync::CancellationToken;

use super::book::{Book, Cause};
use super::databases;
use super::room::Room;
use super::steps::gate;
use crate::clock::Clock;
use crate::ports::AppendError;

/// How many proofs in a row must fail before the way back is called lost: one may be chance.
const FAILURES: u32 = 2;
/// How soon after the first of them it is proven again.
const AGAIN: Duration = Duration::from_secs(1);
/// The shortest pause between two proofs, whatever the terms say.
const SHORTEST: Duration = Duration::from_millis(100);

/// Watches one site's way back.
pub struct Readiness {
    pub room: Arc<Room>,
    pub book: Arc<Book>,
    pub clock: Arc<dyn Clock>,
    pub stopped: CancellationToken,
}

impl Readiness {
    /// Watches until told to stop. Only reads the world; what it finds is recorded when it is new.
    pub async fn run(self) {
        let mut head = self.book.head();
        let mut failures = 0;
        loop {
            head.mark_unchanged();
            let pause = match self.book.site_now(&self.room.name).await {
                Err(error) => {
                    tracing::warn!(site = %self.room.name, %error, "the way back is not proven: the log can't be read");
                    Some(AGAIN)
                }
                Ok(site) => self.turn(&site, &mut failures).await,
            };
            // Between two proofs an event is no reason to prove again; without a window only an event is.
            let paused = async {
                match pause {
                    Some(pause) => self.clock.pause(pause).await,
                    None => {
                        let _ = head.changed().await;
                    }
                }
            };
            tokio::select! {
                () = self.stopped.cancelled() => return,
                () = paused => {}
            }
        }
    }

    /// One proof, and how long until the next; none when there is no way back to prove.
    async fn turn(&self, site: &Site, failures: &mut u32) -> Option<Duration> {
        let Some(window) = site.window.as_ref().filter(|_| site.run.is_none() && site.parked.is_none()) else {
            *failures = 0;
            return None;
        };
        if let Err(error) = self.prove(site, window, failures).await {
            tracing::warn!(site = %self.room.name, %error, "the state of the way back was not recorded");
        }
        let usual = window.terms.prove_every.unsigned_abs().max(SHORTEST);
        // Whether a failure was chance is not left open for a whole period.
        Some(if 0 < *failures && *failures < FAILURES { usual.min(AGAIN) } else { usual })
    }

    async fn prove(&self, site: &Site, window: &Window, failures: &mut u32) -> Result<(), AppendError> {
        let fault = self.fault(site, window).await;
        *failures = if fault.is_some() { failures.saturating_add(1) } else { 0 };
        let fact = match (fault, &window.lost) {
            (Some(why), None) if *failures >= FAILURES => {
                tracing::error!(site = %self.room.name, why, "the way back is lost");
                WindowEvent::WayBackLost { why }
            }
            (None, Some(_)) => WindowEvent::WayBackProven {},
            (Some(_) | None, _) => return Ok(()),
        };
        let cause = Cause {
            actor: Actor::system("readiness"),
            correlation: Correlation(format!("{}#{}", self.room.name, window.run)),
            causation: None,
            id: format!("{}/{}/readiness", self.room.name, site.version.next()),
        };
        let stream = Stream(self.room.name.to_string());
        match self.book.append(stream, site.version, &cause, &[Event::Window(fact)]).await {
            // The site moved on; the next proof sees how.
            Ok(_) | Err(AppendError::Moved { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Why a rollback would not work right now; none if it would.
    async fn fault(&self, site: &Site, window: &Window) -> Option<String> {
        let color = window.way_back;
        let recorded = &site.environments.get(color).machines;
        match self.room.fleet.machines(color).await {
            Err(fault) => return Some(fault.text),
            Ok(found) => {
                if let Some(gone) = recorded.iter().find(|it| !found.contains(it)) {
                    return Some(format!("{} of {color} is gone", gone.id));
                }
            }
        }
        let checks = &self.room.terms.checks;
        let readings = gate::on_machines(&self.room, color, 1, window.release.as_ref(), checks).await;
        let is_good = readings.iter().all(|it| it.verdict == Verdict::Pass);
        if !is_good {
            return Some(gate::told("while the window is open", &readings));
        }
        let Some(DatabaseTerms::Replicated(terms)) = &self.room.terms.database else { return None };
        match databases::of(&self.room) {
            Ok(database) => databases::why_not_back(database.as_ref(), color.other(), terms.lag.unsigned_abs()).await,
            Err(fault) => Some(fault.text),
        }
    }
}
