//! Canaries and aborts, told.

use events::fault::Fault;
use expect_test::expect;

use super::seconds;
use crate::testing::{Reply, Story};

#[test]
fn a_bad_canary_brings_everybody_back() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run().say("cutover --canary 5,50").forget();
    story.forward(9, Reply::Fault(Fault::lasting("search of green-2: failed, 503 in 9 ms"), 1)).run();
    expect![[r#"
        Mon 09:00:03   Step 1 of 13: see that every request goes to blue, as the log says.
        Mon 09:00:03   Step 1 of 13 is done.
        Mon 09:00:03   Step 2 of 13: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:03   Step 2 of 13 is done.
        Mon 09:00:03   Step 3 of 13: attach the machines of green to the balancer.
        Mon 09:00:03   Step 3 of 13 is done.
        Mon 09:00:03   Step 4 of 13: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:00:03   Step 4 of 13 is done.
        Mon 09:00:03   Step 5 of 13: share requests: blue 95 %, green 5 %.
        Mon 09:00:04   Step 5 of 13 is done.
        Mon 09:00:04   Step 6 of 13: check health and search on every machine of green for 10m.
        Mon 09:10:04   Step 6 of 13 is done.
        Mon 09:10:04   Step 7 of 13: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:10:04   Step 7 of 13 is done.
        Mon 09:10:04   Step 8 of 13: share requests: blue 50 %, green 50 %.
        Mon 09:10:05   Step 8 of 13 is done.
        Mon 09:10:05   Step 9 of 13: check health and search on every machine of green for 10m.
        Mon 09:10:05   Step 9 of 13 failed: search of green-2: failed, 503 in 9 ms.
        Mon 09:10:05   Run #2 turns back because of step 9; what it did is undone.
        Mon 09:10:05   Step 8 is undone (share requests: blue 50 %, green 50 %).
        Mon 09:10:06   The way back of step 8 was asked for.
        Mon 09:10:06   Step 8 was undone.
        Mon 09:10:06   Step 5 is undone (share requests: blue 95 %, green 5 %).
        Mon 09:10:07   The way back of step 5 was asked for.
        Mon 09:10:07   Step 5 was undone.
        Mon 09:10:07   Step 3 is undone (attach the machines of green to the balancer).
        Mon 09:10:07   Step 3 was undone.
        Mon 09:10:07   Run #2 turned back; everything is as it was before it.
    "#]]
    .assert_eq(&story.text());
}

#[test]
fn an_abort_waits_until_what_was_accepted_has_shown() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Slow(seconds(7))).run_to(2);
    story.turn();
    story.forget().say("abort: wrong release").run();
    expect![[r#"
        Mon 09:00:01 > abort: wrong release
        Mon 09:00:01   Run #1 was aborted: "wrong release"; what it did is undone.
        Mon 09:00:11   Step 2 is undone (have 2 machines in green).
        Mon 09:00:12   The way back of step 2 was asked for.
        Mon 09:00:12   Step 2 was undone.
        Mon 09:00:12   Run #1 turned back; everything is as it was before it.
    "#]]
    .assert_eq(&story.text());
}

#[test]
fn a_rollback_during_an_open_cutover_is_an_abort() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run().say("cutover --canary 5").run_to(6).forget();
    story.say("lock: nobody moves").say("rollback: checkout fails").say("rollback").run();
    expect![[r#"
        Mon 09:00:04 > lock: nobody moves
        Mon 09:00:04   The site was locked: nobody moves.
        Mon 09:00:04 > rollback: checkout fails
        Mon 09:00:04   Run #2 was aborted: "checkout fails"; what it did is undone.
        Mon 09:00:04 > rollback
        Mon 09:00:04 ! turning_back: run #2 is turning back already; `status` shows how far it is
        Mon 09:00:04   Step 5 is undone (share requests: blue 95 %, green 5 %).
        Mon 09:00:05   The way back of step 5 was asked for.
        Mon 09:00:05   Step 5 was undone.
        Mon 09:00:05   Step 3 is undone (attach the machines of green to the balancer).
        Mon 09:00:05   Step 3 was undone.
        Mon 09:00:05   Run #2 turned back; everything is as it was before it.
    "#]]
    .assert_eq(&story.text());
}

#[test]
fn a_canary_may_be_promoted_early() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run().say("cutover --canary 5,50").run_to(6);
    story.forget().say("skip --reason \"it is fine\"").run_to(9);
    expect![[r#"
        Mon 09:00:04 > skip --reason "it is fine"
        Mon 09:00:04   Step 6 of 13 was skipped: it is fine.
        Mon 09:00:04   Step 7 of 13: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:00:04   Step 7 of 13 is done.
        Mon 09:00:04   Step 8 of 13: share requests: blue 50 %, green 50 %.
        Mon 09:00:05   Step 8 of 13 is done.
        Mon 09:00:05   Step 9 of 13: check health and search on every machine of green for 10m.
    "#]]
    .assert_eq(&story.text());
}
