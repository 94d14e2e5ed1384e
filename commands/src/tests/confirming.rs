//! What can't be taken back is said twice.

use events::terms::ApprovalTerms;
use expect_test::expect;
use jiff::SignedDuration;

use super::approving::{approval, eve, policy, releaser};
use crate::pinned::Lossless;
use crate::refusal::Refusal;
use crate::speaker::Speaker;
use crate::testing::{Story, crossing_terms, person, schedule};

/// Says a line that is not done at once; gives what confirms it.
fn asks(story: &mut Story, line: &str, speaker: &Speaker) -> String {
    let run = story.site().run.map(|it| it.number);
    story.say_once(line, speaker).unwrap();
    assert_eq!(story.site().run.map(|it| it.number), run, "it was begun");
    story.site().confirmation.expect(line).confirm
}

#[test]
fn whoever_destroys_the_way_back_is_told_what_would_be_lost_and_says_it_again() {
    let mut story = Story::with_window();
    story.forget();
    let confirm = asks(&mut story, "decommission --reason space", &person());
    story.say_once(&confirm, &person()).unwrap();
    expect![[r#"
        Mon 09:00:04   Nothing was begun yet: this destroys blue with 1.0 (d0ff5974b6aa) on 2 machines, which is the way back until 2026-08-11 09:00:04 UTC, and no `rollback` will bring it back. To do it (plan e694ab02a9dc), say `confirm shop/production 009580` by 2026-08-10 09:01:04 UTC.
        Mon 09:00:04   Run #3 was requested: decommission blue with 1.0 (d0ff5974b6aa) ("space"), 3 steps, plan e694ab02a9dc.
        Mon 09:00:04   That was confirmed by whoever had asked for it.
    "#]].assert_eq(&story.text());
    assert_eq!(story.run().site().window, None);
    assert_eq!(story.say_once(&confirm, &person()), Err(Refusal::NothingToConfirm), "it counts once");
}

#[test]
fn whoever_gives_the_way_back_up_is_asked_too() {
    let mut story = Story::with_window();
    story.forget();
    let confirm = asks(&mut story, "deploy 3.0 --give-up-way-back", &person());
    assert!(story.site().window.is_some());
    expect![[r#"
        Mon 09:00:04   Nothing was begun yet: this gives up blue with 1.0 (d0ff5974b6aa) on 2 machines, which is the way back until 2026-08-11 09:00:04 UTC, and no `rollback` will bring it back. To do it (plan 3359bb43f5fc), say `confirm shop/production 813543` by 2026-08-10 09:01:04 UTC.
    "#]].assert_eq(&story.text());
    story.say_once(&confirm, &person()).unwrap();
    assert!(story.site().window.is_none() && story.site().run.is_some());
}

/// Green serves and takes writes, and three transactions never came to blue.
fn broken() -> Story {
    let mut story = Story::adopted();
    story.terms = crossing_terms();
    story.say("deploy 2.0").run().say("cutover").run();
    story.lossless = Lossless::No { why: "blue does not follow green any more".to_owned(), missing: Some(3) };
    story
}

#[test]
fn whoever_leaves_writes_behind_is_told_how_many() {
    let mut story = broken();
    story.forget();
    let confirm = asks(&mut story, "rollback --accept-loss: the shop is down", &person());
    expect![[r#"
        Mon 09:00:05   Nothing was begun yet: this brings users back to blue with 1.0 (d0ff5974b6aa) and leaves 3 transactions behind, and what is written until then; they are written to a file first, and users will miss them. To do it (plan 49ccb16b3317), say `confirm shop/production 336447` by 2026-08-10 09:01:05 UTC.
    "#]].assert_eq(&story.text());
    story.say_once(&confirm, &person()).unwrap();
    assert!(story.site().run.is_some());
}

#[test]
fn what_is_written_meanwhile_does_not_change_what_was_agreed_to_and_a_smaller_loss_does() {
    let why = "blue does not follow green any more".to_owned();
    for (missing, code) in [(Some(5), None), (Some(2), Some("plan_changed")), (None, Some("not_lossless"))] {
        let mut story = broken();
        let confirm = asks(&mut story, "rollback --accept-loss", &person());
        story.lossless = Lossless::No { why: why.clone(), missing };
        let said = story.say_once(&confirm, &person());
        assert_eq!(said.err().map(|it| it.code()), code, "{missing:?}");
        assert_eq!(story.site().run.is_some(), code.is_none(), "{missing:?}");
    }
    let mut mended = broken();
    let confirm = asks(&mut mended, "rollback --accept-loss", &person());
    mended.lossless = Lossless::Yes;
    assert_eq!(mended.say_once(&confirm, &person()), Err(Refusal::PlanChanged));
    assert_eq!(mended.say_once("rollback --accept-loss", &person()), Ok(()));
    assert!(mended.site().run.is_some(), "nothing is lost, so nobody is asked");
}

#[test]
fn a_confirmation_is_of_the_same_person_with_the_same_code_within_a_minute() {
    let mut story = Story::with_window();
    story.policy = policy();
    let confirm = asks(&mut story, "decommission --reason space", &eve());
    let other = story.say_once(&confirm, &releaser("U01"));
    assert_eq!(other, Err(Refusal::NotYourOrder { by: eve().actor }));
    assert_eq!(story.say_once("confirm 000000", &eve()), Err(Refusal::WrongCode));
    let mut late = story.clone();
    late.sleep(SignedDuration::from_secs(60));
    assert_eq!(late.say_once(&confirm, &eve()), Err(Refusal::NothingToConfirm));
    story.policy.roles.pop();
    let refusal = story.say_once(&confirm, &eve()).unwrap_err();
    expect!["you may not say `decommission` here: releasers may, ask one of them"].assert_eq(&refusal.to_string());
}

#[test]
fn no_two_answers_give_the_same_code() {
    let mut story = Story::with_window();
    let first = asks(&mut story, "decommission --reason space", &person());
    let second = asks(&mut story, "decommission --reason space", &person());
    assert_ne!(first, second);
    assert_eq!(story.say_once(&first, &person()), Err(Refusal::WrongCode));
    assert_eq!(story.say_once(&second, &person()), Ok(()));
}

#[test]
fn what_is_confirmed_is_what_was_shown() {
    let mut story = Story::with_window();
    let confirm = asks(&mut story, "decommission --reason space", &person());
    story.terms.window.quiet_for = SignedDuration::from_hours(1);
    assert_eq!(story.say_once(&confirm, &person()), Err(Refusal::PlanChanged));
    assert!(story.site().run.is_none());
}

#[test]
fn a_guard_is_not_passed_by_confirming() {
    let mut story = Story::with_window();
    let confirm = asks(&mut story, "decommission --reason space", &person());
    story.say("lock: not now");
    assert_eq!(story.say_once(&confirm, &person()).unwrap_err().code(), "locked");
}

#[test]
fn the_schedule_has_nothing_to_confirm() {
    let mut story = Story::with_window();
    asks(&mut story, "decommission --reason space", &person());
    let order = crate::order::Order::Confirm { code: "000000".to_owned() };
    assert_eq!(story.decide(&order, &schedule()).unwrap_err().code(), "not_allowed");
    story.run_until(|story| story.site().window.is_none());
    assert!(story.site().run.is_none(), "{}", story.text());
}

#[test]
fn who_should_approve_a_loss_is_asked_for_that_and_for_no_other_rollback() {
    let mut story = broken();
    story.policy = policy();
    story.terms.approvals = vec![ApprovalTerms { kinds: Vec::new(), losses: true, ..approval(1) }];
    let mut whole = story.clone();
    whole.lossless = Lossless::Yes;
    whole.order_as("rollback", &releaser("U01")).unwrap();
    assert!(whole.site().run.unwrap().awaited().is_none());
    story.order_as("rollback --accept-loss", &releaser("U01")).unwrap();
    assert!(story.site().run.unwrap().awaited().is_some(), "{}", story.text());
    story.turn();
    story.order_as("approve", &releaser("U02")).unwrap();
    story.turn();
    assert!(story.site().run.unwrap().awaited().is_none());
}
