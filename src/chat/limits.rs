//! How much may be said in a minute: by one person, in one channel, to one site.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use events::actor::Actor;
use events::name::SiteName;
use governor::clock::Clock as Measure;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::Place;
use crate::clock::Clock;

/// From how many keys on those are forgotten that have said nothing for a while.
const KEYS: usize = 4_096;

/// How many lines a minute; as many may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    pub person: NonZeroU32,
    pub channel: NonZeroU32,
    pub site: NonZeroU32,
}

impl Default for Rates {
    fn default() -> Self {
        let rate = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self { person: rate(30), channel: rate(120), site: rate(60) }
    }
}

/// What was said too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Person(NonZeroU32),
    Channel(NonZeroU32),
    Site(NonZeroU32),
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whose, rate) = match self {
            Self::Person(rate) => ("of one person", rate),
            Self::Channel(rate) => ("in one channel", rate),
            Self::Site(rate) => ("to one site", rate),
        };
        write!(f, "more than {rate} lines {whose} in a minute are not heard; wait a moment, and say it again")
    }
}

/// Counts what is said.
pub struct Limits {
    rates: Rates,
    people: Counter,
    channels: Counter,
    sites: Counter,
    /// Whether somebody was told lately: a flood is recorded once a minute, not line by line.
    told: Counter,
}

type Counter = RateLimiter<
    String,
    HashMapStateStore<String>,
    Steady,
    governor::middleware::NoOpMiddleware<<Steady as Measure>::Instant>,
>;

/// The bot's clock, as governor asks for it.
#[derive(Clone)]
struct Steady(Arc<dyn Clock>);

impl Measure for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Limits {
    #[must_use]
    pub fn new(rates: Rates, clock: &Arc<dyn Clock>) -> Self {
        let counter = |rate| Counter::new(Quota::per_minute(rate), HashMapStateStore::default(), Steady(clock.clone()));
        let Rates { person, channel, site } = rates;
        let told = counter(NonZeroU32::MIN);
        Self { rates, people: counter(person), channels: counter(channel), sites: counter(site), told }
    }

    /// Counts one line of somebody, in a channel and to a site where it was said there.
    pub fn count(&self, actor: &Actor, place: Option<&Place>, site: Option<&SiteName>) -> Result<(), Over> {
        let is_over = |counter: &Counter, key: &String| {
            if counter.len() > KEYS {
                counter.retain_recent();
            }
            counter.check_key(key).is_err()
        };
        if is_over(&self.people, &actor.to_string()) {
            return Err(Over::Person(self.rates.person));
        }
        if let Some(Place { platform, channel, .. }) = place
            && is_over(&self.channels, &format!("{platform}/{channel}"))
        {
            return Err(Over::Channel(self.rates.channel));
        }
        match site {
            Some(site) if is_over(&self.sites, &site.to_string()) => Err(Over::Site(self.rates.site)),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether it is time to record that somebody says too much.
    pub fn is_news(&self, actor: &Actor) -> bool {
        self.told.check_key(&actor.to_string()).is_ok()
    }
}
