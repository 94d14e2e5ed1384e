//! Deploys.

use events::chat::About;
use events::fault::Fault;
use expect_test::expect;

use super::{run, thread};
use crate::testing::{Reply, Story};

#[test]
fn a_deploy_shows_how_far_it_is() {
    let mut story = Story::adopted();
    story.say("deploy 2.0 --reason \"faster basket\"").run_to(3);
    expect![[r#"
        Deploying shop 2.0 to production (green) [underway]
          Deploying shop 2.0 to production (green): step 3 of 5, install 2.0 (d84bdb34d4ee) on green.
          Asked for by: @console:1000
          Reason: faster basket
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:00 UTC
            [x] see that green gets no requests
            [x] have 2 machines in green
            [>] install 2.0 (d84bdb34d4ee) on green, until 2026-08-10 09:15:01 UTC
            [ ] check health and search on every machine of green, 3 times in a row
            [ ] attach the machines of green to the balancer
          ( Turn back ) abort shop/production #1 -, asks for a reason, "Turn run #1 of shop/production back? What it did is undone."
          shop/production#1 · event 8 · plan 3cab6ea78660
    "#]].assert_eq(&run(&story).to_string());
}

#[test]
fn a_deploy_that_is_done_shows_what_was_done() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run();
    expect![[r#"
        shop 2.0 is ready on production (green) [good]
          Asked for by: @console:1000
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:00 UTC
          Over: 2026-08-10 09:00:03 UTC
            [x] see that green gets no requests
            [x] have 2 machines in green
            [x] install 2.0 (d84bdb34d4ee) on green
            [x] check health and search on every machine of green, 3 times in a row
            [x] attach the machines of green to the balancer
          shop/production#1 · event 16 · plan 3cab6ea78660
    "#]]
    .assert_eq(&run(&story).to_string());
}

#[test]
fn a_deploy_that_turned_back_says_why() {
    let mut story = Story::adopted();
    story.forward(3, Reply::Fault(Fault::lasting("the hook `build` ended with 1"), 1)).say("deploy 2.0").run();
    expect![[r#"
        The deploy of shop 2.0 to production (green) was turned back [bad]
          The deploy of shop 2.0 to production (green) was turned back, and everything is as it was before: the hook `build` ended with 1.
          Why: the hook `build` ended with 1
          Asked for by: @console:1000
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:00 UTC
          Over: 2026-08-10 09:00:03 UTC
            [x] see that green gets no requests
            [<] have 2 machines in green, undone
            [<] install 2.0 (d84bdb34d4ee) on green, undone
            [ ] check health and search on every machine of green, 3 times in a row
            [ ] attach the machines of green to the balancer
          shop/production#1 · event 16 · plan 3cab6ea78660
    "#]].assert_eq(&run(&story).to_string());
    expect![[r#"
        shop/production#1, in detail [quiet]
          Run #1 turned back; everything is as it was before it.
          2026-08-10 09:00:01 UTC Step 2 of 5 is done: green-1 and green-2.
          2026-08-10 09:00:02 UTC Step 3 of 5 failed: the hook `build` ended with 1.
          2026-08-10 09:00:02 UTC Run #1 turns back because of step 3; what it did is undone.
          2026-08-10 09:00:03 UTC Run #1 turned back; everything is as it was before it.
    "#]]
    .assert_eq(&thread(&story, |it| matches!(it, About::Run(_))).to_string());
}

#[test]
fn what_is_asked_again_says_when() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Fault(Fault::passing("busy"), 1)).run_to(2);
    story.turn();
    expect![[r#"
        Deploying shop 2.0 to production (green) [underway]
          Deploying shop 2.0 to production (green): step 2 of 5, have 2 machines in green.
          Asked for by: @console:1000
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:00 UTC
            [x] see that green gets no requests
            [>] have 2 machines in green, until 2026-08-10 09:05:00 UTC; it would not (busy), and is asked again 2026-08-10 09:00:02 UTC
            [ ] install 2.0 (d84bdb34d4ee) on green
            [ ] check health and search on every machine of green, 3 times in a row
            [ ] attach the machines of green to the balancer
          ( Turn back ) abort shop/production #1 -, asks for a reason, "Turn run #1 of shop/production back? What it did is undone."
          shop/production#1 · event 6 · plan 3cab6ea78660
    "#]].assert_eq(&run(&story).to_string());
}
