//! Cutovers and rollbacks.

use events::chat::About;
use expect_test::expect;

use super::run;
use crate::testing::Story;

fn ready() -> Story {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run();
    story
}

#[test]
fn a_canary_shows_the_share_and_when_the_next_one_comes() {
    let mut story = ready();
    story.say("cutover --canary 5,25 --reason \"new basket\"").run_to(9);
    expect![[r#"
        Bringing users of shop/production to 2.0 (green) [underway]
          Bringing users of shop/production to 2.0 (green): step 9 of 13, check health and search on every machine of green for 10m.
          [#####...............] green 25 %
          Next: send every request to green, from 2026-08-10 09:20:05 UTC
          Asked for by: @console:1000
          Reason: new basket
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:03 UTC
            [x] see that every request goes to blue, as the log says
            [x] check health and search on every machine of green, 3 times in a row
            [x] attach the machines of green to the balancer
            [x] see the balancer call at least 2 machines of green healthy, 3 times in a row
            [x] share requests: blue 95 %, green 5 %
            [x] check health and search on every machine of green for 10m
            [x] see the balancer call at least 2 machines of green healthy, 3 times in a row
            [x] share requests: blue 75 %, green 25 %
            [>] check health and search on every machine of green for 10m, until 2026-08-10 09:20:05 UTC
            [ ] see the balancer call at least 2 machines of green healthy, 3 times in a row
            [ ] send every request to green
            [ ] check health and search through the balancer, 3 times in a row
            [ ] wait until blue has no request in flight, at most 4m
          ( Go on now ) skip shop/production #2 s9, asks for a reason, "Go on without watching this share any longer?"
          ( Turn back ) abort shop/production #2 -, asks for a reason, "Turn run #2 of shop/production back? What it did is undone."
          shop/production#2 · event 36 · plan e7a45e9e1ba9
    "#]].assert_eq(&run(&story).to_string());
    // That things go as planned is what the card shows; its thread has nothing to add.
    let board = super::board(&story);
    let (_, message) = board.messages.iter().rev().find(|(it, _)| matches!(it.about, About::Run(_))).unwrap();
    assert!(message.untold().is_none());
}

#[test]
fn a_cutover_that_is_done_says_where_users_are() {
    let mut story = ready();
    story.say("cutover").run();
    expect![[r#"
        Users of shop/production are on 2.0 (green) [good]
          [####################] green 100 %
          Asked for by: @console:1000
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:03 UTC
          Over: 2026-08-10 09:00:04 UTC
            [x] see that every request goes to blue, as the log says
            [x] check health and search on every machine of green, 3 times in a row
            [x] attach the machines of green to the balancer
            [x] see the balancer call at least 2 machines of green healthy, 3 times in a row
            [x] send every request to green
            [x] check health and search through the balancer, 3 times in a row
            [x] wait until blue has no request in flight, at most 4m
          shop/production#2 · event 33 · plan fcde71f0f247
    "#]]
    .assert_eq(&run(&story).to_string());
}

#[test]
fn a_rollback_says_so_first_and_why() {
    let mut story = Story::with_window();
    story.say("rollback: checkout fails").run_to(3);
    expect![[r#"
        ROLLING BACK shop/production to 1.0 (blue) [underway]
          ROLLING BACK shop/production to 1.0 (blue): step 3 of 7, attach the machines of blue to the balancer.
          [....................] blue 0 %
          Next: send every request to blue
          Asked for by: @console:1000
          Reason: checkout fails
          Release: 1.0 d0ff5974b6aa
          On green: 2.0 d84bdb34d4ee
          Begun: 2026-08-10 09:00:04 UTC
            [x] see that every request goes to green, as the log says
            [x] check health and search on every machine of blue, 3 times in a row
            [>] attach the machines of blue to the balancer, until 2026-08-10 09:01:04 UTC
            [ ] see the balancer call at least 2 machines of blue healthy, 3 times in a row
            [ ] send every request to blue
            [ ] check health and search through the balancer, 3 times in a row
            [ ] wait until green has no request in flight, at most 4m
          ( Turn back ) abort shop/production #3 -, asks for a reason, "Turn run #3 of shop/production back? What it did is undone."
          shop/production#3 · event 40 · plan 9666d16b20f1
    "#]].assert_eq(&run(&story).to_string());
    story.run();
    expect![[r#"
        Users of shop/production are back on 1.0 (blue) [good]
          [####################] blue 100 %
          Asked for by: @console:1000
          Reason: checkout fails
          Release: 1.0 d0ff5974b6aa
          On green: 2.0 d84bdb34d4ee
          Begun: 2026-08-10 09:00:04 UTC
          Over: 2026-08-10 09:00:05 UTC
            [x] see that every request goes to green, as the log says
            [x] check health and search on every machine of blue, 3 times in a row
            [x] attach the machines of blue to the balancer
            [x] see the balancer call at least 2 machines of blue healthy, 3 times in a row
            [x] send every request to blue
            [x] check health and search through the balancer, 3 times in a row
            [x] wait until green has no request in flight, at most 4m
          shop/production#3 · event 51 · plan 9666d16b20f1
    "#]]
    .assert_eq(&run(&story).to_string());
}

#[test]
fn an_abort_of_a_canary_shows_the_shares_going_back() {
    let mut story = ready();
    story
        .say("cutover --canary 5,25")
        .run_to(9)
        .say("abort: odd")
        .run_until(|it| it.text().contains("Step 8 was undone"));
    expect![[r#"
        The cutover of shop/production to 2.0 (green) turns back [attention]
          The cutover of shop/production to 2.0 (green) turns back, now undoing step 5 of 13: odd.
          Why: odd
          [#...................] green 5 %
          Asked for by: @console:1000
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:03 UTC
            [x] see that every request goes to blue, as the log says
            [x] check health and search on every machine of green, 3 times in a row
            [x] attach the machines of green to the balancer
            [x] see the balancer call at least 2 machines of green healthy, 3 times in a row
            [x] share requests: blue 95 %, green 5 %
            [x] check health and search on every machine of green for 10m
            [x] see the balancer call at least 2 machines of green healthy, 3 times in a row
            [<] share requests: blue 75 %, green 25 %, undone
            [-] check health and search on every machine of green for 10m
            [ ] see the balancer call at least 2 machines of green healthy, 3 times in a row
            [ ] send every request to green
            [ ] check health and search through the balancer, 3 times in a row
            [ ] wait until blue has no request in flight, at most 4m
          shop/production#2 · event 40 · plan e7a45e9e1ba9
    "#]]
    .assert_eq(&run(&story).to_string());
}
