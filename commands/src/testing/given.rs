//! What every story is given: names, releases, terms.

use events::actor::Actor;
use events::chain::Hash;
use events::name::{CheckName, SiteName};
use events::release::Release;
use events::terms::{Crossing, DatabaseTerms, Patience, Retries, Slots, Terms, WindowTerms};
use jiff::{SignedDuration, Timestamp};

use crate::speaker::Speaker;

pub(crate) fn name() -> SiteName {
    "shop/production".parse().unwrap()
}

/// Somebody at the console.
pub(crate) fn person() -> Speaker {
    Speaker::alone(Actor::console(1000))
}

pub(crate) fn schedule() -> Speaker {
    Speaker::alone(Actor::system("schedule"))
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A release whose pin follows from its name.
pub(crate) fn release(name: &str) -> Release {
    let digest = Hash::of(name.as_bytes()).to_string();
    Release { name: name.parse().unwrap(), pin: digest.get(..40).unwrap().parse().unwrap() }
}

pub(crate) fn terms() -> Terms {
    let (minutes, seconds) = (SignedDuration::from_mins, SignedDuration::from_secs);
    Terms {
        machine_count: 2,
        checks: vec![CheckName::fixed("health"), CheckName::fixed("search")],
        in_a_row: 3,
        check_every: seconds(5),
        bake: minutes(10),
        patience: Patience {
            grow: minutes(5),
            deliver: minutes(15),
            healthy: minutes(2),
            checks: minutes(3),
            share: minutes(1),
            drain: minutes(4),
            reduce: minutes(6),
            settle: seconds(10),
        },
        retries: Retries { attempts: 3, first_pause: seconds(1), longest_pause: seconds(30) },
        window: WindowTerms {
            lasts: SignedDuration::from_hours(24),
            decommission: Slots { cron: "0 3 * * *".to_owned(), zone: "Europe/Berlin".to_owned() },
            announce: SignedDuration::from_hours(1),
            quiet_for: minutes(10),
            prove_every: minutes(1),
            quiet: Vec::new(),
        },
        approvals: Vec::new(),
        database: None,
        workers: None,
    }
}

/// The same for a site whose databases cross.
pub(crate) fn crossing_terms() -> Terms {
    let seconds = SignedDuration::from_secs;
    let crossing = Crossing {
        gate: seconds(15),
        pause: seconds(10),
        settle: seconds(2),
        freeze: SignedDuration::from_millis(500),
        catch_up: seconds(2),
        lag: seconds(30),
        write_errors: None,
        repoint: None,
    };
    Terms { database: Some(DatabaseTerms::Replicated(crossing)), ..terms() }
}
