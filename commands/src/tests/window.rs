//! The stability window: kept, held, extended, announced, put off, ended.

use expect_test::expect;

use super::seconds;
use crate::testing::{Story, time};

/// The way back goes on Wednesday at 01:00; it is announced an hour before.
fn story() -> Story {
    let mut story = Story::with_window();
    story.forget();
    story
}

#[test]
fn a_way_back_is_kept_longer_held_and_let_go() {
    let mut story = story();
    story.say("keep 24h").until(time("2026-08-12T23:30:00Z"));
    story.say("keep 1h").until(time("2026-08-13T12:00:00Z"));
    story.say("keep").until(time("2026-08-20T12:00:00Z"));
    story.say("decommission").say("keep 2h").until(time("2026-08-21T12:00:00Z"));
    expect![[r#"
        Mon 09:00:04 > keep 24h
        Mon 09:00:04   The window was extended to 2026-08-12 09:00:04 UTC; decommission at 2026-08-13 01:00:00 UTC.
        Wed 23:30:00 > keep 1h
        Wed 23:30:00   The window was extended to 2026-08-13 00:30:00 UTC; decommission at 2026-08-13 01:00:00 UTC.
        Thu 00:00:00   The way back will be decommissioned at 2026-08-13 01:00:00 UTC; `keep` it, or `rollback`, before that.
        Thu 01:00:00   Run #3 was requested: decommission blue with 1.0 (d0ff5974b6aa), 3 steps, plan e694ab02a9dc.
        Thu 01:00:00   Step 1 of 3: prove that blue can go: nobody used it for 10m, and it is what was recorded.
        Thu 01:00:00   Step 1 of 3 is done.
        Thu 01:00:00   Step 2 of 3: detach blue from the balancer.
        Thu 01:00:01   Step 2 of 3 is done.
        Thu 01:00:01   Step 3 of 3: destroy the machines of blue.
        Thu 01:00:02   Step 3 of 3 is done: no machine is left there.
        Thu 01:00:02   Run #3 is done: decommission blue with 1.0 (d0ff5974b6aa).
        Thu 01:00:02   The window is closed: the old environment is gone.
        Thu 12:00:00 > keep
        Thu 12:00:00 ! no_window: there is no old environment to keep: no window is open
        Thu 12:00:00 > decommission
        Thu 12:00:00 ! no_window: there is no old environment to decommission: no window is open
        Thu 12:00:00 > keep 2h
        Thu 12:00:00 ! no_window: there is no old environment to keep: no window is open
    "#]].assert_eq(&story.text());
}

#[test]
fn a_held_way_back_is_not_decommissioned_by_the_schedule() {
    let mut story = story();
    story.say("keep").until(time("2026-09-10T12:00:00Z"));
    assert!(story.site().window.is_some_and(|it| it.way_back == events::color::Color::Blue));
    story.say("rollback").run();
    assert_eq!(story.site().live, Some(events::color::Color::Blue));
}

#[test]
fn a_rollback_cancels_an_announced_decommission() {
    let mut story = story();
    story.until(time("2026-08-12T00:30:00Z")).say("rollback").run().until(time("2026-08-20T00:00:00Z"));
    let text = story.text();
    assert!(text.contains("will be decommissioned at 2026-08-12 01:00:00 UTC"), "{text}");
    assert!(!text.contains("decommission blue"), "{text}");
}

#[test]
fn a_bot_that_was_down_over_the_slot_takes_the_next_and_announces_it_first() {
    let mut story = story();
    story.until(time("2026-08-12T00:30:00Z")).sleep(seconds(40 * 60)).until(time("2026-08-14T00:00:00Z"));
    expect![[r#"
        Wed 00:00:00   The way back will be decommissioned at 2026-08-12 01:00:00 UTC; `keep` it, or `rollback`, before that.
        Wed 01:10:00   The decommission was put off (its slot passed while nothing could be done); decommission at 2026-08-13 01:00:00 UTC.
        Thu 00:00:00   The way back will be decommissioned at 2026-08-13 01:00:00 UTC; `keep` it, or `rollback`, before that.
        Thu 01:00:00   Run #3 was requested: decommission blue with 1.0 (d0ff5974b6aa), 3 steps, plan e694ab02a9dc.
        Thu 01:00:00   Step 1 of 3: prove that blue can go: nobody used it for 10m, and it is what was recorded.
        Thu 01:00:00   Step 1 of 3 is done.
        Thu 01:00:00   Step 2 of 3: detach blue from the balancer.
        Thu 01:00:01   Step 2 of 3 is done.
        Thu 01:00:01   Step 3 of 3: destroy the machines of blue.
        Thu 01:00:02   Step 3 of 3 is done: no machine is left there.
        Thu 01:00:02   Run #3 is done: decommission blue with 1.0 (d0ff5974b6aa).
        Thu 01:00:02   The window is closed: the old environment is gone.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_bot_that_was_down_for_a_moment_still_uses_the_slot() {
    let mut story = story();
    story.until(time("2026-08-12T00:30:00Z")).sleep(seconds(40 * 60 - 1)).turn();
    assert!(story.site().run.is_some(), "{}", story.text());
}

#[test]
fn an_announcement_may_be_late_by_half_of_the_notice_and_no_more() {
    for (minute, is_announced) in [(0, true), (30, true), (31, false)] {
        let mut story = story();
        story.sleep(time("2026-08-12T00:00:00Z").duration_since(story.now) + seconds(60 * minute)).turn();
        let window = story.site().window.unwrap();
        assert_eq!(window.announced.is_some(), is_announced, "{minute}: {}", story.text());
    }
}

#[test]
fn a_lock_puts_the_decommission_off() {
    let mut story = story();
    story.say("lock: schema change").until(time("2026-08-12T02:00:00Z")).say("unlock");
    story.until(time("2026-08-13T02:00:00Z"));
    expect![[r#"
        Mon 09:00:04 > lock: schema change
        Mon 09:00:04   The site was locked: schema change.
        Wed 00:00:00   The way back will be decommissioned at 2026-08-12 01:00:00 UTC; `keep` it, or `rollback`, before that.
        Wed 01:10:00   The decommission was put off (its slot passed while nothing could be done); decommission at 2026-08-13 01:00:00 UTC.
        Wed 02:00:00 > unlock
        Wed 02:00:00   The site was unlocked.
        Thu 00:00:00   The way back will be decommissioned at 2026-08-13 01:00:00 UTC; `keep` it, or `rollback`, before that.
        Thu 01:00:00   Run #3 was requested: decommission blue with 1.0 (d0ff5974b6aa), 3 steps, plan e694ab02a9dc.
        Thu 01:00:00   Step 1 of 3: prove that blue can go: nobody used it for 10m, and it is what was recorded.
        Thu 01:00:00   Step 1 of 3 is done.
        Thu 01:00:00   Step 2 of 3: detach blue from the balancer.
        Thu 01:00:01   Step 2 of 3 is done.
        Thu 01:00:01   Step 3 of 3: destroy the machines of blue.
        Thu 01:00:02   Step 3 of 3 is done: no machine is left there.
        Thu 01:00:02   Run #3 is done: decommission blue with 1.0 (d0ff5974b6aa).
        Thu 01:00:02   The window is closed: the old environment is gone.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_lock_that_goes_within_the_slot_does_not() {
    let mut story = story();
    story.say("lock: schema change").until(time("2026-08-12T01:05:00Z")).say("unlock").turn();
    assert!(story.site().run.is_some(), "{}", story.text());
}

#[test]
fn without_proof_the_decommission_turns_back_and_takes_the_next_slot() {
    let mut story = story();
    story.meddle(|world| {
        let stranger =
            events::machine::Machine { created_at: time("2026-08-11T00:00:00Z"), ..world.machines.blue[0].clone() };
        world.machines.blue[0] = stranger;
    });
    story.until(time("2026-08-12T03:00:00Z"));
    expect![[r#"
        Wed 00:00:00   The way back will be decommissioned at 2026-08-12 01:00:00 UTC; `keep` it, or `rollback`, before that.
        Wed 01:00:00   Run #3 was requested: decommission blue with 1.0 (d0ff5974b6aa), 3 steps, plan e694ab02a9dc.
        Wed 01:00:00   Step 1 of 3: prove that blue can go: nobody used it for 10m, and it is what was recorded.
        Wed 01:23:00   Step 1 of 3 failed: it did not hold in time.
        Wed 01:23:00   Run #3 turns back because of step 1; what it did is undone.
        Wed 01:23:00   Run #3 turned back; everything is as it was before it.
        Wed 01:23:00   The decommission was put off (the decommission turned back); decommission at 2026-08-13 01:00:00 UTC.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_schedule_without_a_slot_to_come_keeps_the_way_back() {
    let mut story = Story::adopted();
    story.terms.window.decommission.cron = "0 3 30 2 *".to_owned();
    story.say("deploy 2.0").run().say("cutover").run().until(time("2027-08-12T03:00:00Z"));
    assert!(story.site().window.is_some_and(|it| it.announced.is_none()));
    story.say("decommission").run();
    assert!(story.site().window.is_none(), "{}", story.text());
}

/// Berlin: 03:00 is 01:00 in summer and 02:00 in winter, UTC.
#[test]
fn slots_follow_the_clocks_of_their_zone() {
    for (now, slot) in [
        ("2026-03-27T09:00:00Z", "2026-03-29T01:00:00Z"),
        ("2026-03-26T09:00:00Z", "2026-03-28T02:00:00Z"),
        ("2026-10-23T09:00:00Z", "2026-10-25T02:00:00Z"),
        ("2026-10-22T09:00:00Z", "2026-10-24T01:00:00Z"),
    ] {
        let mut story = Story::adopted();
        story.now = time(now);
        story.say("deploy 2.0").run().say("cutover").run().forget().run_until(|it| it.site().run.is_some());
        assert_eq!(story.now, time(slot), "{}", story.text());
    }
}

#[test]
fn a_release_onto_the_way_back_needs_it_to_be_given_up() {
    let mut story = story();
    story.say("deploy 3.0").say("deploy 3.0 --give-up-way-back").run_to(2);
    story.say("rollback").say("abort").run().say("rollback").say("cutover").run_to(2);
    expect![[r#"
        Mon 09:00:04 > deploy 3.0
        Mon 09:00:04 ! way_back_in_use: blue is the way back until 2026-08-11 09:00:04 UTC: `keep` it, `rollback` to it, or say `--give-up-way-back` to deploy onto it all the same
        Mon 09:00:04 > deploy 3.0 --give-up-way-back
        Mon 09:00:04   Nothing was begun yet: this gives up blue with 1.0 (d0ff5974b6aa) on 2 machines, which is the way back until 2026-08-11 09:00:04 UTC, and no `rollback` will bring it back. To do it (plan 3359bb43f5fc), say `confirm shop/production 813543` by 2026-08-10 09:01:04 UTC.
        Mon 09:00:04   The window is closed: the way back was given up.
        Mon 09:00:04   Run #3 was requested: deploy 3.0 (a416ea84421f) to blue, 5 steps, plan 3359bb43f5fc.
        Mon 09:00:04   That was confirmed by whoever had asked for it.
        Mon 09:00:04   Step 1 of 5: see that blue gets no requests.
        Mon 09:00:04   Step 1 of 5 is done.
        Mon 09:00:04   Step 2 of 5: have 2 machines in blue.
        Mon 09:00:04 > rollback
        Mon 09:00:04 ! busy: run #3 (deploy) is open: wait for it, or `abort` it
        Mon 09:00:04 > abort
        Mon 09:00:04   Run #3 was aborted; what it did is undone.
        Mon 09:00:14   Step 2 is undone (have 2 machines in blue).
        Mon 09:00:14   Step 2 was undone.
        Mon 09:00:14   Run #3 turned back; everything is as it was before it.
        Mon 09:00:14 > rollback
        Mon 09:00:14 ! no_way_back: there is no way back: no window is open; `cutover` goes to 1.0 (d0ff5974b6aa), which is ready on blue
        Mon 09:00:14 > cutover
        Mon 09:00:14   Run #4 was requested: cut over to blue with 1.0 (d0ff5974b6aa), 7 steps, plan 9666d16b20f1.
        Mon 09:00:14   Step 1 of 7: see that every request goes to green, as the log says.
        Mon 09:00:14   Step 1 of 7 is done.
        Mon 09:00:14   Step 2 of 7: check health and search on every machine of blue, 3 times in a row.
    "#]].assert_eq(&story.text());
}
