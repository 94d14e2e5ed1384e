//! What every story is given: names, releases, terms.

use commands::policy::{Policy, Role, Verbs};
use commands::speaker::Speaker;
use events::actor::Actor;
use events::chain::Hash;
use events::name::{CheckName, SiteName};
use events::release::Release;
use events::terms::{Crossing, DatabaseTerms, Patience, Retries, Slots, Terms, WindowTerms};
use jiff::{SignedDuration, Timestamp};

/// Somebody at the console.
pub(crate) fn person() -> Speaker {
    Speaker::alone(Actor::console(1000))
}

pub(crate) fn site() -> SiteName {
    "shop/production".parse().unwrap()
}

/// A Monday morning.
pub(crate) fn morning() -> Timestamp {
    "2026-08-10T09:00:00Z".parse().unwrap()
}

/// A release whose pin follows from its name.
pub(crate) fn release(name: &str) -> Release {
    let digest = Hash::of(name.as_bytes()).to_string();
    Release { name: name.parse().unwrap(), pin: digest.get(..40).unwrap().parse().unwrap() }
}

/// The terms of a site whose databases cross.
pub(crate) fn crossing_terms() -> Terms {
    let seconds = SignedDuration::from_secs;
    let crossing = Crossing {
        gate: seconds(15),
        pause: seconds(10),
        settle: seconds(1),
        freeze: SignedDuration::from_millis(500),
        catch_up: seconds(2),
        lag: seconds(30),
    };
    Terms { database: Some(DatabaseTerms::Replicated(crossing)), ..terms() }
}

/// Whoever speaks in chat, and the console, may say everything.
pub(crate) fn releasers() -> Policy {
    let role = Role {
        name: "releasers".parse().unwrap(),
        members: ["slack:T01/U02", "console:1000"].map(|it| it.parse().unwrap()).into(),
        may: Verbs::all(),
        on: vec!["shop/*".parse().unwrap()],
    };
    Policy { roles: vec![role] }
}

/// Two machines, one check, and a window of half an hour: short enough to live through thousands of times.
pub(crate) fn terms() -> Terms {
    let (minutes, seconds) = (SignedDuration::from_mins, SignedDuration::from_secs);
    Terms {
        machine_count: 2,
        checks: vec![CheckName::fixed("health")],
        in_a_row: 2,
        check_every: seconds(2),
        bake: seconds(6),
        patience: Patience {
            grow: minutes(2),
            deliver: minutes(5),
            healthy: minutes(1),
            checks: minutes(1),
            share: minutes(1),
            drain: seconds(30),
            reduce: minutes(2),
            settle: seconds(5),
        },
        retries: Retries { attempts: 4, first_pause: seconds(1), longest_pause: seconds(10) },
        window: WindowTerms {
            lasts: minutes(30),
            decommission: Slots { cron: "*/10 * * * *".to_owned(), zone: "Europe/Berlin".to_owned() },
            announce: minutes(10),
            quiet_for: seconds(10),
            prove_every: minutes(5),
        },
        database: None,
    }
}
