//! Guards on what the idle server replicates, and what the primary must be able to replicate back.

use events::check::Reading;

use super::survey::Survey;
use super::{Sides, held, judged, listed};
use crate::database::mysql::arm;
use crate::database::mysql::channel::Channel;
use crate::database::mysql::settings::Settings;
use crate::database::mysql::shortened;

/// The idle server's channel, judged; no channel is no evidence of anything but itself.
fn of_channel(
    guard: &'static str,
    sides: &Sides,
    limit: &str,
    judge: impl FnOnce(&Channel) -> (bool, String),
) -> Reading {
    judged(guard, sides.idle.color, &sides.idle.channels, limit, |channels| match &channels[..] {
        [only] => judge(only),
        [] => (false, "replicates from nobody".to_owned()),
        several => (false, format!("replicates from {} servers", several.len())),
    })
}

pub(super) fn channel(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let primary = &sides.primary;
    let limit = format!(
        "running from {} by the names of transactions, without an error: mend it (SHOW REPLICA STATUS), then START REPLICA",
        primary.color
    );
    vec![of_channel("channel", sides, &limit, |it| {
        if it.source_identity != primary.variables.identity {
            return (false, format!("{}, which is not the server of {}", it.note(), primary.color));
        }
        if !it.uses_gtids {
            return (false, format!("{}; it finds its place by file and position", it.note()));
        }
        (it.is_running(), it.note())
    })]
}

/// What the primary replicates already: nothing, or the other color; whether that runs is seen to when the ring is armed.
pub(super) fn upstream(settings: &Settings, sides: &Sides) -> Vec<Reading> {
    let (primary, idle) = (&sides.primary, &sides.idle);
    let limit = format!("nobody, or {} without an error: STOP REPLICA and RESET REPLICA ALL there", idle.color);
    vec![judged("upstream", primary.color, &primary.channels, &limit, |channels| match &channels[..] {
        [] => (true, "replicates from nobody".to_owned()),
        [only] => {
            let runs = only.source_identity == idle.variables.identity && only.is_running();
            (runs || (arm::is_of(settings, only, idle.color) && only.error.is_empty()), only.note())
        }
        several => (false, format!("replicates from {} servers", several.len())),
    })]
}

pub(super) fn filters(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let limit = "none: whatever is left out is lost when users cross; take the filters out of its settings";
    let own = |survey: &Survey| {
        judged("filters", survey.color, &survey.channels, limit, |channels| {
            let filters: Vec<String> = channels.iter().flat_map(|it| it.filters.clone()).collect();
            (filters.is_empty(), listed(&filters))
        })
    };
    let logged = |survey: &Survey| {
        judged("log-filters", survey.color, &survey.log_filters, limit, |filters| (filters.is_empty(), listed(filters)))
    };
    vec![own(&sides.primary), own(&sides.idle), logged(&sides.primary), logged(&sides.idle)]
}

pub(super) fn delay(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let limit = "0 s: STOP REPLICA, set the delay to 0, START REPLICA";
    vec![of_channel("delay", sides, limit, |it| (it.delay.is_zero(), format!("{} s", it.delay.as_secs())))]
}

pub(super) fn lag(settings: &Settings, sides: &Sides) -> Vec<Reading> {
    let longest = settings.longest_lag;
    let limit = format!("at most {} s: wait, or give it more appliers", longest.as_secs());
    vec![of_channel("lag", sides, &limit, |it| match it.lag {
        Some(lag) => (lag <= longest, format!("{} s", lag.as_secs())),
        None => (false, "unknown, it does not run".to_owned()),
    })]
}

/// With one applier a busy source is never caught up with.
pub(super) fn appliers(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let check = |it: &Survey| {
        let limit = "at least 1 (4 is usual), or a crossing under load freezes for seconds: raise it in its settings";
        let count = it.variables.appliers;
        held("appliers", it.color, count > 0, format!("{count} in parallel"), limit)
    };
    vec![check(&sides.idle), check(&sides.primary)]
}

/// What the idle server has and the primary never had.
pub(super) fn errant(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let (left, count) = sides.idle.gtids.without(&sides.primary.gtids);
    let value = if count == 0 { "none".to_owned() } else { format!("{count}: {}", shortened(&left.to_string())) };
    let limit = format!(
        "no transaction that {} lacks: it would come back to users' data. Find out who wrote there; build this server anew \
         from the primary, or write empty transactions by those names on the primary",
        sides.primary.color
    );
    vec![held("errant", sides.idle.color, count == 0, value, limit)]
}

/// The primary will want everything of the idle one that it has not.
pub(super) fn purged(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let (left, count) = sides.idle.purged.without(&sides.primary.gtids);
    let value = if count == 0 { "nothing that would be missed".to_owned() } else { shortened(&left.to_string()) };
    let limit = "its log must still have what the primary lacks: build this server anew from the primary";
    vec![held("purged", sides.idle.color, count == 0, value, limit)]
}
