//! Guards on what runs on the primary, and on what is in it.

use std::collections::BTreeSet;

use events::check::Reading;

use super::survey::Known;
use super::{Sides, judged, listed};
use crate::database::mysql::seams;
use crate::database::mysql::settings::{Name, Settings};

/// What would make a freeze wait, or be refused by it.
pub(super) fn activity(settings: &Settings, sides: &Sides) -> Vec<Reading> {
    let (primary, longest) = (&sides.primary, settings.longest_transaction);
    let limit = format!("none open for more than {} s: wait for it, or end it by KILL", longest.as_secs());
    let transactions = judged("transactions", primary.color, &primary.transactions, &limit, |open| {
        let long = open.iter().filter(|it| it.age > longest);
        let long: Vec<String> =
            long.map(|it| format!("{} (connection {}, for {} s)", it.account, it.id, it.age.as_secs())).collect();
        (long.is_empty(), listed(&long))
    });
    let limit = "none running: wait for it, or end it by KILL";
    let definitions = judged("definitions", primary.color, &primary.definitions, limit, |running| {
        (running.is_empty(), listed(running))
    });
    let limit = "none prepared: XA RECOVER shows them; XA COMMIT or XA ROLLBACK each";
    let prepared =
        judged("prepared", primary.color, &primary.prepared, limit, |count| (*count == 0, count.to_string()));
    vec![transactions, definitions, prepared]
}

pub(super) fn tables(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let primary = &sides.primary;
    let check = |guard, known: &Known<Vec<String>>, limit: &str, is_fatal: bool| {
        judged(guard, primary.color, known, limit, |found| (found.is_empty() || !is_fatal, listed(found)))
    };
    vec![
        check("engines", &primary.other_engines, "InnoDB alone: ALTER TABLE … ENGINE = InnoDB", true),
        // Slow, and no loss.
        check("keys", &primary.without_key, "best none: a table without a primary key is applied slowly", false),
    ]
}

/// Whoever may write to a read-only server is not frozen by anything.
pub(super) fn accounts(settings: &Settings, sides: &Sides) -> Vec<Reading> {
    let primary = &sides.primary;
    let limit = "no privilege to write to a read-only server: REVOKE it from the application's accounts";
    let known = primary.privileged.clone().and_then(|privileged| Ok((privileged, primary.roles.clone()?)));
    vec![judged("accounts", primary.color, &known, limit, |(privileged, roles)| {
        let mut found = Vec::new();
        for account in settings.application.iter().map(Name::as_str) {
            let given = roles_of(account, roles);
            found.extend(privileged.iter().filter_map(|(who, privilege)| match given.get(who) {
                _ if who == account => Some(format!("{account} has {privilege}")),
                Some(role) if seams::roles_are_given() => Some(format!("{account} has {privilege} by {role}")),
                Some(_) | None => None,
            }));
        }
        (found.is_empty(), listed(&found))
    })]
}

/// The roles that an account was given, and those that these were given.
fn roles_of(account: &str, roles: &[(String, String)]) -> BTreeSet<String> {
    let mut given = BTreeSet::new();
    loop {
        let has = |it: &String| it == account || given.contains(it);
        let more: Vec<String> = roles.iter().filter(|(who, _)| has(who)).map(|(_, role)| role.clone()).collect();
        let before = given.len();
        given.extend(more);
        if given.len() == before {
            return given;
        }
    }
}

/// What will run on the other server afterwards, and whether it would.
pub(super) fn events(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let (primary, idle) = (&sides.primary, &sides.idle);
    let limit = "any: they run on the new primary afterwards";
    let found = judged("events", primary.color, &primary.events, limit, |events| (true, listed(events)));
    let limit =
        "ON where events run now, or none would run afterwards: SET GLOBAL event_scheduler = ON, and in its settings";
    let scheduler = judged("scheduler", idle.color, &primary.events, limit, |events| {
        let run_now = primary.variables.schedules && !events.is_empty();
        let state = if idle.variables.schedules { "ON" } else { "not ON" };
        (idle.variables.schedules || !run_now, format!("event_scheduler {state}"))
    });
    vec![found, scheduler]
}
