//! Runs that wait for people: who counts, to what, until when, and what becomes of it.

use events::actor::Actor;
use events::fact::{RunKind, RunOutcome};
use events::terms::ApprovalTerms;
use expect_test::expect;
use jiff::SignedDuration;

use crate::answer::status;
use crate::policy::{Policy, Role, Verbs};
use crate::speaker::Speaker;
use crate::testing::{Story, name};

fn role(name: &str, member: &str, may: &[&str]) -> Role {
    Role {
        name: name.parse().unwrap(),
        members: [member.parse().unwrap()].into(),
        may: Verbs::parse(may.iter().copied()).unwrap(),
        on: vec!["shop/*".parse().unwrap()],
        is_emergency: false,
    }
}

/// Ada and Bob are releasers, Eve watches the night.
pub(crate) fn policy() -> Policy {
    let mut night = role("night-watch", "slack:T01/U09", &["everything"]);
    night.is_emergency = true;
    Policy { roles: vec![role("releasers", "slack:T01/S01", &["everything"]), night] }
}

pub(crate) fn approval(count: u16) -> ApprovalTerms {
    ApprovalTerms {
        kinds: vec![RunKind::Deploy],
        losses: false,
        role: "releasers".parse().unwrap(),
        count,
        requester_counts: false,
        lasts: SignedDuration::from_hours(8),
    }
}

pub(crate) fn releaser(user: &str) -> Speaker {
    let actor = Actor::slack("T01", user).unwrap();
    Speaker { actor, groups: ["slack:T01/S01".to_owned()].into() }
}

pub(crate) fn eve() -> Speaker {
    Speaker::alone(Actor::slack("T01", "U09").unwrap())
}

/// Ada asked for a deploy, and `count` of the releasers are waited for.
pub(crate) fn asked(count: u16) -> Story {
    let mut story = Story::adopted();
    story.policy = policy();
    story.terms.approvals = vec![approval(count)];
    story.order_as("deploy 2.0", &releaser("U01")).unwrap();
    story.turn();
    story
}

fn refused(story: &mut Story, line: &str, speaker: &Speaker) -> &'static str {
    story.order_as(line, speaker).unwrap_err().code()
}

fn ended(story: &mut Story) -> (RunOutcome, Option<String>) {
    let last = story.run().site().last.unwrap();
    (last.outcome, last.why)
}

