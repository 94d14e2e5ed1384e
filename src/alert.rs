//! Calls people outside chat when a run needs one: a webhook that is tried until somebody's system takes it.

use std::sync::Arc;
use std::time::Duration;

use commands::sentence;
use events::actor::Actor;
use events::envelope::{Correlation, Stream};
use events::fact::{Event, RunEvent};
use events::fold::{Run, Site, Stuck};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::secret::SecretValue;
use crate::engine::book::Cause;
use crate::engine::{Book, Room};

/// How long one call may take.
const CALL: Duration = Duration::from_secs(10);
/// The pause after a call that nobody took; doubles to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Watches one site for runs that wait for a person.
pub struct Alert {
    pub room: Arc<Room>,
    pub book: Arc<Book>,
    pub clock: Arc<dyn Clock>,
    pub client: reqwest::Client,
    pub url: SecretValue,
    pub stopped: CancellationToken,
}

/// What is sent: enough to act on, nothing secret.
#[derive(Debug, Serialize)]
struct Call<'a> {
    site: String,
    run: u32,
    step: u32,
    what: String,
    why: &'a str,
    do_now: String,
    /// The same call twice carries the same key.
    key: String,
}

impl Alert {
    /// Watches until told to stop.
    pub async fn run(self) {
        let mut head = self.book.head();
        let mut pause = FIRST_PAUSE;
        loop {
            head.mark_unchanged();
            let is_open = match self.book.site_now(&self.room.name).await {
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
            why: &stuck.why,
            do_now: format!("look at `status` and `why`, then {}", sentence::ways_out(stuck.trouble)),
            key: format!("{name}#{}/{}", run.number, stuck.step),
        };
        let sent = self.client.post(self.url.expose()).timeout(CALL).json(&call).send().await;
        match sent.and_then(reqwest::Response::error_for_status) {
            Ok(_) => {}
            // The address is a secret: an error may name it.
            Err(error) => {
                tracing::error!(site = %name, run = %run.number, error = %error.without_url(), "nobody took the call");
                return false;
            }
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
