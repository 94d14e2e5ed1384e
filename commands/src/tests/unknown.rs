//! Steps of which nobody can tell whether they happened: a person decides.

use events::fact::RunOutcome;
use events::fault::Fault;
use expect_test::expect;

use super::outcome;
use crate::testing::{Reply, Story, release};

/// A deploy of which nobody can tell whether it happened.
fn unknown() -> Story {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(3, Reply::Fault(Fault::unknown("the connection broke while it ran"), 1)).run();
    story.forget();
    story
}

#[test]
fn a_person_knows_that_it_did_not_happen() {
    let mut story = unknown();
    story.say("retry").run();
    expect![[r"
        Mon 09:00:02 > retry
        Mon 09:00:02   Run #1 tries again.
        Mon 09:00:03   Step 3 of 5 is done.
        Mon 09:00:03   Step 4 of 5: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:03   Step 4 of 5 is done.
        Mon 09:00:03   Step 5 of 5: attach the machines of green to the balancer.
        Mon 09:00:04   Step 5 of 5 is done.
        Mon 09:00:04   Run #1 is done: deploy 2.0 (d84bdb34d4ee) to green.
    "]]
    .assert_eq(&story.text());
}

#[test]
fn a_person_knows_that_it_did_happen() {
    let mut story = unknown();
    story.meddle(|world| {
        for id in ["green-1", "green-2"] {
            world.releases.insert(id.parse().unwrap(), release("2.0"));
        }
    });
    story.say("skip --reason \"it is installed\"").run();
    expect![[r#"
        Mon 09:00:02 > skip --reason "it is installed"
        Mon 09:00:02   Step 3 of 5 was skipped: it is installed.
        Mon 09:00:02   Step 4 of 5: check health and search on every machine of green, 3 times in a row.
        Mon 09:00:02   Step 4 of 5 is done.
        Mon 09:00:02   Step 5 of 5: attach the machines of green to the balancer.
        Mon 09:00:03   Step 5 of 5 is done.
        Mon 09:00:03   Run #1 is done: deploy 2.0 (d84bdb34d4ee) to green.
    "#]]
    .assert_eq(&story.text());
}

#[test]
fn what_was_skipped_though_it_may_have_happened_is_undone_all_the_same() {
    let mut story = unknown();
    story.meddle(|world| {
        world.releases.insert("green-1".parse().unwrap(), release("2.0"));
    });
    story.say("skip --reason \"it is installed\"").run();
    assert_eq!(outcome(&story), Some(RunOutcome::TurnedBack));
    assert_eq!(story.world, Story::adopted().world);
}

#[test]
fn a_person_does_not_know_and_turns_back() {
    let mut story = unknown();
    story.say("abort").run();
    assert_eq!(outcome(&story), Some(RunOutcome::TurnedBack));
    assert_eq!(story.world, Story::adopted().world);
}
