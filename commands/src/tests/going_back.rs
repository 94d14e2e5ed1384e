//! Going back while the way back is about to go: it is one until the point of no return.

use events::color::Color;
use events::fact::{RunKind, RunOutcome};
use expect_test::expect;

use super::{outcome, seconds};
use crate::testing::{Story, time};

/// The end of the way back was announced, and its slot has come.
fn proving() -> Story {
    let mut story = Story::with_window();
    story.run_until(|it| it.site().run.is_some()).run_to(1).forget();
    story
}

#[test]
fn a_decommission_that_has_changed_nothing_gives_way_to_a_rollback() {
    let mut story = proving();
    story.say("rollback: checkout fails").run();
    expect![[r#"
        Wed 01:00:00 > rollback: checkout fails
        Wed 01:00:00   Run #3 was aborted: "checkout fails"; what it did is undone.
        Wed 01:00:00   Run #3 turned back; everything is as it was before it.
        Wed 01:00:00   The decommission was put off (the decommission turned back); decommission at 2026-08-13 01:00:00 UTC.
        Wed 01:00:00   Run #4 was requested: roll back to blue with 1.0 (d0ff5974b6aa) ("checkout fails"), 7 steps, plan 9666d16b20f1.
        Wed 01:00:00   Step 1 of 7: see that every request goes to green, as the log says.
        Wed 01:00:00   Step 1 of 7 is done.
        Wed 01:00:00   Step 2 of 7: check health and search on every machine of blue, 3 times in a row.
        Wed 01:00:00   Step 2 of 7 is done.
        Wed 01:00:00   Step 3 of 7: attach the machines of blue to the balancer.
        Wed 01:00:00   Step 3 of 7 is done.
        Wed 01:00:00   Step 4 of 7: see the balancer call at least 2 machines of blue healthy, 3 times in a row.
        Wed 01:00:00   Step 4 of 7 is done.
        Wed 01:00:00   Step 5 of 7: send every request to blue.
        Wed 01:00:01   Step 5 of 7 is done.
        Wed 01:00:01   Step 6 of 7: check health and search through the balancer, 3 times in a row.
        Wed 01:00:01   Step 6 of 7 is done.
        Wed 01:00:01   Step 7 of 7: wait until green has no request in flight, at most 4m.
        Wed 01:00:01   Step 7 of 7 is done: no request is in flight there.
        Wed 01:00:01   Run #4 is done: roll back to blue with 1.0 (d0ff5974b6aa).
        Wed 01:00:01   The window is closed: users are back.
        Wed 01:00:01   The site was locked: rolled back to 1.0 (d0ff5974b6aa) on blue by console:1000: checkout fails.
    "#]].assert_eq(&story.text());
    assert_eq!(story.site().live, Some(Color::Blue));
}

#[test]
fn a_decommission_that_took_the_way_back_from_the_balancer_is_aborted_first() {
    let mut story = proving();
    story.run_to(2);
    assert_eq!(story.order("rollback").unwrap_err().code(), "busy");
    story.say("abort").run().say("rollback").run();
    assert_eq!(story.site().live, Some(Color::Blue), "{}", story.text());
}

#[test]
fn a_decommission_that_destroys_is_not_turned_around() {
    let mut story = proving();
    story.run_to(3);
    assert_eq!(story.order("rollback").unwrap_err().code(), "past_no_return");
}

#[test]
fn a_rollback_that_did_not_work_out_puts_an_announced_decommission_off() {
    let mut story = Story::with_window();
    story.until(time("2026-08-12T00:30:00Z")).sleep(seconds(29 * 60)).say("rollback").run_to(1).say("abort").forget();
    story.until(time("2026-08-12T12:00:00Z"));
    assert_eq!(outcome(&story), Some(RunOutcome::TurnedBack));
    assert_eq!(story.site().last.map(|it| it.kind), Some(RunKind::Rollback));
    expect![[r#"
        Wed 00:59:00   Run #3 turned back; everything is as it was before it.
        Wed 00:59:00   The decommission was put off (a rollback was tried); decommission at 2026-08-13 01:00:00 UTC.
    "#]]
    .assert_eq(&story.text());
}

#[test]
fn a_rollback_that_did_not_work_out_leaves_an_end_that_nobody_was_told_of() {
    let mut story = Story::with_window();
    let end = story.site().window.map(|it| it.end);
    story.say("rollback").run_to(1).say("abort").run();
    assert_eq!(story.site().window.map(|it| it.end), end);
}
