//! What is read of a site's databases, and what it means.

use std::sync::Arc;
use std::time::Duration;

use commands::answer::{PreflightReport, ServerReport, StandingReport};
use commands::pinned::Lossless;
use events::check::{Reading, Verdict};
use events::color::{ByColor, Color};
use events::fault::Fault;
use events::intent::{Primary, Server};
use events::terms::DatabaseTerms;

use super::room::Room;
use super::steps::gate::builtin;
use crate::ports::{Database, ServerStanding};

/// How both servers stand; one that can't be reached is a fault, never a guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stands(ByColor<ServerStanding>);

/// The site's database, if the configuration still has one.
pub(super) fn of(room: &Room) -> Result<Arc<dyn Database>, Fault> {
    room.database.clone().ok_or_else(|| Fault::lasting("the configuration has no database any more"))
}

/// How both servers stand.
pub(super) async fn both(database: &dyn Database) -> Result<Stands, Fault> {
    let ByColor { blue, green } = database.standing().await;
    let named = |color: Color| move |fault: Fault| Fault::new(fault.kind, format!("the database of {color}: {fault}"));
    Ok(Stands(ByColor { blue: blue.map_err(named(Color::Blue))?, green: green.map_err(named(Color::Green))? }))
}

impl Stands {
    pub(super) fn servers(&self) -> ByColor<Server> {
        ByColor::from_fn(|color| {
            let stands = self.0.get(color);
            Server { is_open: stands.is_open, follows: stands.channel.is_some() }
        })
    }

    /// Who takes writes.
    pub(super) fn primary(&self) -> Primary {
        Primary::of(&self.servers())
    }

    pub(super) fn positions(&self) -> ByColor<String> {
        ByColor::from_fn(|color| self.0.get(color).position.clone())
    }

    /// A frozen server has nothing that the other one lacks: to open either would lose nothing.
    pub(super) fn not_errant(&self, color: Color) -> Result<(), Fault> {
        match self.0.get(color).ahead {
            Some(0) => Ok(()),
            Some(count) => Err(Fault::unknown(format!(
                "the database of {color} has {count} transactions that the one of {} lacks, although nobody was to \
                 write there: decide by hand what becomes of them",
                color.other()
            ))),
            None => Err(Fault::passing(format!(
                "nobody can say whether the database of {color} has transactions of its own"
            ))),
        }
    }

    /// Each follows the other, and does so right now.
    pub(super) fn are_armed(&self) -> Result<(), Fault> {
        for color in Color::BOTH {
            if let Some(why) = self.follows_badly(color, None) {
                return Err(Fault::lasting(why));
            }
        }
        Ok(())
    }

    /// Why the color is no follower that can be relied on; none if it is one.
    fn follows_badly(&self, color: Color, lag_limit: Option<Duration>) -> Option<String> {
        let other = color.other();
        let Some(channel) = &self.0.get(color).channel else {
            return Some(format!("the database of {color} does not follow the one of {other}"));
        };
        if !channel.is_running {
            return Some(format!("the database of {color} has stopped to follow the one of {other}: {}", channel.note));
        }
        let lag = lag_limit.zip(channel.lag).filter(|(limit, lag)| lag > limit);
        lag.map(|(limit, lag)| {
            format!("the database of {color} is {} s behind, more than {} s", lag.as_secs(), limit.as_secs())
        })
    }
}

/// Why users of `live` could not be brought back without a loss right now; none if they could.
pub(super) async fn why_not_back(database: &dyn Database, live: Color, lag_limit: Duration) -> Option<String> {
    let stands = match both(database).await {
        Ok(stands) => stands,
        Err(fault) => return Some(fault.text),
    };
    for color in Color::BOTH {
        let ServerStanding { is_open, channel, ahead, position, .. } = stands.0.get(color);
        let lag = channel.as_ref().and_then(|it| it.lag);
        tracing::debug!(%color, is_open, ?lag, ?ahead, position, "how the database stands");
    }
    let way_back = live.other();
    let at_fault = match stands.primary() {
        Primary::One(color) if color == live => None,
        Primary::One(color) => Some(format!("the database of {color} takes writes, and users are on {live}")),
        Primary::Nobody => Some("no database takes writes".to_owned()),
        Primary::Both => Some("both databases take writes: freeze one of them now".to_owned()),
    };
    let why = at_fault
        .or_else(|| stands.not_errant(way_back).err().map(|it| it.text))
        .or_else(|| stands.follows_badly(way_back, Some(lag_limit)))
        .or_else(|| stands.follows_badly(live, None))
        .or_else(|| {
            let is_weak = stands.0.get(way_back).is_born_frozen == Some(false);
            is_weak.then(|| format!("the database of {way_back} would take writes after a restart"))
        });
    if why.is_some() {
        return why;
    }
    for color in [live, way_back] {
        if let Some(reading) = database.pointed(color, live).await.filter(|it| it.verdict != Verdict::Pass) {
            return Some(format!("{color} does not use the database of {live}: {}; {}", reading.value, reading.limit));
        }
    }
    None
}

