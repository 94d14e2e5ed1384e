//! Everything that must be so before users may cross to the other color's database: one guard each, which only reads.

mod load;
mod replication;
mod servers;
pub(super) mod survey;

use events::check::{Reading, Verdict};
use events::color::Color;
use events::fault::Fault;
use events::name::CheckName;

use super::errant;
use super::session::Session;
use super::settings::Settings;
use crate::clock::Clock;
use survey::{Known, Survey};

/// Both servers: the one that takes writes, and the one that is to.
struct Sides {
    primary: Survey,
    idle: Survey,
}

type Guard = fn(&Settings, &Sides) -> Vec<Reading>;

/// In the order in which people would look.
const GUARDS: [Guard; 20] = [
    servers::versions,
    servers::roles,
    servers::binary_log,
    servers::gtids,
    servers::identities,
    servers::durability,
    servers::born_read_only,
    servers::connections,
    replication::channel,
    replication::upstream,
    replication::filters,
    replication::delay,
    replication::lag,
    replication::appliers,
    replication::errant,
    replication::purged,
    load::activity,
    load::tables,
    load::accounts,
    load::events,
];

/// One reading for each guard and server that it looks at.
pub(super) async fn preflight(settings: &Settings, clock: &dyn Clock, primary: Color) -> Vec<Reading> {
    let (own, other) = tokio::join!(survey(settings, primary), survey(settings, primary.other()));
    let reachable = |survey: &Result<(Session, Survey), Fault>, color| match survey {
        Ok((_, survey)) => held("reachable", color, true, survey.version.to_string(), "an answer"),
        Err(fault) => held("reachable", color, false, fault.text.clone(), "an answer"),
    };
    let mut readings = vec![reachable(&own, primary), reachable(&other, primary.other())];
    if let (Ok((mut own, primary)), Ok((other, idle))) = (own, other) {
        // Read after the idle one's: what is missing here was never here.
        let sides = match errant::settled(&mut own, &idle.gtids, clock).await {
            Ok(gtids) => Sides { primary: Survey { gtids, ..primary }, idle },
            Err(_) => Sides { primary, idle },
        };
        readings.extend(GUARDS.iter().flat_map(|guard| guard(settings, &sides)));
        tokio::join!(own.close(), other.close());
    }
    readings
}

async fn survey(settings: &Settings, color: Color) -> Result<(Session, Survey), Fault> {
    let mut session = Session::open(settings, color).await?;
    let survey = survey::read(&mut session, settings.server(color).starts_read_only).await?;
    Ok((session, survey))
}

/// What a guard says: what was read, and what it must be, with what to do where it is not.
fn held(guard: &'static str, color: Color, is_so: bool, value: impl Into<String>, limit: impl Into<String>) -> Reading {
    Reading {
        check: CheckName::fixed(guard),
        subject: color.to_string(),
        value: value.into(),
        limit: limit.into(),
        verdict: if is_so { Verdict::Pass } else { Verdict::Fail },
    }
}

/// What a guard says of something that might not have been read; then it has no evidence.
fn judged<T>(
    guard: &'static str,
    color: Color,
    known: &Known<T>,
    limit: &str,
    judge: impl FnOnce(&T) -> (bool, String),
) -> Reading {
    match known {
        Ok(value) => {
            let (is_so, value) = judge(value);
            held(guard, color, is_so, value, limit)
        }
        Err(fault) => Reading { verdict: Verdict::NoEvidence, ..held(guard, color, false, fault.text.clone(), limit) },
    }
}

/// A list as people read it.
fn listed(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
