//! Sites with something at work behind their requests.

use events::color::Color;
use events::fact::RunOutcome;
use events::fault::Fault;
use events::intent::{Primary, Work};
use events::terms::{DatabaseTerms, Terms, WorkersTerms};
use expect_test::expect;
use jiff::SignedDuration;

use crate::testing::{Reply, Story, crossing_terms, terms};

/// Green is ready with 2.0, and blue's workers work.
fn ready(terms: Terms, are_seen: bool) -> Story {
    let mut story = Story::adopted();
    story.terms = Terms { workers: Some(WorkersTerms { takes: SignedDuration::from_secs(20), are_seen }), ..terms };
    story.say("deploy 2.0").run().forget();
    story
}

fn plan(story: &Story) -> String {
    let steps = story.site().run.unwrap().plan;
    steps.steps().iter().map(crate::sentence::step).collect::<Vec<_>>().join("\n")
}

fn work(story: &Story) -> (Work, Work) {
    (story.world.workers.blue, story.world.workers.green)
}

#[test]
fn workers_rest_while_the_database_crosses_and_go_on_where_users_are() {
    let mut story = ready(crossing_terms(), true);
    story.say("cutover");
    expect![[r#"
        see that every request goes to blue, as the log says
        see that the database of blue takes writes, and no other
        check health and search on every machine of green, 3 times in a row
        see that users of blue could cross, by everything that the database asks for, 3 times in a row
        let the database of blue follow the one of green too
        attach the machines of green to the balancer
        see the balancer call at least 2 machines of green healthy, 3 times in a row
        pause the workers of blue
        see that no worker of blue works
        see the balancer call at least 2 machines of green healthy, 3 times in a row
        bring the database and every request to green
        check health and search through the balancer, 3 times in a row
        start the workers of green
        wait until blue has no request in flight, at most 4m"#]]
    .assert_eq(&plan(&story));
    story.run();
    assert_eq!(work(&story), (Work::Paused, Work::Running));
    story.say("rollback: errors").run();
    assert_eq!(work(&story), (Work::Running, Work::Paused));
    assert_eq!(story.site().live, Some(Color::Blue));
}

#[test]
fn workers_that_nobody_can_see_are_asked_and_believed() {
    let mut story = ready(Terms { database: Some(DatabaseTerms::Shared), ..terms() }, false);
    story.say("cutover --canary 10");
    assert!(!plan(&story).contains("see that no worker"));
    story.run();
    assert_eq!(work(&story), (Work::Paused, Work::Running));
}

#[test]
fn a_cutover_that_turns_back_starts_the_workers_where_they_were() {
    let mut story = ready(crossing_terms(), true);
    story.say("cutover").run_to(11).say("abort: not today").run();
    assert_eq!(story.site().last.unwrap().outcome, RunOutcome::TurnedBack);
    assert_eq!(work(&story), (Work::Running, Work::Paused));
    assert_eq!(Primary::of(&story.world.servers), Primary::One(Color::Blue));
}

#[test]
fn workers_that_somebody_else_had_paused_are_not_started_by_turning_back() {
    let mut story = ready(crossing_terms(), true);
    story.meddle(|world| world.workers.blue = Work::Paused);
    story.say("cutover").run_to(11).say("abort: not today").run();
    assert_eq!(work(&story), (Work::Paused, Work::Paused));
}

#[test]
fn a_release_whose_workers_do_not_start_is_turned_back_while_nothing_has_crossed() {
    let mut story = ready(Terms { database: Some(DatabaseTerms::Shared), ..terms() }, true);
    story.replies.insert((10, false), Reply::Fault(Fault::lasting("exit status: 1"), 1));
    story.say("cutover").run();
    assert_eq!(story.site().last.unwrap().outcome, RunOutcome::TurnedBack);
    assert_eq!((work(&story), story.site().live), ((Work::Running, Work::Paused), Some(Color::Blue)));
}

#[test]
fn behind_a_crossing_workers_that_do_not_start_call_people_and_are_started_by_retry() {
    let mut story = ready(crossing_terms(), true);
    story.replies.insert((13, false), Reply::Fault(Fault::lasting("exit status: 1"), 1));
    story.say("cutover").run();
    assert!(story.site().run.unwrap().stuck.is_some());
    assert_eq!(work(&story), (Work::Paused, Work::Paused));
    story.say("retry").run();
    assert_eq!((work(&story), story.site().live), ((Work::Paused, Work::Running), Some(Color::Green)));
}

#[test]
fn the_first_cutover_starts_workers_and_pauses_none() {
    let mut story = Story::new(crate::testing::World::empty());
    let workers = WorkersTerms { takes: SignedDuration::from_secs(20), are_seen: true };
    story.world.workers.blue = Work::Paused;
    story.terms.workers = Some(workers);
    story.say("adopt").say("deploy 1.0").run().say("cutover");
    assert!(!plan(&story).contains("pause the workers") && plan(&story).contains("start the workers of blue"));
    story.run();
    assert_eq!(work(&story), (Work::Running, Work::Paused));
}
