//! A sample of every fact and of every variant within one; what is missing here fails to be found by its own type.

mod chats;
mod runs;
mod steps;

pub(crate) use runs::terms;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::actor::Actor;
use crate::chain::Hash;
use crate::chat::{Place, Platform};
use crate::color::{ByColor, Color};
use crate::fact::{
    ApprovalEvent, BotEvent, ClosedBecause, ConfirmationEvent, Event, Found, LeftBecause, LockEvent, OrderEvent,
    QueueEvent, RunKind, SiteEvent, WindowEvent,
};
use crate::machine::Machine;
use crate::name::{CheckName, MachineId, RoleName};
use crate::number::{RunNumber, Ticket};
use crate::release::Release;
use crate::terms::{Slots, WindowTerms};

/// Every fact, in the order of the families.
pub(super) fn all() -> Vec<Event> {
    let mut events: Vec<Event> = complete(sites()).into_iter().map(Event::from).collect();
    events.extend(complete(runs::runs()).into_iter().map(Event::from));
    events.extend(complete(steps::steps()).into_iter().map(Event::from));
    events.extend(complete(approvals()).into_iter().map(Event::from));
    events.extend(complete(confirmations()).into_iter().map(Event::from));
    events.extend(complete(queues()).into_iter().map(Event::from));
    events.extend(complete(windows()).into_iter().map(Event::from));
    events.extend(complete(locks()).into_iter().map(Event::from));
    events.extend(complete(orders()).into_iter().map(Event::from));
    events.extend(complete(bots()).into_iter().map(Event::from));
    events.extend(complete(chats::inboxes()).into_iter().map(Event::from));
    events.extend(complete(chats::chats()).into_iter().map(Event::from));
    events
}

/// These samples, once there is one of each variant that their type knows.
pub(super) fn complete<T: Serialize + DeserializeOwned>(samples: Vec<T>) -> Vec<T> {
    let seen: BTreeSet<String> = samples
        .iter()
        .map(|it| {
            let value = serde_json::to_value(it).unwrap();
            let name = value.as_str().map(str::to_owned);
            name.or_else(|| value.as_object()?.keys().next().cloned()).unwrap_or_else(|| panic!("{value}: no variant"))
        })
        .collect();
    assert_eq!(seen, variants::<T>(), "samples of {}", std::any::type_name::<T>());
    samples
}

