//! Golden bytes: every fact as it was ever written must still be read, and is written today as it was.

use expect_test::expect;
use serde_json::Value;

use super::*;
use crate::fold;

/// One line per fact, in the order of the families: `kind version payload`.
const GOLDEN: &str = include_str!("golden.txt");

#[test]
fn every_fact_ever_written_is_read_and_written_the_same() {
    let mut kinds = Vec::new();
    for (number, line) in GOLDEN.lines().enumerate() {
        let mut parts = line.splitn(3, ' ');
        let (kind, version, payload) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let event = decode_with(upcast::ALL, kind, version.parse().unwrap(), payload)
            .unwrap_or_else(|error| panic!("golden line {}: {error}", number + 1));
        let spelled = encode(&event).unwrap();
        assert_eq!(spelled.kind, kind);
        if spelled.schema_version.to_string() == version {
            assert_eq!(spelled.payload, payload, "golden line {}", number + 1);
        }
        kinds.push(kind);
    }
    kinds.dedup();
    expect!["SiteAdopted RunRequested RunAborted RunStuck RunResumed RunPeopleCalled RunFinished StepBegun StepAsked StepFaulted StepPromoting StepAnswered StepSkipped StepUndoBegun StepUndoAnswered ApprovalGiven ApprovalWithdrawn ApprovalRejected ApprovalBypassed ConfirmationAsked ConfirmationGiven QueueJoined QueueLeft QueueTold WindowOpened WindowExtended WindowHeld WindowAnnounced WindowPostponed WindowWayBackLost WindowWayBackProven WindowClosed LockTaken LockStolen LockReleased LockExpired OrderRefused BotStarted BotStopped InboxReceived InboxAnswered InboxUnanswered ChatFollowed ChatBegun ChatPosted ChatEnded ChatLost ChatDetailBegun ChatDetailPosted"]
    .assert_eq(&kinds.join(" "));
}

/// A new fact or variant needs a sample, and the sample a line: then it is spelled like that for ever.
#[test]
fn no_fact_and_no_variant_is_missing_from_the_goldens() {
    let line = |event: &Event| {
        let Spelled { kind, schema_version, payload } = encode(event).unwrap();
        format!("{kind} {schema_version} {payload}")
    };
    let missing: Vec<String> =
        samples::all().iter().map(line).filter(|line| !GOLDEN.lines().any(|it| it == line)).collect();
    assert!(missing.is_empty(), "these lines are missing from golden.txt:\n{}", missing.join("\n"));
}

/// The log refuses control characters: a fact that could not be recorded would keep its site from going on.
#[test]
fn no_control_character_is_written() {
    let reason = (0..0xa5).filter_map(char::from_u32).collect::<String>();
    let event = Event::Lock(crate::fact::LockEvent::Taken { reason, until: None });
    let spelled = encode(&event).unwrap();
    assert!(!spelled.payload.chars().any(char::is_control), "{}", spelled.payload);
    assert_eq!(decode_with(upcast::ALL, "LockTaken", 1, &spelled.payload), Ok(event));
}

#[test]
fn an_unknown_or_newer_fact_is_named() {
    let read = |kind, version, payload| decode_with(upcast::ALL, kind, version, payload).unwrap_err().to_string();
    expect!["MoonLanded is not a fact that this build knows"].assert_eq(&read("MoonLanded", 1, "{}"));
    expect!["RunExploded is not a fact that this build knows"].assert_eq(&read("RunExploded", 1, "{}"));
    expect!["Run is not a fact that this build knows"].assert_eq(&read("Run", 1, "{}"));
    expect!["LockReleased has version 9; this build knows up to 1"].assert_eq(&read("LockReleased", 9, "{}"));
    assert!(read("LockReleased", 1, r#"{"extra":1}"#).contains("unknown field `extra`"));
    assert!(read("LockTaken", 1, "{").starts_with("LockTaken does not have the shape of its version"));
    assert!(read("Lock\":1,\"x", 1, "{}").contains("not a fact"));
}

#[test]
fn an_old_spelling_is_raised_a_version_at_a_time() {
    #[expect(clippy::needless_pass_by_value, reason = "an upcast takes the old payload and gives the new one")]
    fn owner_to_reason(value: Value) -> Value {
        Value::Object([("reason".to_owned(), value["because"].clone())].into_iter().collect())
    }
    let upcasts = [Upcast { kind: "LockTaken", from: 1, raise: owner_to_reason }];
    let event = decode_with(&upcasts, "LockTaken", 1, r#"{"because":"schema change"}"#).unwrap();
    assert_eq!(event, Event::Lock(crate::fact::LockEvent::Taken { reason: "schema change".to_owned(), until: None }));
    assert_eq!(upcast::current(&upcasts, "LockTaken"), 2);
    assert_eq!(upcast::current(&upcasts, "LockReleased"), 1);
}

#[test]
fn an_event_that_cannot_be_understood_parks_its_site_and_no_other() {
    let mut state = fold::State::default();
    let event = |position: u64, stream: &str, version: u64, kind: &str, payload: &str| Recorded {
        position: crate::number::Position(position),
        event_id: EventId(position.to_string()),
        stream: crate::envelope::Stream(stream.to_owned()),
        version: crate::number::Version(version),
        kind: kind.to_owned(),
        schema_version: 1,
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        actor: Actor::console(0),
        correlation: Correlation(String::new()),
        causation: None,
        epoch: crate::number::Epoch(1),
        payload: payload.to_owned(),
        previous_hash: crate::chain::Hash([0; 32]),
        hash: crate::chain::Hash([0; 32]),
    };
    state.apply(&event(1, "shop/production", 1, "MoonLanded", "{}"));
    state.apply(&event(2, "shop/staging", 1, "LockTaken", r#"{"reason":"x"}"#));
    state.apply(&event(3, "shop/production", 2, "LockTaken", r#"{"reason":"x"}"#));
    state.apply(&event(4, "shop/staging", 2, "RunPeopleCalled", r#"{"run":1}"#));
    let site = |name: &str| state.site(&name.parse().unwrap());
    expect!["MoonLanded is not a fact that this build knows"].assert_eq(&site("shop/production").parked.unwrap().why);
    assert_eq!((site("shop/production").version.0, site("shop/production").lock), (2, None));
    expect!["that run is not open"].assert_eq(&site("shop/staging").parked.unwrap().why);
    assert!(site("shop/staging").lock.is_some());
}
