//! Calls people outside chat when a run needs one, until somebody's system takes the call.

mod webhook;

pub use webhook::Webhook;

use std::sync::Arc;
use std::time::Duration;

use commands::sentence;
use events::actor::Actor;
use events::envelope::{Correlation, Stream};
use events::fact::{Event, RunEvent};
use events::fold::{Run, Site, Stuck};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::book::Cause;
use crate::engine::{Book, Room};
use crate::ports::{Call, Pager};

/// The pause after a call that nobody took; doubles to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Watches one site for runs that wait for a person.
pub struct Alert {
    pub room: Arc<Room>,
    pub book: Arc<Book>,
    pub clock: Arc<dyn Clock>,
    pub pager: Arc<dyn Pager>,
    pub stopped: CancellationToken,
}

impl Alert {
    /// Watches until told to stop.
    pub async fn run(self) {
        let mut head = self.book.head();
        let mut pause = FIRST_PAUSE;
        loop {
            head.mark_unchanged();
            let is_open = match self.book.site_now(&self.room.name).await {
                // Another bot has taken over, and calls.
                Ok(_) if self.book.assert_not_fenced().is_err() => return,
                Ok(site) => !self.is_settled(&site).await,
                Err(error) => {
                    tracing::error!(site = %self.room.name, %error, "whether to call people can't be read");
                    true
                }
            };
            pause = if is_open { (pause * 2).min(LONGEST_PAUSE) } else { FIRST_PAUSE };
            tokio::select! {
                () = self.stopped.cancelled() => return,
                () = self.clock.pause(pause), if is_open => {}
                changed = head.changed(), if !is_open => if changed.is_err() { return },
            }
        }
    }

    /// Whether nobody needs to be called, or somebody's system has just taken the call.
    async fn is_settled(&self, site: &Site) -> bool {
        let waiting = site.run.as_ref().and_then(|run| run.stuck.as_ref().map(|stuck| (run, stuck)));
        match waiting.filter(|(_, stuck)| !stuck.is_called) {
            None => true,
            Some((run, stuck)) => self.call(site, run, stuck).await,
        }
    }

    /// Calls once; true when it was taken, and recorded.
    async fn call(&self, site: &Site, run: &Run, stuck: &Stuck) -> bool {
        let name = &self.room.name;
        let call = Call {
            site: name.to_string(),
            run: run.number.0,
            step: u32::from(stuck.step.0) + 1,
            what: sentence::headline(run.kind, run.color, run.release.as_ref()),
            why: stuck.why.clone(),
            do_now: format!("look at `status` and `why`, then {}", sentence::ways_out(stuck.trouble)),
            key: format!("{name}#{}/{}/{}", run.number, stuck.step, stuck.since),
        };
        if let Err(fault) = self.pager.call(&call).await {
            tracing::error!(site = %name, run = %run.number, %fault, "nobody took the call");
            return false;
        }
        let cause = Cause {
            actor: Actor::system("alert"),
            correlation: Correlation(format!("{name}#{}", run.number)),
            causation: None,
            id: format!("{name}/{}/alert", site.version.next()),
        };
        let fact = Event::Run(RunEvent::PeopleCalled { run: run.number });
        let appended = self.book.append(Stream(name.to_string()), site.version, &cause, &[fact]).await;
        // Not recorded is called again: twice is better than never.
        appended.is_ok()
    }
}
