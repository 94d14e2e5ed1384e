//! What every story is given: names, releases, terms.

use commands::policy::{Policy, Role, Verbs};
use commands::speaker::Speaker;
use events::actor::Actor;
use events::chain::Hash;
use events::fact::RunKind;
use events::name::{CheckName, RoleName, SiteName};
use events::release::Release;
use events::terms::{
    ApprovalTerms, Crossing, DatabaseTerms, Patience, QuietTerms, Retries, Slots, Terms, WindowTerms, WorkersTerms,
};
use jiff::{SignedDuration, Timestamp};

use super::world::Databases;

/// Somebody at the console.
pub(crate) fn person() -> Speaker {
    Speaker::alone(Actor::console(1000))
}

/// A member of the user group that releases.
pub(crate) fn releaser(user: &str) -> Speaker {
    Speaker { groups: ["slack:T01/S09".to_owned()].into(), ..somebody(user) }
}

/// A member of the workspace.
pub(crate) fn somebody(user: &str) -> Speaker {
    Speaker::alone(Actor::slack("T01", user).unwrap())
}

/// Releasers may everything, and so may the console in the role of this name.
pub(crate) fn policy(console: &str) -> Policy {
    let role = |name: &str, members: &[&str]| Role {
        name: name.parse().unwrap(),
        members: members.iter().map(|it| it.parse().unwrap()).collect(),
        may: Verbs::all(),
        on: vec!["shop/*".parse().unwrap()],
        is_emergency: name == "night-watch",
    };
    let mut roles = vec![role("releasers", &["slack:T01/S09"])];
    roles.push(role(console, &["console:1000"]));
    if let [releasers, others] = roles.as_mut_slice()
        && releasers.name == others.name
    {
        releasers.members.append(&mut others.members);
        roles.truncate(1);
    }
    Policy { roles }
}

/// Two of the releasers within an hour, before a deploy.
pub(crate) fn approval() -> ApprovalTerms {
    ApprovalTerms {
        kinds: vec![RunKind::Deploy],
        losses: false,
        role: RoleName::fixed("releasers"),
        count: 2,
        requester_counts: false,
        lasts: SignedDuration::from_hours(1),
    }
}

/// Quiet from nine to ten.
pub(crate) fn mornings() -> QuietTerms {
    QuietTerms {
        begins: Slots { cron: "0 9 * * *".to_owned(), zone: "UTC".to_owned() },
        lasts: SignedDuration::from_hours(1),
        except_roles: vec![RoleName::fixed("night-watch")],
        except_kinds: Vec::new(),
    }
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
        write_errors: None,
        repoint: None,
    };
    Terms { database: Some(DatabaseTerms::Replicated(crossing)), ..terms() }
}

/// The terms of a site whose databases cross like this.
pub(crate) fn crossing_as(pair: &Databases) -> Terms {
    let mut terms = crossing_terms();
    if let Some(DatabaseTerms::Replicated(crossing)) = &mut terms.database {
        crossing.write_errors = pair.write_errors.map(|it| SignedDuration::try_from(it).unwrap());
        crossing.repoint = pair.points.as_ref().map(|_| SignedDuration::from_secs(2));
    }
    terms
}

/// The same terms, with something at work behind the requests.
pub(crate) fn with_workers(terms: Terms, are_seen: bool) -> Terms {
    Terms { workers: Some(WorkersTerms { takes: SignedDuration::from_secs(20), are_seen }), ..terms }
}

/// Whoever speaks in chat, and the console, may say everything.
pub(crate) fn releasers() -> Policy {
    let role = Role {
        name: "releasers".parse().unwrap(),
        members: ["slack:T01/U02", "console:1000"].map(|it| it.parse().unwrap()).into(),
        may: Verbs::all(),
        on: vec!["shop/*".parse().unwrap()],
        is_emergency: false,
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
            quiet: Vec::new(),
            prove_every: minutes(5),
        },
        approvals: Vec::new(),
        database: None,
        workers: None,
    }
}
