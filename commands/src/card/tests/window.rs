//! Windows, decommissions and locks.

use events::chat::About;
use expect_test::expect;

use super::{newest, run, thread};
use crate::card::Card;
use crate::testing::{Story, time};

fn window(story: &Story) -> Card {
    newest(story, |it| matches!(it, About::Window(_)))
}

#[test]
fn a_window_counts_down_to_the_decommission() {
    let mut story = Story::with_window();
    expect![[r#"
        blue (1.0) is the way back of shop/production [quiet]
          blue (1.0) is the way back of shop/production until 2026-08-11 09:00:04 UTC.
          Way back: blue
          Release: 1.0 d0ff5974b6aa
          Window ends: 2026-08-11 09:00:04 UTC
          Decommission: 2026-08-12 01:00:00 UTC
          ( Roll back ) rollback shop/production #2 -, asks for a reason, "Bring users of shop/production back to blue?"
          ( Keep 24 h longer ) keep shop/production #2 m1786438804 24h
          ( Decommission now ) decommission shop/production #2 m1786438804, asks for a reason, "Destroy blue of shop/production? There is no way back after that."
          shop/production#2 · event 34
    "#]].assert_eq(&window(&story).to_string());
    story.until(time("2026-08-12T00:30:00Z"));
    expect![[r#"
        blue (1.0) of shop/production will be decommissioned [attention]
          blue (1.0) of shop/production will be decommissioned at 2026-08-12 01:00:00 UTC; until then one command brings users back.
          Way back: blue
          Release: 1.0 d0ff5974b6aa
          Window ends: 2026-08-11 09:00:04 UTC
          Decommission: 2026-08-12 01:00:00 UTC
          ( Roll back ) rollback shop/production #2 -, asks for a reason, "Bring users of shop/production back to blue?"
          ( Keep 24 h longer ) keep shop/production #2 m1786438804 24h
          ( Decommission now ) decommission shop/production #2 m1786438804, asks for a reason, "Destroy blue of shop/production? There is no way back after that."
          shop/production#2 · event 35
    "#]].assert_eq(&window(&story).to_string());
    story.say("keep");
    expect![[r#"
        blue (1.0) is the way back of shop/production [quiet]
          blue (1.0) is the way back of shop/production until somebody says otherwise.
          Way back: blue
          Release: 1.0 d0ff5974b6aa
          Kept: until somebody says otherwise
          ( Roll back ) rollback shop/production #2 -, asks for a reason, "Bring users of shop/production back to blue?"
          shop/production#2 · event 36
    "#]]
    .assert_eq(&window(&story).to_string());
    expect![[r#"
        shop/production#2/window, in detail [quiet]
          The way back is kept until somebody says otherwise.
          2026-08-12 00:00:00 UTC The way back will be decommissioned at 2026-08-12 01:00:00 UTC; `keep` it, or `rollback`, before that.
          2026-08-12 00:30:00 UTC The way back is kept until somebody says otherwise. By @console:1000
    "#]].assert_eq(&thread(&story, |it| matches!(it, About::Window(_))).to_string());
}

#[test]
fn a_decommission_has_no_button_that_keeps_what_is_being_destroyed() {
    let mut story = Story::with_window();
    story.run_until(|it| it.site().run.is_some()).run_to(2);
    expect![[r#"
        blue (1.0) of shop/production is being decommissioned by run #3 [attention]
          Way back: blue
          Release: 1.0 d0ff5974b6aa
          Window ends: 2026-08-11 09:00:04 UTC
          Decommission: 2026-08-12 01:00:00 UTC
          shop/production#2 · event 39
    "#]]
    .assert_eq(&window(&story).to_string());
    expect![[r#"
        Decommissioning blue of shop/production (1.0) [underway]
          Decommissioning blue of shop/production (1.0): step 2 of 3, detach blue from the balancer.
          Asked for by: @system:schedule
          Release: 1.0 d0ff5974b6aa
          On green: 2.0 d84bdb34d4ee
          Begun: 2026-08-12 01:00:00 UTC
            [x] prove that blue can go: nobody used it for 10m, and it is what was recorded
            [>] detach blue from the balancer, until 2026-08-12 01:01:00 UTC
            [ ] destroy the machines of blue
          ( Turn back ) abort shop/production #3 -, asks for a reason, "Turn run #3 of shop/production back? What it did is undone."
          shop/production#3 · event 39 · plan e694ab02a9dc
    "#]].assert_eq(&run(&story).to_string());
    story.run();
    expect![[r#"
        blue (1.0) of shop/production is gone [quiet]
          Way back: blue
          Release: 1.0 d0ff5974b6aa
          Over: 2026-08-12 01:00:02 UTC
          shop/production#2 · event 46
    "#]]
    .assert_eq(&window(&story).to_string());
    expect![[r#"
        blue of shop/production (1.0) is gone [good]
          Asked for by: @system:schedule
          Release: 1.0 d0ff5974b6aa
          On green: 2.0 d84bdb34d4ee
          Begun: 2026-08-12 01:00:00 UTC
          Over: 2026-08-12 01:00:02 UTC
            [x] prove that blue can go: nobody used it for 10m, and it is what was recorded
            [x] detach blue from the balancer
            [x] destroy the machines of blue
          shop/production#3 · event 45 · plan e694ab02a9dc
    "#]]
    .assert_eq(&run(&story).to_string());
}

#[test]
fn a_lock_has_a_message_of_its_own() {
    let lock = |story: &Story| newest(story, |it| matches!(it, About::Lock(_)));
    let mut story = Story::adopted();
    story.say("lock: schema change");
    expect![[r#"
        shop/production is locked [attention]
          shop/production is locked by console:1000 since 2026-08-10 09:00:00 UTC: schema change.
          By: @console:1000
          Since: 2026-08-10 09:00:00 UTC
          Reason: schema change
          ( Unlock ) unlock shop/production - m1786352400, "Is the reason gone? New runs of shop/production may begin then."
          shop/production · event 2
    "#]].assert_eq(&lock(&story).to_string());
    story.say("unlock");
    expect![[r#"
        shop/production is open again [quiet]
          shop/production is not locked any more: new runs may begin.
          By: @console:1000
          Since: 2026-08-10 09:00:00 UTC
          Reason: schema change
          Over: 2026-08-10 09:00:00 UTC
          shop/production · event 3
    "#]]
    .assert_eq(&lock(&story).to_string());
}
