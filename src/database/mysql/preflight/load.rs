//! Guards on what runs on the primary, and on what is in it.

use events::check::Reading;

use super::survey::Known;
use super::{Sides, judged, listed};
use crate::database::mysql::settings::Settings;

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
    vec![judged("accounts", primary.color, &primary.privileged, limit, |privileged| {
        let is_theirs = |account: &str| settings.application.iter().any(|it| it.as_str() == account);
        let found = privileged.iter().filter(|(account, _)| is_theirs(account));
        let found: Vec<String> = found.map(|(account, privilege)| format!("{account} has {privilege}")).collect();
        (found.is_empty(), listed(&found))
    })]
}

/// For people: what will run on the other server afterwards.
pub(super) fn events(_: &Settings, sides: &Sides) -> Vec<Reading> {
    let limit = "any: they run on the new primary afterwards";
    vec![judged("events", sides.primary.color, &sides.primary.events, limit, |events| (true, listed(events)))]
}
