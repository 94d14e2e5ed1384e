//! Quiet hours, and locks that end.

use events::fact::{RunKind, RunOutcome};
use events::terms::{ApprovalTerms, QuietTerms, Slots};
use expect_test::expect;
use jiff::SignedDuration;

use super::approving::{approval, eve, policy, releaser};
use crate::answer::status;
use crate::testing::{Story, name, person, schedule, time};

/// Nights from 22:00 to 08:00, but for the night watch.
pub(super) fn nights(kinds: &[RunKind]) -> QuietTerms {
    QuietTerms {
        begins: Slots { cron: "0 22 * * *".to_owned(), zone: "Europe/Berlin".to_owned() },
        lasts: SignedDuration::from_hours(10),
        except_roles: vec!["night-watch".parse().unwrap()],
        except_kinds: kinds.to_vec(),
    }
}

fn at_night(mut story: Story, kinds: &[RunKind]) -> Story {
    story.policy = policy();
    story.terms.window.quiet = vec![nights(kinds)];
    story.sleep(time("2026-08-10T21:00:00Z").duration_since(story.now));
    story
}

#[test]
fn new_runs_wait_for_the_morning_and_the_refusal_says_when_it_is() {
    let mut story = at_night(Story::adopted(), &[]);
    expect!["these are quiet hours, until 2026-08-11 06:00:00 UTC: say it after that, or `--at` a time after that; night-watch may, ask one of them"]
        .assert_eq(&story.order("deploy 2.0").unwrap_err().to_string());
    assert_eq!(story.clone().order("deploy 2.0 --at 2026-08-11T05:00:00Z").unwrap_err().code(), "quiet_hours");
    assert_eq!(story.clone().order("deploy 2.0 --at 2026-08-11T06:00:00Z"), Ok(()));
    assert_eq!(story.clone().order_as("deploy 2.0", &eve()), Ok(()));
    story.sleep(SignedDuration::from_hours(9));
    assert_eq!(story.order("deploy 2.0"), Ok(()));
}

#[test]
fn quiet_hours_may_leave_out_kinds_of_runs() {
    let story = at_night(Story::adopted(), &[RunKind::Deploy]);
    assert_eq!(story.clone().order_as("deploy 2.0", &releaser("U01")), Ok(()));
}

#[test]
fn nothing_keeps_anybody_from_going_back_or_from_asking_at_night() {
    let mut story = at_night(Story::with_window(), &[]);
    for line in ["rollback", "keep 2h", "lock: x"] {
        assert_eq!(story.clone().order(line), Ok(()), "{line}");
    }
    story.terms.window.quiet.clear();
    story.say("deploy 3.0 --give-up-way-back");
    story.terms.window.quiet = vec![nights(&[])];
    assert_eq!(story.order("abort"), Ok(()));
}

#[test]
fn the_schedule_takes_the_first_slot_that_is_not_quiet() {
    let mut story = Story::adopted();
    // Decommissions are at 03:00 and 10:00 in Berlin.
    story.terms.window.decommission.cron = "0 3,10 * * *".to_owned();
    story.terms.window.quiet = vec![nights(&[])];
    story.say("deploy 2.0").run().say("cutover").run();
    let window = story.site().window.unwrap();
    assert!(format!("{:?}", window.end).contains("2026-08-12T08:00:00Z"), "{:?}", window.end);
    story.until(time("2026-08-12T09:00:00Z"));
    assert_eq!(story.site().window, None, "{}", story.text());
}

#[test]
fn a_schedule_whose_slot_became_quiet_meanwhile_takes_the_next() {
    let mut story = Story::with_window();
    story.until(time("2026-08-12T00:30:00Z"));
    story.terms.window.quiet = vec![nights(&[])];
    let order = crate::order::Order::Decommission { reason: None };
    story.sleep(SignedDuration::from_mins(30));
    assert_eq!(story.clone().decide(&order, &schedule()).unwrap_err().code(), "quiet_hours");
    story.turn();
    assert!(story.site().run.is_none() && story.site().window.is_some(), "{}", story.text());
}

/// Asked for in the afternoon, and approved at night.
fn approved_at_night(lasts: i64, change: impl FnOnce(&mut Story)) -> Story {
    let mut story = Story::adopted();
    story.policy = policy();
    story.terms.window.quiet = vec![nights(&[])];
    story.terms.approvals = vec![ApprovalTerms { lasts: SignedDuration::from_hours(lasts), ..approval(1) }];
    change(&mut story);
    story.sleep(time("2026-08-10T17:00:00Z").duration_since(story.now));
    story.order_as("deploy 2.0", &releaser("U01")).unwrap();
    story.until(time("2026-08-10T21:00:00Z"));
    story.order_as("approve", &releaser("U02")).unwrap();
    story
}

/// When the open run goes on behind its approval, or is over.
fn begins(story: &mut Story) -> String {
    story.run_until(|story| story.site().run.as_ref().is_none_or(|run| run.awaited().is_none()));
    story.now.to_string()
}

