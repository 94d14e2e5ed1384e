//! What cannot be parks the site, and what can be is folded as it says.

use jiff::{SignedDuration, Timestamp};

mod crossing;
mod run;

use super::*;
use crate::chain::Hash;
use crate::color::{ByColor, Color};
use crate::envelope::{Correlation, EventId};
use crate::fact::{
    Answer, BotEvent, Cause, ClosedBecause, Event, Found, Heading, LockEvent, Outcome, RunEvent, RunKind, RunOutcome,
    SiteEvent, StepEvent, Trouble, WindowEvent,
};
use crate::fault::Fault;
use crate::intent::{FleetIntent, Image, Intent, WayBack};
use crate::number::{Attempt, Epoch, RunNumber, StepIndex, Version};
use crate::plan::{Plan, Step};
use crate::wire::{self, samples};

const FIRST: StepIndex = StepIndex(0);
const SECOND: StepIndex = StepIndex(1);
const RUN: RunNumber = RunNumber(1);

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
}

/// The site after these facts, and why it is parked if it is.
fn folded(facts: &[Event]) -> (Site, Option<String>) {
    let mut state = State::default();
    for (number, fact) in (1..).zip(facts) {
        let spelled = wire::encode(fact).unwrap();
        state.apply(&Recorded {
            position: Position(number),
            event_id: EventId(number.to_string()),
            stream: Stream("shop/production".to_owned()),
            version: Version(number),
            kind: spelled.kind,
            schema_version: spelled.schema_version,
            recorded_at: at(0),
            actor: Actor::console(1000),
            correlation: Correlation(String::new()),
            causation: None,
            epoch: Epoch(1),
            payload: spelled.payload,
            previous_hash: Hash([0; 32]),
            hash: Hash([0; 32]),
        });
    }
    let site = state.site(&"shop/production".parse().unwrap());
    (site.clone(), site.parked.map(|it| it.why))
}

fn adopted() -> Event {
    let blue = Found { machines: vec![samples::machine()], release: Some(samples::release()) };
    SiteEvent::Adopted { live: Some(Color::Blue), found: ByColor { blue, green: Found::default() } }.into()
}

fn plan() -> Plan {
    let intent = Intent::Fleet(FleetIntent::GrowTo { color: Color::Green, count: 2 });
    let step = Step::Change { intent, within: SignedDuration::from_mins(5) };
    Plan::try_from(vec![step.clone(), step]).unwrap()
}

fn requested(run: u32, color: Color, hash: Hash) -> Event {
    RunEvent::Requested {
        run: RunNumber(run),
        kind: RunKind::Deploy,
        color,
        release: Some(samples::release()),
        plan: plan(),
        plan_hash: hash,
        terms: Box::new(samples::terms()),
        reason: None,
    }
    .into()
}

fn begun(step: StepIndex) -> Event {
    let way_back = WayBack::By(Intent::Fleet(FleetIntent::ReduceTo { color: Color::Green, keep: vec![] }));
    let before = Some(Image::Machines(vec![]));
    StepEvent::Begun { run: RUN, step, before, way_back, deadline: at(5) }.into()
}

fn final_begun(step: StepIndex) -> Event {
    let way_back = WayBack::Never { why: "gone is gone".to_owned() };
    StepEvent::Begun { run: RUN, step, before: Some(Image::Machines(vec![])), way_back, deadline: at(5) }.into()
}

fn reached(step: StepIndex) -> Event {
    StepEvent::Answered { run: RUN, step, answer: Answer::Reached(Outcome::Plain) }.into()
}

fn failed(step: StepIndex) -> Event {
    StepEvent::Answered { run: RUN, step, answer: Answer::Failed(Fault::unknown("?")) }.into()
}

fn undo_begun(step: StepIndex) -> Event {
    StepEvent::UndoBegun { run: RUN, step, deadline: at(9) }.into()
}

fn undone(step: StepIndex) -> Event {
    StepEvent::UndoAnswered { run: RUN, step, answer: Answer::Reached(Outcome::Plain) }.into()
}

fn asked(step: StepIndex, heading: Heading) -> Event {
    StepEvent::Asked { run: RUN, step, heading, attempt: Attempt(1), settles_by: at(1) }.into()
}

