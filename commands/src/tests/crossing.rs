//! Sites whose databases cross with their users.

use events::color::Color;
use events::fact::{RunKind, RunOutcome};
use events::fault::Fault;
use events::fold::Phase;
use events::intent::Primary;
use events::terms::DatabaseTerms;
use events::weights::Weights;
use expect_test::expect;
use jiff::SignedDuration;

use crate::pinned::Lossless;
use crate::testing::{Reply, Story, crossing_terms};

/// Green is ready with 2.0, and the databases cross.
fn ready() -> Story {
    let mut story = Story::adopted();
    story.terms = crossing_terms();
    story.say("deploy 2.0").run().forget();
    story
}

#[test]
fn the_database_crosses_with_the_users_and_comes_back_with_them() {
    let mut story = ready();
    story.say("cutover").run();
    assert_eq!(Primary::of(&story.world.servers), Primary::One(Color::Green));
    story.say("rollback: errors in the basket").run();
    assert_eq!(Primary::of(&story.world.servers), Primary::One(Color::Blue));
    assert_eq!(story.site().live, Some(Color::Blue));
    expect![[r#"
        Mon 09:00:03 > cutover
        Mon 09:00:03   Run #2 was requested: cut over to green with 2.0 (d84bdb34d4ee), 10 steps, plan a954890b230d.
        Mon 09:00:03   Step 1 of 10: see that every request goes to blue, as the log says.
        Mon 09:00:03   Step 1 of 10 is done.
        Mon 09:00:03   Step 2 of 10: see that the database of blue takes writes, and no other.
        Mon 09:00:03   Step 2 of 10 is done.
        Mon 09:00:03   Step 3 of 10: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:03   Step 3 of 10 is done.
        Mon 09:00:03   Step 4 of 10: see that users of blue could cross, by everything that the database asks for, 3 times in a row.
        Mon 09:00:03   Step 4 of 10 is done.
        Mon 09:00:03   Step 5 of 10: let the database of blue follow the one of green too.
        Mon 09:00:04   Step 5 of 10 is done.
        Mon 09:00:04   Step 6 of 10: attach the machines of green to the balancer.
        Mon 09:00:04   Step 6 of 10 is done.
        Mon 09:00:04   Step 7 of 10: see the balancer call at least 2 machines of green healthy, 3 times in a row.
        Mon 09:00:04   Step 7 of 10 is done.
        Mon 09:00:04   Step 8 of 10: bring the database and every request to green.
        Mon 09:00:04   Step 8 of 10: both databases are equal; from here green takes writes, and the only way back is a rollback.
        Mon 09:00:05   Step 8 of 10 is done.
        Mon 09:00:05   Step 9 of 10: check health and search through the balancer, 3 times in a row.
        Mon 09:00:05   Step 9 of 10 is done.
        Mon 09:00:05   Step 10 of 10: wait until blue has no request in flight, at most 4m.
        Mon 09:00:05   Step 10 of 10 is done: no request is in flight there.
        Mon 09:00:05   Run #2 is done: cut over to green with 2.0 (d84bdb34d4ee).
        Mon 09:00:05   The window is open: blue is the way back until 2026-08-11 09:00:05 UTC; decommission at 2026-08-12 01:00:00 UTC.
        Mon 09:00:05 > rollback: errors in the basket
        Mon 09:00:05   Run #3 was requested: roll back to blue with 1.0 (d0ff5974b6aa) ("errors in the basket"), 10 steps, plan 7c5a3850c91e.
        Mon 09:00:05   Step 1 of 10: see that every request goes to green, as the log says.
        Mon 09:00:05   Step 1 of 10 is done.
        Mon 09:00:05   Step 2 of 10: see that the database of green takes writes, and no other.
        Mon 09:00:05   Step 2 of 10 is done.
        Mon 09:00:05   Step 3 of 10: check health and search on every machine of blue, 3 times in a row.
        Mon 09:00:05   Step 3 of 10 is done.
        Mon 09:00:05   Step 4 of 10: see that users of green could cross, by everything that the database asks for, 3 times in a row.
        Mon 09:00:05   Step 4 of 10 is done.
        Mon 09:00:05   Step 5 of 10: let the database of green follow the one of blue too.
        Mon 09:00:05   Step 5 of 10 is done.
        Mon 09:00:05   Step 6 of 10: attach the machines of blue to the balancer.
        Mon 09:00:05   Step 6 of 10 is done.
        Mon 09:00:05   Step 7 of 10: see the balancer call at least 2 machines of blue healthy, 3 times in a row.
        Mon 09:00:05   Step 7 of 10 is done.
        Mon 09:00:05   Step 8 of 10: bring the database and every request to blue.
        Mon 09:00:05   Step 8 of 10: both databases are equal; from here blue takes writes, and the only way back is a rollback.
        Mon 09:00:06   Step 8 of 10 is done.
        Mon 09:00:06   Step 9 of 10: check health and search through the balancer, 3 times in a row.
        Mon 09:00:06   Step 9 of 10 is done.
        Mon 09:00:06   Step 10 of 10: wait until green has no request in flight, at most 4m.
        Mon 09:00:06   Step 10 of 10 is done: no request is in flight there.
        Mon 09:00:06   Run #3 is done: roll back to blue with 1.0 (d0ff5974b6aa).
        Mon 09:00:06   The window is closed: users are back.
        Mon 09:00:06   The site was locked: rolled back to 1.0 (d0ff5974b6aa) on blue by console:1000: errors in the basket.
    "#]].assert_eq(&story.text());
}

#[test]
fn until_it_promotes_a_crossing_is_turned_back_with_everything_before_it() {
    let mut story = ready();
    story.forward(8, Reply::Fault(Fault::lasting("the load can't be gated"), 1)).say("cutover").run();
    assert_eq!(story.site().last.map(|it| it.outcome), Some(RunOutcome::TurnedBack));
    assert!(!story.world.servers.blue.follows, "what was armed for it is disarmed");
    assert_eq!(story.site().live, Some(Color::Blue));
}

#[test]
fn what_nobody_can_tell_of_a_crossing_is_a_split_that_only_a_person_decides() {
    let mut story = ready();
    story.forward(8, Reply::Fault(Fault::unknown("both take writes"), 1)).say("cutover").run();
    let stuck = story.site().run.and_then(|it| it.stuck).unwrap();
    assert_eq!(stuck.trouble, events::fact::Trouble::Split);
    assert_eq!(story.clone().order("skip --reason x").unwrap_err().code(), "step_is_change");
    let mut left = story.clone();
    left.say("abort");
    assert_eq!(left.site().last.map(|it| it.outcome), Some(RunOutcome::LeftAsIs), "to turn back would be to choose");
    assert_eq!(left.world.servers, story.world.servers);
    story.say("retry").run();
    assert_eq!(story.site().live, Some(Color::Green));
}

#[test]
fn a_cutover_that_crossed_and_fails_after_it_is_ended_by_a_rollback() {
    let mut story = ready();
    story.forward(9, Reply::Fault(Fault::lasting("the entrance does not answer"), 9)).say("cutover").run();
    assert!(story.site().run.is_some_and(|it| it.stuck.is_some()));
    story.replies.clear();
    story.forget().say("rollback: the shop is down").run();
    assert_eq!((story.site().live, story.site().window), (Some(Color::Blue), None));
    assert_eq!(Primary::of(&story.world.servers), Primary::One(Color::Blue));
    expect![[r#"
        Mon 09:00:05 > rollback: the shop is down
        Mon 09:00:05   Run #2 was ended behind its crossing; users and their writes are there.
        Mon 09:00:05   The window is open: blue is the way back until 2026-08-11 09:00:05 UTC; decommission at 2026-08-12 01:00:00 UTC.
        Mon 09:00:05   Run #3 was requested: roll back to blue with 1.0 (d0ff5974b6aa) ("the shop is down"), 10 steps, plan 7c5a3850c91e.
        Mon 09:00:05   Step 1 of 10: see that every request goes to green, as the log says.
        Mon 09:00:05   Step 1 of 10 is done.
        Mon 09:00:05   Step 2 of 10: see that the database of green takes writes, and no other.
        Mon 09:00:05   Step 2 of 10 is done.
        Mon 09:00:05   Step 3 of 10: check health and search on every machine of blue, 3 times in a row.
        Mon 09:00:05   Step 3 of 10 is done.
        Mon 09:00:05   Step 4 of 10: see that users of green could cross, by everything that the database asks for, 3 times in a row.
        Mon 09:00:05   Step 4 of 10 is done.
        Mon 09:00:05   Step 5 of 10: let the database of green follow the one of blue too.
        Mon 09:00:05   Step 5 of 10 is done.
        Mon 09:00:05   Step 6 of 10: attach the machines of blue to the balancer.
        Mon 09:00:05   Step 6 of 10 is done.
        Mon 09:00:05   Step 7 of 10: see the balancer call at least 2 machines of blue healthy, 3 times in a row.
        Mon 09:00:05   Step 7 of 10 is done.
        Mon 09:00:05   Step 8 of 10: bring the database and every request to blue.
        Mon 09:00:05   Step 8 of 10: both databases are equal; from here blue takes writes, and the only way back is a rollback.
        Mon 09:00:06   Step 8 of 10 is done.
        Mon 09:00:06   Step 9 of 10: check health and search through the balancer, 3 times in a row.
        Mon 09:00:06   Step 9 of 10 is done.
        Mon 09:00:06   Step 10 of 10: wait until green has no request in flight, at most 4m.
        Mon 09:00:06   Step 10 of 10 is done: no request is in flight there.
        Mon 09:00:06   Run #3 is done: roll back to blue with 1.0 (d0ff5974b6aa).
        Mon 09:00:06   The window is closed: users are back.
        Mon 09:00:06   The site was locked: rolled back to 1.0 (d0ff5974b6aa) on blue by console:1000: the shop is down.
    "#]].assert_eq(&story.text());
}

#[test]
fn what_crossed_and_is_left_as_it_stands_has_a_window() {
    let mut story = ready();
    story.forward(9, Reply::Fault(Fault::lasting("the entrance does not answer"), 9)).say("cutover").run();
    story.say("abort");
    assert_eq!(story.site().live, Some(Color::Green));
    assert_eq!(story.site().environments.blue.phase, Phase::WayBack);
    assert!(story.site().window.is_some(), "users went over, so there is a way back");
}

#[test]
fn a_loss_is_counted_before_it_is_accepted_and_stands_in_the_plan() {
    let mut story = ready();
    story.say("cutover").run().forget();
    story.lossless = Lossless::No { why: "blue does not follow green any more".to_owned(), missing: Some(3) };
    assert_eq!(story.clone().order("rollback").unwrap_err().code(), "not_lossless");
    story.say("rollback --accept-loss");
    let run = story.site().run.unwrap();
    assert_eq!(run.kind, RunKind::Rollback);
    let plan: Vec<String> = run.plan.steps().iter().map(crate::sentence::step).collect();
    expect![[r#"
        see that every request goes to green, as the log says
        see that the database of green takes writes, and no other
        check health and search on every machine of blue, 3 times in a row
        attach the machines of blue to the balancer
        see the balancer call at least 2 machines of blue healthy, 3 times in a row
        bring every request to blue, and leave 3 transactions of green behind
        check health and search through the balancer, 3 times in a row
        wait until green has no request in flight, at most 4m"#]]
    .assert_eq(&plan.join("\n"));
    story.run();
    assert_eq!(story.site().live, Some(Color::Blue));
}

#[test]
fn what_both_colors_use_crosses_behind_the_users_who_may_be_shared_before() {
    let mut story = ready();
    let Some(DatabaseTerms::Replicated(crossing)) = &mut story.terms.database else { panic!("no databases") };
    crossing.repoint = Some(SignedDuration::from_secs(5));
    crossing.write_errors = Some(SignedDuration::from_secs(10));
    story.say("cutover --canary 25");
    let plan: Vec<String> = story.site().run.unwrap().plan.steps().iter().map(crate::sentence::step).collect();
    expect![[r#"
        share requests: blue 75 %, green 25 %
        check health and search on every machine of green for 10m
        see the balancer call at least 2 machines of green healthy, 3 times in a row
        send every request to green
        check health and search through the balancer, 3 times in a row
        wait until blue has no request in flight, at most 4m
        see that users of blue could cross, by everything that the database asks for
        bring the database to green, and point both environments to it; nobody waits, and writes fail meanwhile, at most 10s
        check health and search through the balancer, 3 times in a row"#]].assert_eq(&plan[7..].join("\n"));
    story.run();
    assert_eq!(Primary::of(&story.world.servers), Primary::One(Color::Green));
    story.say("rollback: errors in the basket").run();
    assert_eq!(Primary::of(&story.world.servers), Primary::One(Color::Blue));
    assert_eq!(story.site().live, Some(Color::Blue));
}

#[test]
fn users_who_went_before_the_database_go_back_if_it_does_not_cross() {
    let mut story = ready();
    let Some(DatabaseTerms::Replicated(crossing)) = &mut story.terms.database else { panic!("no databases") };
    crossing.repoint = Some(SignedDuration::from_secs(5));
    story.forward(12, Reply::Fault(Fault::lasting("this load can't cross now"), 9)).say("cutover").run();
    let ended = story.site().last.unwrap();
    assert_eq!((ended.outcome, story.site().live), (RunOutcome::TurnedBack, Some(Color::Blue)), "{ended:?}");
    assert_eq!(Primary::of(&story.world.servers), Primary::One(Color::Blue));
    assert_eq!(story.world.weights, Weights::all_to(Color::Blue));
}

#[test]
fn where_nobody_waits_the_plan_says_for_how_long_writes_may_fail() {
    let mut story = ready();
    let Some(DatabaseTerms::Replicated(crossing)) = &mut story.terms.database else { panic!("no databases") };
    crossing.write_errors = Some(SignedDuration::from_secs(45));
    assert_eq!(story.clone().order("cutover --canary 25").unwrap_err().code(), "canary_cant_write");
    story.say("cutover");
    let plan: Vec<String> = story.site().run.unwrap().plan.steps().iter().map(crate::sentence::step).collect();
    expect!["bring the database and every request to green; nobody waits, and writes fail meanwhile, at most 45s"]
        .assert_eq(&plan[7]);
}

#[test]
fn a_decommission_ends_the_way_back_of_the_database_before_the_machines_go() {
    let mut story = ready();
    story.say("cutover").run().forget().say("decommission: all is well");
    let plan: Vec<String> = story.site().run.unwrap().plan.steps().iter().map(crate::sentence::step).collect();
    expect![[r#"
        prove that blue can go: nobody used it for 10m, and it is what was recorded
        detach blue from the balancer
        let the database of green follow nobody
        destroy the machines of blue"#]]
    .assert_eq(&plan.join("\n"));
    story.run();
    assert!(!story.world.servers.green.follows);
}

#[test]
fn a_shared_database_is_asked_and_nothing_of_it_crosses() {
    let mut story = ready();
    story.terms.database = Some(DatabaseTerms::Shared);
    story.say("cutover");
    let plan: Vec<String> = story.site().run.unwrap().plan.steps().iter().map(crate::sentence::step).collect();
    expect![[r#"
        see that every request goes to blue, as the log says
        check health and search on every machine of green, 3 times in a row
        see that users of blue could cross, by everything that the database asks for, 3 times in a row
        attach the machines of green to the balancer
        see the balancer call at least 2 machines of green healthy, 3 times in a row
        send every request to green
        check health and search through the balancer, 3 times in a row
        wait until blue has no request in flight, at most 4m"#]]
    .assert_eq(&plan.join("\n"));
    let before = story.world.servers.clone();
    story.run();
    assert_eq!((story.site().live, &story.world.servers), (Some(Color::Green), &before));
}