/// Whether a rollback from `live` would lose anything; none for a site whose databases do not cross.
pub(super) async fn lossless(room: &Room, live: Color) -> Option<Lossless> {
    let Some(DatabaseTerms::Replicated(terms)) = &room.terms.database else { return None };
    let database = match of(room) {
        Ok(database) => database,
        Err(fault) => return Some(Lossless::No { why: fault.text, missing: None }),
    };
    let why = match both(database.as_ref()).await {
        // To bring back what nobody brought over is no rollback.
        Ok(stands) if stands.primary() != Primary::One(live) => {
            Some(format!("the database of {live} does not take writes, or not alone: `retry` a run that is stuck"))
        }
        // Whoever is only late catches up while the rollback goes its way.
        Ok(stands) => stands
            .not_errant(live.other())
            .err()
            .map(|it| it.text)
            .or_else(|| stands.follows_badly(live.other(), Some(terms.lag.unsigned_abs().saturating_mul(10)))),
        Err(fault) => Some(fault.text),
    };
    match why {
        None => Some(Lossless::Yes),
        Some(why) => {
            let missing = database.missing(live).await.ok().map(|it| it.count);
            Some(Lossless::No { why, missing })
        }
    }
}

/// Whether the database of `color` takes writes, and no other.
pub(super) async fn primary_is(room: &Room, color: Color) -> Reading {
    let limit = format!("{color} takes writes, and {} does not", color.other());
    let stands = match of(room) {
        Ok(database) => both(database.as_ref()).await,
        Err(fault) => Err(fault),
    };
    match stands.map(|it| it.primary()) {
        Ok(primary) => {
            let value = match primary {
                Primary::One(color) => format!("{color} takes writes"),
                Primary::Nobody => "no database takes writes".to_owned(),
                Primary::Both => "both databases take writes".to_owned(),
            };
            let verdict = if primary == Primary::One(color) { Verdict::Pass } else { Verdict::Fail };
            builtin("primary", "databases", &value, &limit, verdict)
        }
        Err(fault) => builtin("primary", "databases", &fault.text, &limit, Verdict::NoEvidence),
    }
}

impl Room {
    /// What the databases ask for, whatever the log says of who is live.
    pub async fn preflight(&self) -> Result<PreflightReport, Fault> {
        let database = of(self)?;
        let from = match &self.terms.database {
            Some(DatabaseTerms::Replicated(_)) => match both(database.as_ref()).await?.primary() {
                Primary::One(color) => Some(color),
                Primary::Nobody | Primary::Both => None,
            },
            Some(DatabaseTerms::Shared) | None => Some(Color::Blue),
        };
        let readings = match from {
            Some(primary) => database.preflight(primary).await,
            None => Vec::new(),
        };
        Ok(PreflightReport { site: self.name.clone(), from, readings })
    }

    /// How the databases stand.
    pub async fn standing(&self) -> Result<StandingReport, Fault> {
        let ByColor { blue, green } = of(self)?.standing().await;
        let servers = ByColor { blue: reported(blue), green: reported(green) };
        Ok(StandingReport { site: self.name.clone(), servers })
    }
}

fn reported(stands: Result<ServerStanding, Fault>) -> ServerReport {
    match stands {
        Ok(stands) => ServerReport::Stands {
            takes_writes: stands.is_open,
            is_born_frozen: stands.is_born_frozen,
            follows: stands.channel.map(|it| it.to_string()),
            ahead: stands.ahead,
            position: stands.position,
            version: stands.version,
        },
        Err(fault) => ServerReport::Unknown { why: fault.text },
    }
}

/// Whether the color uses the server of `primary`.
pub(super) async fn pointed(room: &Room, color: Color, primary: Color) -> Vec<Reading> {
    match of(room) {
        Ok(database) => database.pointed(color, primary).await.into_iter().collect(),
        Err(fault) => vec![builtin("database", "databases", &fault.text, "a database", Verdict::NoEvidence)],
    }
}

/// Everything that the database asks for before users of `primary` may cross.
pub(super) async fn preflight(room: &Room, primary: Color) -> Vec<Reading> {
    match of(room) {
        Ok(database) => database.preflight(primary).await,
        Err(fault) => vec![builtin("database", "databases", &fault.text, "a database", Verdict::NoEvidence)],
    }
}