fn aborted() -> Event {
    RunEvent::Aborted { run: RUN, cause: Cause::Person { reason: None }, settles_by: at(1) }.into()
}

fn stuck(step: StepIndex) -> Event {
    RunEvent::Stuck { run: RUN, step, trouble: Trouble::OutcomeUnknown, why: "?".to_owned() }.into()
}

fn finished(outcome: RunOutcome) -> Event {
    RunEvent::Finished { run: RUN, outcome }.into()
}

fn resumed() -> Event {
    RunEvent::Resumed { run: RUN, deadline: at(20) }.into()
}

fn skipped(step: StepIndex) -> Event {
    StepEvent::Skipped { run: RUN, step, reason: "x".to_owned() }.into()
}

fn opened() -> Event {
    WindowEvent::Opened {
        run: RUN,
        way_back: Color::Green,
        release: None,
        closes_at: at(60),
        decommission_at: Some(at(90)),
        terms: samples::terms().window,
    }
    .into()
}

/// A site with an open run, and then these.
fn after(facts: &[Event]) -> (Site, Option<String>) {
    let mut all = vec![adopted(), requested(1, Color::Green, plan().hash())];
    all.extend_from_slice(facts);
    folded(&all)
}

#[test]
fn a_window_is_opened_once_and_announces_only_its_own_slot() {
    let with = |facts: &[Event]| folded(&[&[adopted()], facts].concat());
    let announced = |minute| Event::from(WindowEvent::Announced { decommission_at: at(minute) });
    let held = Event::from(WindowEvent::Held {});
    let postponed = Event::from(WindowEvent::Postponed { decommission_at: None, why: "x".to_owned() });
    let impossible: Vec<(Vec<Event>, &str)> = vec![
        (vec![held.clone()], "there is no window"),
        (vec![opened(), opened()], "a window was opened while another was open"),
        (vec![opened(), announced(91)], "a decommission was announced for another time than its own"),
        (vec![opened(), held.clone(), announced(90)], "a decommission was announced that is not scheduled"),
        (vec![opened(), postponed.clone(), announced(90)], "a decommission was announced that is not scheduled"),
        (vec![opened(), held.clone(), postponed.clone()], "a held window has no decommission to postpone"),
    ];
    for (facts, expected) in impossible {
        assert_eq!(with(&facts).1.unwrap_or_default(), expected, "{facts:?}");
    }
    let extended = Event::from(WindowEvent::Extended { closes_at: at(99), decommission_at: Some(at(120)) });
    for change in [held, postponed, extended] {
        let (site, parked) = with(&[opened(), announced(90), change]);
        assert_eq!((parked, site.window.unwrap().announced), (None, None));
    }
    let lost = Event::from(WindowEvent::WayBackLost { why: "gone".to_owned() });
    assert_eq!(with(&[opened(), lost.clone()]).0.window.unwrap().lost.as_deref(), Some("gone"));
    assert_eq!(with(&[opened(), lost, WindowEvent::WayBackProven {}.into()]).0.window.unwrap().lost, None);
    let closed = Event::from(WindowEvent::Closed { because: ClosedBecause::GivenUp });
    assert_eq!(with(&[opened(), closed]).0.window, None);
}

#[test]
fn a_lock_names_its_owner_and_is_released_once() {
    let taken = |reason: &str| Event::from(LockEvent::Taken { reason: reason.to_owned(), until: None });
    let released = Event::from(LockEvent::Released {});
    let (site, _) = folded(&[taken("one"), taken("two")]);
    let expected = Lock { reason: "two".to_owned(), owner: Actor::console(1000), since: at(0), until: None };
    assert_eq!(site.lock, Some(expected));
    assert_eq!(folded(&[taken("one"), released.clone()]).0.lock, None);
    assert_eq!(folded(&[released]).1.unwrap_or_default(), "a lock was released that nobody held");
}

#[test]
fn the_bot_has_a_stream_of_its_own() {
    let (_, parked) = folded(&[BotEvent::Stopped {}.into()]);
    assert_eq!(parked.unwrap_or_default(), "an event that is not a site's stands in the stream of a site");
}