/// The names of an enum's variants, as its own refusal of another name lists them.
fn variants<T: DeserializeOwned>() -> BTreeSet<String> {
    let Err(error) = serde_json::from_str::<T>(r#""?""#) else { panic!("? is a variant") };
    let error = error.to_string();
    let (_, known) = error.split_once("expected").unwrap();
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

pub(super) fn at(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-08-10T09:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minute)
}

pub(crate) fn release() -> Release {
    Release { name: "1.42.0".parse().unwrap(), pin: "0a1b2c3d4e".repeat(4).parse().unwrap() }
}

pub(super) fn id(text: &str) -> MachineId {
    text.parse().unwrap()
}

pub(super) fn check() -> CheckName {
    CheckName::fixed("health")
}

pub(super) fn role() -> RoleName {
    RoleName::fixed("releasers")
}

pub(crate) fn machine() -> Machine {
    Machine {
        id: id("green-1"),
        name: "shop green 1".to_owned(),
        address: "10.0.0.7:8080".to_owned(),
        created_at: at(-60),
    }
}

pub(super) fn window_terms() -> WindowTerms {
    WindowTerms {
        lasts: SignedDuration::from_hours(24),
        decommission: Slots { cron: "0 3 * * *".to_owned(), zone: "Europe/Berlin".to_owned() },
        announce: SignedDuration::from_hours(1),
        quiet_for: SignedDuration::from_mins(10),
        prove_every: SignedDuration::from_mins(1),
        quiet: Vec::new(),
    }
}

fn sites() -> Vec<SiteEvent> {
    let found = Found { machines: vec![machine()], release: Some(release()) };
    vec![
        SiteEvent::Adopted { live: None, found: ByColor::default() },
        SiteEvent::Adopted { live: Some(Color::Green), found: ByColor { blue: Found::default(), green: found } },
    ]
}

fn approvals() -> Vec<ApprovalEvent> {
    let (run, plan_hash, reason) = (RunNumber(7), Hash([7; 32]), || "not before the sale".to_owned());
    vec![
        ApprovalEvent::Given { run, plan_hash, role: role() },
        ApprovalEvent::Withdrawn { run },
        ApprovalEvent::Rejected { run, plan_hash, role: role(), reason: reason() },
        ApprovalEvent::Bypassed { run, plan_hash, role: role(), reason: reason() },
    ]
}

fn confirmations() -> Vec<ConfirmationEvent> {
    let asked = |kind, leaves, line: &str| ConfirmationEvent::Asked {
        kind,
        color: Color::Blue,
        leaves,
        line: line.to_owned(),
        confirm: "confirm shop/production 274813".to_owned(),
        plan_hash: Hash([7; 32]),
        expires_at: at(1),
    };
    vec![
        asked(RunKind::Decommission, None, "decommission shop/production --reason \"space\""),
        asked(RunKind::Rollback, Some(3), "rollback shop/production --accept-loss"),
        ConfirmationEvent::Given {},
    ]
}

fn queues() -> Vec<QueueEvent> {
    let ticket = Ticket(3);
    let joined = |place: Option<Place>| QueueEvent::Joined {
        ticket,
        line: "deploy shop@1.42.0 to production".to_owned(),
        brings: place.as_ref().map(|_| "1.42.0".parse().unwrap()),
        groups: place.iter().map(|_| "slack:T01/S01".to_owned()).collect(),
        place,
        expires_at: at(60),
    };
    let place = Place { platform: Platform::Slack, channel: "C01".to_owned(), user: Some("U01".to_owned()) };
    let left = |because| QueueEvent::Left { ticket, because };
    let refused = LeftBecause::Refused { code: "locked".to_owned(), why: "the site is locked".to_owned() };
    let lefts = complete(vec![LeftBecause::Begun, refused, LeftBecause::Cancelled, LeftBecause::Expired]);
    let mut events = vec![joined(None), joined(Some(place))];
    events.extend(lefts.into_iter().map(left));
    events.push(QueueEvent::Told { ticket });
    events
}

fn windows() -> Vec<WindowEvent> {
    let opened = |release, decommission_at| WindowEvent::Opened {
        run: RunNumber(2),
        way_back: Color::Blue,
        release,
        closes_at: at(1440),
        decommission_at,
        terms: window_terms(),
    };
    let closed =
        [ClosedBecause::Decommissioned, ClosedBecause::RolledBack, ClosedBecause::GivenUp, ClosedBecause::Adopted];
    let mut events = vec![
        opened(Some(release()), Some(at(2400))),
        opened(None, None),
        WindowEvent::Extended { closes_at: at(2880), decommission_at: Some(at(3840)) },
        WindowEvent::Held {},
        WindowEvent::Announced { decommission_at: at(2400) },
        WindowEvent::Postponed { decommission_at: None, why: "its slot passed".to_owned() },
        WindowEvent::WayBackLost { why: "blue-1 of blue is gone".to_owned() },
        WindowEvent::WayBackProven {},
    ];
    events.extend(complete(closed.into()).into_iter().map(|because| WindowEvent::Closed { because }));
    events
}

fn locks() -> Vec<LockEvent> {
    let reason = || "schema change".to_owned();
    let until = Some(at(120));
    vec![
        LockEvent::Taken { reason: reason(), until: None },
        LockEvent::Taken { reason: reason(), until },
        LockEvent::Stolen { from: Actor::console(1000), reason: reason(), until: None },
        LockEvent::Stolen { from: Actor::console(1000), reason: reason(), until },
        LockEvent::Released {},
        LockEvent::Expired {},
    ]
}

fn orders() -> Vec<OrderEvent> {
    let refused =
        |verb: Option<&str>, code: &str| OrderEvent::Refused { verb: verb.map(str::to_owned), code: code.to_owned() };
    vec![refused(Some("deploy"), "busy"), refused(None, "unknown_word")]
}

fn bots() -> Vec<BotEvent> {
    vec![BotEvent::Started { build: "0.1.0".to_owned() }, BotEvent::Stopped {}]
}
