//! The log and the state folded from it, kept together: the only memory that the engine has.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use events::actor::Actor;
use events::envelope::{Correlation, EventId, Recorded, Stream};
use events::fact::Event;
use events::fold::{Site, State};
use events::name::SiteName;
use events::number::{Epoch, Position, Version};
use events::wire;
use jiff::Timestamp;
use tokio::sync::{OwnedMutexGuard, watch};

use crate::ports::{AppendError, Expected, Log, ReadError};

/// How many events one read takes; no read stays open longer than one page.
const PAGE: usize = 512;

/// What a fact follows from, and who caused it.
#[derive(Debug, Clone)]
pub struct Cause {
    pub actor: Actor,
    pub correlation: Correlation,
    /// The event that led to it.
    pub causation: Option<EventId>,
    /// What the ids of the facts are derived from: the same cause recorded twice is recorded once.
    pub id: String,
}

/// The log with its fold.
pub struct Book {
    log: Arc<dyn Log>,
    state: Mutex<State>,
    // Held across a read of the log, so that two readers never apply one page twice.
    reading: tokio::sync::Mutex<()>,
    turns: Mutex<BTreeMap<Stream, Arc<tokio::sync::Mutex<()>>>>,
    epoch: Epoch,
}

impl Book {
    /// A book over `log` whose fold so far is `state`; appends carry `epoch`.
    #[must_use]
    pub fn new(log: Arc<dyn Log>, state: State, epoch: Epoch) -> Self {
        #[cfg(feature = "mutants")]
        let log = crate::mutants::log(log);
        Self { log, state: Mutex::new(state), reading: tokio::sync::Mutex::default(), turns: Mutex::default(), epoch }
    }

    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    #[must_use]
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// Nobody has taken over, as far as was read.
    pub fn assert_not_fenced(&self) -> Result<(), AppendError> {
        let current = self.with(|state| state.bot.epoch);
        if current > self.epoch { Err(AppendError::Fenced { epoch: self.epoch, current }) } else { Ok(()) }
    }

    /// The position of the newest durable event, as it moves.
    #[must_use]
    pub fn head(&self) -> watch::Receiver<Position> {
        self.log.head()
    }

    /// Takes in everything that is durable.
    pub async fn catch_up(&self) -> Result<(), ReadError> {
        let _reading = self.reading.lock().await;
        loop {
            let position = self.with(|state| state.position);
            let page = self.log.after(position, PAGE).await?;
            self.with(|state| page.iter().for_each(|it| state.apply(it)));
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// The site with everything that is durable: whoever was woken by [`Book::head`] may be ahead of the fold.
    pub async fn site_now(&self, name: &SiteName) -> Result<Site, ReadError> {
        self.catch_up().await?;
        Ok(self.site(name))
    }

    /// The site as it was when the book last caught up.
    #[must_use]
    pub fn site(&self, name: &SiteName) -> Site {
        let site = self.with(|state| state.site(name));
        #[cfg(feature = "mutants")]
        let site = crate::mutants::folded(site);
        site
    }

    /// The state as it was when the book last caught up.
    #[must_use]
    pub fn state(&self) -> State {
        self.with(|state| state.clone())
    }

    /// Looks at the state as it was when the book last caught up. Everybody else waits meanwhile.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.with(|state| look(state))
    }

    /// The version of a stream when the book last caught up.
    #[must_use]
    pub fn version(&self, stream: &Stream) -> Version {
        if *stream == Stream::bot() {
            return self.with(|state| state.bot.version);
        }
        stream.as_str().parse().map_or(Version(0), |name: SiteName| self.with(|state| state.site(&name).version))
    }

    /// The latest time that any event carries.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.with(|state| state.latest)
    }

    /// Waits for one's turn to write to a stream, first come, first served: who has it decides on what nobody moves
    /// meanwhile. Who writes without it is not kept out, but told that the stream has moved.
    pub async fn turn(&self, stream: &Stream) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.entry(stream.clone()).or_default().clone()
        };
        turn.lock_owned().await
    }

    /// Appends the facts to the stream of a site that was decided upon at `version`, and takes them in.
    pub async fn append(
        &self,
        stream: Stream,
        version: Version,
        cause: &Cause,
        facts: &[Event],
    ) -> Result<Vec<Recorded>, AppendError> {
        #[cfg(feature = "mutants")]
        let facts = &*crate::mutants::about_to_be_recorded(facts);
        let drafts: Result<Vec<_>, _> = (0..)
            .zip(facts)
            .map(|(index, fact): (usize, _)| {
                wire::draft(
                    fact,
                    EventId(format!("{}/{index}", cause.id)),
                    cause.actor.clone(),
                    cause.correlation.clone(),
                    cause.causation.clone(),
                )
            })
            .collect();
        let drafts = drafts.map_err(|error| AppendError::Broken(error.to_string()))?;
        let expected = Expected { stream, version, epoch: self.epoch };
        let recorded = self.log.append(expected, drafts).await?;
        self.catch_up().await.map_err(|error| AppendError::Broken(error.to_string()))?;
        Ok(recorded)
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        // A panic while folding leaves the state of the last whole event: it can be read on.
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