#[test]
fn a_run_goes_on_once_enough_people_are_for_it() {
    let mut story = asked(2);
    story.forget();
    story.order_as("approve", &releaser("U02")).unwrap();
    story.until(story.now + SignedDuration::from_mins(5));
    assert!(story.site().run.unwrap().awaited().is_some(), "one of two");
    story.order_as("approve", &releaser("U03")).unwrap();
    story.turn();
    expect![[r"
        Mon 09:00:00   Run #1 was approved by one of releasers (1 of 2).
        Mon 09:05:00   Run #1 was approved by one of releasers (2 of 2).
        Mon 09:05:00   Step 1 of 6 is done.
    "]]
    .assert_eq(&story.text());
    assert_eq!(ended(&mut story).0, RunOutcome::Succeeded);
}

#[test]
fn nobody_approves_what_they_asked_for_unless_that_was_agreed() {
    let mut story = asked(1);
    assert_eq!(refused(&mut story, "approve", &releaser("U01")), "own_request");
    let mut agreed = Story::adopted();
    agreed.policy = policy();
    agreed.terms.approvals = vec![ApprovalTerms { requester_counts: true, ..approval(1) }];
    agreed.order_as("deploy 2.0", &releaser("U01")).unwrap();
    agreed.order_as("approve", &releaser("U01")).unwrap();
    assert_eq!(ended(&mut agreed).0, RunOutcome::Succeeded);
}

#[test]
fn a_person_counts_once_and_may_take_it_back() {
    let mut story = asked(2);
    story.order_as("approve", &releaser("U02")).unwrap();
    assert_eq!(refused(&mut story, "approve", &releaser("U02")), "approved_already");
    story.order_as("withdraw", &releaser("U02")).unwrap();
    assert_eq!(refused(&mut story, "withdraw", &releaser("U02")), "not_approved");
    story.order_as("approve", &releaser("U03")).unwrap();
    story.turn();
    assert!(story.site().run.unwrap().awaited().is_some(), "one of two is left");
}

#[test]
fn whoever_left_the_role_meanwhile_does_not_count() {
    let mut story = asked(1);
    let left = Speaker { groups: [].into(), ..releaser("U02") };
    assert_eq!(refused(&mut story, "approve", &left), "not_allowed");
    // May say the verb, and is not of the role that is waited for.
    assert_eq!(refused(&mut story, "approve", &eve()), "not_of_role");
    assert_eq!(refused(&mut story, "reject: x", &eve()), "not_of_role");
}

#[test]
fn an_approval_is_for_one_plan() {
    let mut story = asked(1);
    let plan = story.site().run.unwrap().plan_hash.short();
    for line in ["approve #9", "approve 00000000", &format!("approve #1 {}0", "0".repeat(12))] {
        assert_eq!(refused(&mut story, line, &releaser("U02")), "other_plan", "{line}");
    }
    story.order_as(&format!("approve #1 {plan}"), &releaser("U02")).unwrap();
    assert_eq!(ended(&mut story).0, RunOutcome::Succeeded);
}

#[test]
fn what_nobody_approves_in_time_turns_back() {
    let mut story = asked(1);
    story.order_as("deploy 3.0", &releaser("U02")).unwrap_err();
    let (outcome, why) = ended(&mut story);
    assert_eq!(outcome, RunOutcome::TurnedBack);
    expect!["it was not approved in time: 0 of 1 of releasers"].assert_eq(&why.unwrap());
    assert_eq!(story.now.to_string(), "2026-08-10T17:00:00Z");
}

#[test]
fn what_was_said_before_the_deadline_does_not_count_after_it() {
    let mut story = asked(2);
    story.order_as("approve", &releaser("U02")).unwrap();
    story.sleep(SignedDuration::from_hours(8));
    assert_eq!(refused(&mut story, "approve", &releaser("U03")), "nothing_to_approve");
    assert_eq!(ended(&mut story).0, RunOutcome::TurnedBack);
    let mut both = asked(1);
    both.order_as("approve", &releaser("U02")).unwrap();
    both.sleep(SignedDuration::from_hours(8));
    assert_eq!(ended(&mut both).0, RunOutcome::TurnedBack, "the bot was down until it was too late");
}

#[test]
fn a_run_that_is_rejected_turns_back_with_the_reason() {
    let mut story = asked(1);
    story.order_as("reject: not before the sale", &releaser("U02")).unwrap();
    let (outcome, why) = ended(&mut story);
    assert_eq!((outcome, why.as_deref()), (RunOutcome::TurnedBack, Some("rejected: not before the sale")));
    assert_eq!(refused(&mut story, "approve", &releaser("U03")), "no_open_run");
}

#[test]
fn the_glass_is_broken_by_an_emergency_role_loudly_and_with_a_reason() {
    let mut story = asked(2);
    assert_eq!(refused(&mut story, "approve --break-glass --reason x", &releaser("U02")), "no_emergency");
    story.forget().order_as("approve --break-glass --reason \"nobody answers\"", &eve()).unwrap();
    expect![[r#"
        Mon 09:00:00   THE GLASS WAS BROKEN by one of night-watch: run #1 goes on without approval, "nobody answers".
    "#]]
    .assert_eq(&story.text());
    let told = status(&name(), &story.site()).to_string();
    assert!(told.contains("THE GLASS WAS BROKEN by slack:T01/U09 (as night-watch): \"nobody answers\""), "{told}");
    assert_eq!(refused(&mut story, "reject: x", &releaser("U02")), "nothing_to_approve");
    assert_eq!(ended(&mut story).0, RunOutcome::Succeeded);
}

#[test]
fn nobody_skips_an_approval_and_everybody_who_may_aborts_it() {
    let mut story = asked(1);
    assert_eq!(refused(&mut story, "skip --reason x", &eve()), "step_is_guard");
    story.order_as("abort", &eve()).unwrap();
    assert_eq!(ended(&mut story).0, RunOutcome::TurnedBack);
}

#[test]
fn a_rollback_waits_for_nobody_unless_its_rule_says_so() {
    let mut story = Story::with_window();
    story.terms.approvals = vec![ApprovalTerms { kinds: vec![RunKind::Deploy, RunKind::Cutover], ..approval(1) }];
    story.order("rollback").unwrap();
    assert_eq!(ended(&mut story).0, RunOutcome::Succeeded);
}

#[test]
fn what_is_approved_and_not_due_waits_for_its_time() {
    let mut story = Story::adopted();
    story.policy = policy();
    story.terms.approvals = vec![approval(1)];
    story.order_as("deploy 2.0 --at 2026-08-10T12:00:00Z", &releaser("U01")).unwrap();
    story.order_as("approve", &releaser("U02")).unwrap();
    assert_eq!(ended(&mut story).0, RunOutcome::Succeeded);
    assert!(story.now >= "2026-08-10T12:00:00Z".parse().unwrap());
}

#[test]
fn the_status_says_whom_a_run_waits_for() {
    let mut story = asked(2);
    story.order_as("approve", &releaser("U02")).unwrap();
    let told = status(&name(), &story.site()).to_string();
    let lines: Vec<&str> = told.lines().filter(|it| it.contains("approve")).collect();
    expect![[r#"
        1. wait until 2 of releasers approved it, at most 8h [underway, until 2026-08-10 17:00:00 UTC]
        approved by 1 of 2 of releasers: slack:T01/U02
        next: somebody of releasers says `approve` (plan fec3aa83a16c) or `reject`; `abort` turns it back"#]]
    .assert_eq(&lines.iter().map(|it| it.trim()).collect::<Vec<_>>().join("\n"));
}