#[test]
fn what_is_approved_at_night_begins_in_the_morning() {
    let mut story = approved_at_night(24, |_| {});
    let told = status(&name(), &story.site()).to_string();
    expect!["  next: it is approved, and begins when the quiet hours are over, or turns back at 2026-08-11 17:00:00 UTC; `abort` turns it back"]
        .assert_eq(told.lines().last().unwrap());
    assert_eq!(begins(&mut story), "2026-08-11T06:00:00Z");
    assert_eq!(story.run().site().last.unwrap().outcome, RunOutcome::Succeeded);
}

#[test]
fn what_is_approved_turns_back_if_the_night_lasts_longer_than_that_counts() {
    let mut story = approved_at_night(8, |_| {});
    assert_eq!(begins(&mut story), "2026-08-11T01:00:00Z");
    let last = story.run().site().last.unwrap();
    assert_eq!(last.outcome, RunOutcome::TurnedBack);
    expect!["it was approved, and could not begin for as long as that counted: say it again"]
        .assert_eq(&last.why.unwrap());
}

#[test]
fn whoever_may_begin_runs_at_night_lets_one_begin_by_being_for_it() {
    let releasers = |story: &mut Story| story.terms.window.quiet[0].except_roles.push("releasers".parse().unwrap());
    assert_eq!(begins(&mut approved_at_night(24, releasers)), "2026-08-10T21:00:00Z");
    let kinds = |story: &mut Story| story.terms.window.quiet[0].except_kinds.push(RunKind::Deploy);
    assert_eq!(begins(&mut approved_at_night(24, kinds)), "2026-08-10T21:00:00Z");
    let mut watch = at_night(Story::adopted(), &[]);
    watch.terms.approvals = vec![approval(1)];
    watch.order_as("deploy 2.0", &eve()).unwrap();
    watch.order_as("approve", &releaser("U02")).unwrap();
    assert_eq!(begins(&mut watch), "2026-08-10T21:00:00Z", "who asked was excepted");
    let mut broken = approved_at_night(24, |_| {});
    broken.order_as("approve --break-glass --reason \"the shop is down\"", &eve()).unwrap();
    assert_eq!(begins(&mut broken), "2026-08-10T21:00:00Z");
}

#[test]
fn a_time_that_was_named_is_kept_whenever_it_is_approved() {
    let mut story = Story::adopted();
    story.policy = policy();
    story.terms.window.quiet = vec![nights(&[])];
    story.terms.approvals = vec![approval(1)];
    story.sleep(time("2026-08-10T19:00:00Z").duration_since(story.now));
    story.order_as("deploy 2.0 --at 2026-08-11T07:00:00Z", &releaser("U01")).unwrap();
    story.until(time("2026-08-10T21:00:00Z"));
    story.order_as("approve", &releaser("U02")).unwrap();
    assert_eq!(begins(&mut story), "2026-08-10T21:00:00Z");
    assert_eq!(story.run().site().last.unwrap().outcome, RunOutcome::Succeeded);
    assert!(story.now >= time("2026-08-11T07:00:00Z"));
}

#[test]
fn a_lock_ends_when_its_time_is_over() {
    let mut story = Story::adopted();
    story.forget().say("lock 2h: schema change");
    assert_eq!(story.clone().order("deploy 2.0").unwrap_err().code(), "locked");
    story.sleep(SignedDuration::from_hours(2));
    assert_eq!(story.clone().order("deploy 2.0"), Ok(()), "the log need not say so first");
    assert_eq!(story.clone().order("unlock").unwrap_err().code(), "not_locked");
    story.turn();
    assert_eq!(story.site().lock, None);
    expect![[r"
        Mon 09:00:00 > lock 2h: schema change
        Mon 09:00:00   The site was locked until 2026-08-10 11:00:00 UTC: schema change.
        Mon 11:00:00   The lock is over; the site takes new runs again.
    "]]
    .assert_eq(&story.text());
}

#[test]
fn the_lock_of_somebody_else_is_taken_over_on_purpose_only() {
    let mut story = Story::adopted();
    story.policy = policy();
    story.order_as("lock: schema change", &releaser("U01")).unwrap();
    assert_eq!(story.clone().order_as("lock: still", &releaser("U01")), Ok(()), "one's own");
    expect!["slack:T01/U01 holds the lock since 2026-08-10 09:00:00 UTC: \"schema change\"; ask them, or take it over with `--steal`"]
        .assert_eq(&story.order_as("lock: mine", &releaser("U02")).unwrap_err().to_string());
    story.forget().order_as("lock 1h --steal: mine", &releaser("U02")).unwrap();
    expect![[r"
        Mon 09:00:00   The lock of slack:T01/U01 was taken over until 2026-08-10 10:00:00 UTC: mine.
    "]]
    .assert_eq(&story.text());
    assert_eq!(story.site().lock.unwrap().owner, releaser("U02").actor);
}

#[test]
fn the_lock_of_a_rollback_has_no_end() {
    let mut story = Story::with_window();
    story.say("rollback: checkout fails").run();
    assert_eq!(story.site().lock.unwrap().until, None);
    assert_eq!(story.order_as("lock 1h: mine", &person()).unwrap_err().code(), "lock_held");
    assert_eq!(story.order("unlock"), Ok(()));
}
