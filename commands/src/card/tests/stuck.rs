//! Runs that need a person.

use events::fault::Fault;
use expect_test::expect;

use super::run;
use crate::testing::{Reply, Story};

#[test]
fn who_is_needed_is_told_what_can_be_said() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(3, Reply::Fault(Fault::unknown("the hook `migrate` is gone"), 1)).run();
    expect![[r#"
        A PERSON IS NEEDED: Deploying shop 2.0 to production (green) [bad]
          The deploy of shop 2.0 to production (green) is stuck, step 3 of 5, install 2.0 (d84bdb34d4ee) on green, and needs a person: the hook `migrate` is gone.
          It needs a person: the hook `migrate` is gone. Look, then say `retry` if it did not happen, `skip` if it did, or `abort`.
          Asked for by: @console:1000
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:00 UTC
            [x] see that green gets no requests
            [x] have 2 machines in green
            [!] install 2.0 (d84bdb34d4ee) on green: the hook `migrate` is gone
            [ ] check health and search on every machine of green, 3 times in a row
            [ ] attach the machines of green to the balancer
          ( Try again ) retry shop/production #1 s3
          ( It happened: go on ) skip shop/production #1 s3, asks for a reason, "Did you see that it happened? The run goes on without it."
          ( Abort ) abort shop/production #1 s3, asks for a reason, "Abort run #1 of shop/production?"
          shop/production#1 · event 10 · plan 3cab6ea78660
    "#]].assert_eq(&run(&story).to_string());
}

#[test]
fn what_somebody_else_changed_is_named() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(2, Reply::Fault(Fault::drift("somebody else changed it"), 1)).run();
    expect![[r#"
        The deploy of shop 2.0 to production (green) was turned back [bad]
          The deploy of shop 2.0 to production (green) was turned back, and everything is as it was before: somebody else changed it.
          Why: somebody else changed it
          Asked for by: @console:1000
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Begun: 2026-08-10 09:00:00 UTC
          Over: 2026-08-10 09:00:11 UTC
            [x] see that green gets no requests
            [<] have 2 machines in green, undone
            [ ] install 2.0 (d84bdb34d4ee) on green
            [ ] check health and search on every machine of green, 3 times in a row
            [ ] attach the machines of green to the balancer
          shop/production#1 · event 10 · plan 3cab6ea78660
    "#]].assert_eq(&run(&story).to_string());
}
