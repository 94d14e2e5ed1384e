//! The life of a release: deploy, cutover, window, rollback, decommission.

use events::fold::Environment;
use expect_test::expect;

use crate::testing::{Story, World, time};

#[test]
fn a_release_is_deployed_cut_over_to_rolled_back_and_cut_over_to_again() {
    let mut story = Story::adopted();
    story.say("deploy 2.0 --reason \"faster basket\"").run();
    story.say("cutover").run();
    expect![[r#"
        Mon 09:00:00 > adopt
        Mon 09:00:00   The site was adopted; blue is live.
        Mon 09:00:00 > deploy 2.0 --reason "faster basket"
        Mon 09:00:00   Run #1 was requested: deploy 2.0 (d84bdb34d4ee) to green ("faster basket"), 5 steps, plan 3cab6ea78660.
        Mon 09:00:00   Step 1 of 5: see that green gets no requests.
        Mon 09:00:00   Step 1 of 5 is done.
        Mon 09:00:00   Step 2 of 5: have 2 machines in green.
        Mon 09:00:01   Step 2 of 5 is done: green-1 and green-2.
        Mon 09:00:01   Step 3 of 5: install 2.0 (d84bdb34d4ee) on green.
        Mon 09:00:02   Step 3 of 5 is done.
        Mon 09:00:02   Step 4 of 5: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:02   Step 4 of 5 is done.
        Mon 09:00:02   Step 5 of 5: attach the machines of green to the balancer.
        Mon 09:00:03   Step 5 of 5 is done.
        Mon 09:00:03   Run #1 is done: deploy 2.0 (d84bdb34d4ee) to green.
        Mon 09:00:03 > cutover
        Mon 09:00:03   Run #2 was requested: cut over to green with 2.0 (d84bdb34d4ee), 7 steps, plan fcde71f0f247.
        Mon 09:00:03   Step 1 of 7: see that every request goes to blue, as the log says.
        Mon 09:00:03   Step 1 of 7 is done.
        Mon 09:00:03   Step 2 of 7: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:03   Step 2 of 7 is done.
        Mon 09:00:03   Step 3 of 7: attach the machines of green to the balancer.
        Mon 09:00:03   Step 3 of 7 is done.
        Mon 09:00:03   Step 4 of 7: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:00:03   Step 4 of 7 is done.
        Mon 09:00:03   Step 5 of 7: send every request to green.
        Mon 09:00:04   Step 5 of 7 is done.
        Mon 09:00:04   Step 6 of 7: check health and search through the balancer, 3 times in a row.
        Mon 09:00:04   Step 6 of 7 is done.
        Mon 09:00:04   Step 7 of 7: wait until blue has no request in flight, at most 4m.
        Mon 09:00:04   Step 7 of 7 is done: no request is in flight there.
        Mon 09:00:04   Run #2 is done: cut over to green with 2.0 (d84bdb34d4ee).
        Mon 09:00:04   The window is open: blue is the way back until 2026-08-11 09:00:04 UTC; decommission at 2026-08-12 01:00:00 UTC.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_rollback_locks_the_site_until_somebody_has_looked() {
    let mut story = Story::with_window();
    story.forget().say("rollback --reason \"checkout fails\"").run();
    story.say("cutover").say("unlock").say("cutover").run();
    expect![[r#"
        Mon 09:00:04 > rollback --reason "checkout fails"
        Mon 09:00:04   Run #3 was requested: roll back to blue with 1.0 (d0ff5974b6aa) ("checkout fails"), 7 steps, plan 9666d16b20f1.
        Mon 09:00:04   Step 1 of 7: see that every request goes to green, as the log says.
        Mon 09:00:04   Step 1 of 7 is done.
        Mon 09:00:04   Step 2 of 7: check health and search on every machine of blue, 3 times in a row.
        Mon 09:00:04   Step 2 of 7 is done.
        Mon 09:00:04   Step 3 of 7: attach the machines of blue to the balancer.
        Mon 09:00:04   Step 3 of 7 is done.
        Mon 09:00:04   Step 4 of 7: see the balancer call at least 2 machines of blue healthy, 3 times in a row.
        Mon 09:00:04   Step 4 of 7 is done.
        Mon 09:00:04   Step 5 of 7: send every request to blue.
        Mon 09:00:05   Step 5 of 7 is done.
        Mon 09:00:05   Step 6 of 7: check health and search through the balancer, 3 times in a row.
        Mon 09:00:05   Step 6 of 7 is done.
        Mon 09:00:05   Step 7 of 7: wait until green has no request in flight, at most 4m.
        Mon 09:00:05   Step 7 of 7 is done: no request is in flight there.
        Mon 09:00:05   Run #3 is done: roll back to blue with 1.0 (d0ff5974b6aa).
        Mon 09:00:05   The window is closed: users are back.
        Mon 09:00:05   The site was locked: rolled back to 1.0 (d0ff5974b6aa) on blue by console:1000: checkout fails.
        Mon 09:00:05 > cutover
        Mon 09:00:05 ! locked: the site is locked by system:engine since 2026-08-10 09:00:05 UTC: "rolled back to 1.0 (d0ff5974b6aa) on blue by console:1000: checkout fails"; see that the reason is gone, then `unlock` it
        Mon 09:00:05 > unlock
        Mon 09:00:05   The site was unlocked.
        Mon 09:00:05 > cutover
        Mon 09:00:05   Run #4 was requested: cut over to green with 2.0 (d84bdb34d4ee), 7 steps, plan fcde71f0f247.
        Mon 09:00:05   Step 1 of 7: see that every request goes to blue, as the log says.
        Mon 09:00:05   Step 1 of 7 is done.
        Mon 09:00:05   Step 2 of 7: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:05   Step 2 of 7 is done.
        Mon 09:00:05   Step 3 of 7: attach the machines of green to the balancer.
        Mon 09:00:05   Step 3 of 7 is done.
        Mon 09:00:05   Step 4 of 7: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:00:05   Step 4 of 7 is done.
        Mon 09:00:05   Step 5 of 7: send every request to green.
        Mon 09:00:06   Step 5 of 7 is done.
        Mon 09:00:06   Step 6 of 7: check health and search through the balancer, 3 times in a row.
        Mon 09:00:06   Step 6 of 7 is done.
        Mon 09:00:06   Step 7 of 7: wait until blue has no request in flight, at most 4m.
        Mon 09:00:06   Step 7 of 7 is done: no request is in flight there.
        Mon 09:00:06   Run #4 is done: cut over to green with 2.0 (d84bdb34d4ee).
        Mon 09:00:06   The window is open: blue is the way back until 2026-08-11 09:00:06 UTC; decommission at 2026-08-12 01:00:00 UTC.
    "#]].assert_eq(&story.text());
}

#[test]
fn a_window_ends_with_an_announced_decommission_at_the_next_slot() {
    let mut story = Story::with_window();
    story.forget().until(time("2026-08-13T09:00:00Z"));
    expect![[r#"
        Wed 00:00:00   The way back will be decommissioned at 2026-08-12 01:00:00 UTC; `keep` it, or `rollback`, before that.
        Wed 01:00:00   Run #3 was requested: decommission blue with 1.0 (d0ff5974b6aa), 3 steps, plan e694ab02a9dc.
        Wed 01:00:00   Step 1 of 3: prove that blue can go: nobody used it for 10m, and it is what was recorded.
        Wed 01:00:00   Step 1 of 3 is done.
        Wed 01:00:00   Step 2 of 3: detach blue from the balancer.
        Wed 01:00:01   Step 2 of 3 is done.
        Wed 01:00:01   Step 3 of 3: destroy the machines of blue.
        Wed 01:00:02   Step 3 of 3 is done: no machine is left there.
        Wed 01:00:02   Run #3 is done: decommission blue with 1.0 (d0ff5974b6aa).
        Wed 01:00:02   The window is closed: the old environment is gone.
    "#]].assert_eq(&story.text());
}

#[test]
fn the_first_release_is_attached_by_its_cutover_and_not_before() {
    let mut story = Story::new(World::empty());
    story.say("adopt").say("deploy 1.0").run();
    assert_eq!(story.world.members, World::empty().members);
    story.forget().say("cutover").run();
    assert!(story.site().window.is_none(), "there is nobody to go back to");
    expect![[r"
        Mon 09:00:02 > cutover
        Mon 09:00:02   Run #2 was requested: cut over to blue with 1.0 (d0ff5974b6aa), 5 steps, plan 159a69e23d11.
        Mon 09:00:02   Step 1 of 5: check health and search on every machine of blue, 3 times in a row.
        Mon 09:00:02   Step 1 of 5 is done.
        Mon 09:00:02   Step 2 of 5: attach the machines of blue to the balancer.
        Mon 09:00:03   Step 2 of 5 is done.
        Mon 09:00:03   Step 3 of 5: see the balancer call at least 2 machines of blue healthy, 3 times in a row.
        Mon 09:00:03   Step 3 of 5 is done.
        Mon 09:00:03   Step 4 of 5: send every request to blue.
        Mon 09:00:03   Step 4 of 5 is done.
        Mon 09:00:03   Step 5 of 5: check health and search through the balancer, 3 times in a row.
        Mon 09:00:03   Step 5 of 5 is done.
        Mon 09:00:03   Run #2 is done: cut over to blue with 1.0 (d0ff5974b6aa).
    "]]
    .assert_eq(&story.text());
}

#[test]
fn a_decommissioned_environment_is_an_empty_shell() {
    let mut story = Story::with_window();
    story.say("decommission --reason \"it is too dear\"").run();
    assert_eq!(story.site().environments.blue, Environment::default());
    assert!(story.world.machines.blue.is_empty());
}
