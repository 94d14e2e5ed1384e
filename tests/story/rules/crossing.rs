//! Never two writers, and no acknowledged row is lost: the judge watches over both after every change of a database.

use std::time::Duration;

use events::color::Color;
use events::fact::{Answer, Event, Outcome, RunOutcome, StepEvent};
use events::fold::{StepState, WindowEnd};
use events::intent::WayBack;
use events::weights::Weights;

use super::{end, facts, happens, innocent, reach, refused, say, site, succeeds, turns_back};
use crate::toy::world::{Databases, Flow, Incident, Meddling, World};
use crate::toy::{Toy, given};

/// Green is ready with 2.0, and the databases cross; every call takes a while, so that users come in between.
fn ready(so: impl FnOnce(&mut Databases)) -> Toy {
    let mut world = World::serving(given::morning(), &given::release("1.0"), 2);
    let mut pair = Databases::blue_is_primary();
    so(&mut pair);
    let (terms, can_pause) = (given::crossing_as(&pair), pair.write_errors.is_none());
    world.databases = Some(pair);
    world.tell_everything();
    let mut toy = Toy::new(world, terms);
    succeeds(&mut toy, "deploy 2.0");
    toy.pass(Duration::from_mins(1));
    {
        let manners = &mut toy.world().manners;
        manners.latency = Duration::from_millis(20);
        if can_pause {
            // A balancer that can hold requests does at once what it accepts, and says so.
            (manners.balancer_takes, manners.balancer_lags) = (Duration::ZERO, Duration::ZERO);
        }
    }
    toy
}

fn is_open(world: &World, color: Color) -> bool {
    world.databases.as_ref().unwrap().servers.get(color).is_open
}

fn is_frozen(world: &World) -> bool {
    !is_open(world, Color::Blue) && !is_open(world, Color::Green)
}

/// Whether the log knows that the new primary may have been opened.
fn is_promoting(world: &World) -> bool {
    let run = site(world).run;
    let stands_at = run.as_ref().and_then(|it| it.stands_at());
    stands_at.is_some_and(
        |(_, state)| matches!(state, StepState::Open { begun, .. } if matches!(begun.way_back, WayBack::Never { .. })),
    )
}

/// What becomes of requests now.
fn flow(toy: &Toy) -> Flow {
    let world = toy.world();
    world.balancer.flow(world.steady)
}

/// The bot dies, and comes back after a while.
fn dies(toy: &mut Toy, lasts: Duration) {
    toy.kill();
    toy.run_until(lasts, |_| false);
    toy.start();
}

#[test]
fn users_and_their_writes_go_over_together_and_come_back_together() {
    let mut toy = ready(|_| {});
    succeeds(&mut toy, "cutover");
    assert!(is_open(&toy.world(), Color::Green) && !is_open(&toy.world(), Color::Blue));
    toy.pass(Duration::from_mins(2));
    succeeds(&mut toy, "rollback: errors");
    assert!(is_open(&toy.world(), Color::Blue) && !is_open(&toy.world(), Color::Green));
    let journaled = facts(&toy).iter().filter(|it| matches!(it, Event::Step(StepEvent::Promoting { .. }))).count();
    assert_eq!(journaled, 2, "one fact in the middle of each");
    innocent(&toy);
}

#[test]
fn nothing_is_opened_before_both_are_equal() {
    let mut toy = ready(|pair| pair.apply_takes = Duration::from_secs(5));
    say(&mut toy, "cutover");
    turns_back(&mut toy);
    assert!(is_open(&toy.world(), Color::Blue));
}

#[test]
fn a_freeze_that_hangs_is_given_up_and_users_go_on() {
    let mut toy = ready(|pair| pair.freeze_takes = Duration::from_secs(3));
    say(&mut toy, "cutover");
    turns_back(&mut toy);
    assert!(is_open(&toy.world(), Color::Blue));
}

#[test]
fn a_freeze_that_a_dead_bot_has_sent_never_lands() {
    let mut toy = ready(|pair| pair.freeze_takes = Duration::from_millis(400));
    say(&mut toy, "cutover");
    reach(&mut toy, "a freeze that is on its way", |world| world.databases.as_ref().unwrap().is_freezing());
    toy.kill();
    toy.start();
    say(&mut toy, "abort: not today");
    turns_back(&mut toy);
    toy.pass(Duration::from_mins(1));
    assert!(is_open(&toy.world(), Color::Blue));
    innocent(&toy);
}

#[test]
fn whoever_is_turned_back_in_the_middle_writes_again_where_they_did() {
    let mut toy = ready(|pair| pair.apply_takes = Duration::from_secs(1));
    say(&mut toy, "cutover");
    reach(&mut toy, "frozen databases", is_frozen);
    say(&mut toy, "abort: not today");
    turns_back(&mut toy);
    toy.pass(Duration::from_secs(30));
    assert!(is_open(&toy.world(), Color::Blue));
    innocent(&toy);
}

#[test]
fn requests_wait_while_nobody_takes_writes() {
    let mut toy = ready(|pair| pair.apply_takes = Duration::from_secs(1));
    say(&mut toy, "cutover");
    reach(&mut toy, "frozen databases", is_frozen);
    assert_eq!(flow(&toy), Flow::Waits);
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    innocent(&toy);
}

#[test]
fn a_bot_that_dies_over_frozen_databases_lets_requests_be_refused_and_goes_on() {
    for dead_for in [Duration::from_secs(1), Duration::from_mins(1)] {
        let mut toy = ready(|pair| pair.apply_takes = Duration::from_secs(1));
        say(&mut toy, "cutover");
        reach(&mut toy, "frozen databases", |world| is_frozen(world) && world.balancer.weights.of(Color::Green) == 100);
        dies(&mut toy, dead_for);
        assert_eq!(flow(&toy), if dead_for < Duration::from_secs(10) { Flow::Waits } else { Flow::Refused });
        assert_eq!(end(&mut toy), RunOutcome::Succeeded);
        assert!(is_open(&toy.world(), Color::Green));
        innocent(&toy);
    }
}

#[test]
fn behind_the_journal_there_is_only_forward() {
    let mut toy = ready(|_| {});
    say(&mut toy, "cutover");
    reach(&mut toy, "the journal", |world| is_promoting(world) && is_frozen(world));
    assert!(refused(&mut toy, "abort").contains("point of no return"));
    dies(&mut toy, Duration::from_secs(30));
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    assert!(is_open(&toy.world(), Color::Green));
    innocent(&toy);
}

#[test]
fn where_both_take_writes_neither_does_until_a_person_has_chosen() {
    let mut toy = ready(|pair| pair.apply_takes = Duration::from_secs(1));
    say(&mut toy, "cutover");
    reach(&mut toy, "frozen databases", is_frozen);
    toy.kill();
    for color in Color::BOTH {
        happens(&toy, &Incident::Database(color, Meddling::Opened));
    }
    toy.start();
    reach(&mut toy, "a run that is stuck", |world| site(world).run.is_some_and(|it| it.stuck.is_some()));
    assert!(is_frozen(&toy.world()));
    let why = toy.site().run.and_then(|it| it.stuck).unwrap().why;
    assert!(why.starts_with("both databases take writes, and nobody here may choose"), "{why}");
    assert!(refused(&mut toy, "skip --reason x").contains("can't be skipped"));
    happens(&toy, &Incident::Database(Color::Blue, Meddling::Opened));
    say(&mut toy, "retry");
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    assert!(is_open(&toy.world(), Color::Green));
}

#[test]
fn a_replica_that_somebody_wrote_to_is_never_opened() {
    let mut toy = ready(|_| {});
    happens(&toy, &Incident::Database(Color::Green, Meddling::Written));
    say(&mut toy, "cutover");
    reach(&mut toy, "the end of the run", |world| site(world).run.is_none());
    let last = toy.site().last.unwrap();
    assert_eq!(last.outcome, RunOutcome::TurnedBack);
    assert!(last.why.unwrap().contains("errant of green: failed, 3 of its own"));
    assert!(is_open(&toy.world(), Color::Blue));
}

#[test]
fn a_way_back_that_would_lose_writes_is_told_and_refused_until_the_loss_is_accepted() {
    let mut toy = ready(|_| {});
    succeeds(&mut toy, "cutover");
    toy.pass(Duration::from_mins(1));
    happens(&toy, &Incident::Database(Color::Blue, Meddling::Stopped));
    toy.pass(Duration::from_mins(6));
    let lost = toy.site().window.unwrap().lost.unwrap();
    assert!(lost.starts_with("the database of blue has stopped to follow the one of green"), "{lost}");
    let answer = refused(&mut toy, "rollback");
    assert!(answer.contains("say `rollback --accept-loss`"), "{answer}");
    say(&mut toy, "rollback --accept-loss: the shop is down");
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    assert!(is_open(&toy.world(), Color::Blue) && !is_open(&toy.world(), Color::Green));
    let leaves = facts(&toy)
        .iter()
        .rev()
        .find_map(|it| if let Event::Step(StepEvent::Promoting { leaves, .. }) = it { *leaves } else { None });
    assert!(leaves.is_some_and(|it| it > 0), "what stays behind is counted");
}

#[test]
fn where_nobody_can_wait_writes_fail_for_no_longer_than_is_allowed() {
    let mut toy = ready(|pair| pair.let_fail(Duration::from_secs(20)));
    toy.world().manners.balancer_takes = Duration::from_secs(8);
    say(&mut toy, "cutover");
    reach(&mut toy, "frozen databases", is_frozen);
    assert_eq!(flow(&toy), Flow::Flows, "nobody is held");
    assert_eq!(
        toy.world().balancer.weights,
        Weights::all_to(Color::Blue),
        "requests follow once somebody takes writes"
    );
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    assert_eq!(toy.world().balancer.weights, Weights::all_to(Color::Green));
    succeeds(&mut toy, "rollback: errors");
    assert!(is_open(&toy.world(), Color::Blue) && !is_open(&toy.world(), Color::Green));
    innocent(&toy);
}

#[test]
fn writes_that_failed_for_nothing_are_taken_again_where_they_were() {
    let mut toy = ready(|pair| {
        pair.let_fail(Duration::from_secs(20));
        pair.apply_takes = Duration::from_secs(5);
    });
    say(&mut toy, "cutover");
    turns_back(&mut toy);
    assert!(is_open(&toy.world(), Color::Blue));
    assert_eq!(toy.world().balancer.weights, Weights::all_to(Color::Blue));
}

/// Whose server each color uses.
fn used(toy: &Toy) -> [Color; 2] {
    let points = toy.world().databases.as_ref().unwrap().points.clone().unwrap();
    [points.blue, points.green]
}

#[test]
fn both_environments_use_whichever_takes_writes_and_the_point_of_no_return_is_last() {
    let mut toy = ready(Databases::point_to_blue);
    say(&mut toy, "cutover --canary 50");
    reach(&mut toy, "users on green", |world| world.balancer.weights == Weights::all_to(Color::Green));
    assert!(is_open(&toy.world(), Color::Blue) && !is_promoting(&toy.world()), "green writes to the database of blue");
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    assert_eq!((used(&toy), is_open(&toy.world(), Color::Green)), ([Color::Green; 2], true));
    toy.pass(Duration::from_mins(2));
    succeeds(&mut toy, "rollback: errors");
    assert_eq!((used(&toy), is_open(&toy.world(), Color::Blue)), ([Color::Blue; 2], true));
    innocent(&toy);
}

#[test]
fn users_go_back_with_a_database_that_does_not_cross() {
    let mut toy = ready(|pair| {
        pair.point_to_blue();
        pair.is_saturated = true;
    });
    say(&mut toy, "cutover");
    turns_back(&mut toy);
    assert_eq!((used(&toy), is_open(&toy.world(), Color::Blue)), ([Color::Blue; 2], true));
    assert_eq!(toy.world().balancer.weights, Weights::all_to(Color::Blue));
}

/// A color can't be pointed anywhere from now on; or again, with none.
fn is_unreachable(toy: &Toy, color: Option<Color>) {
    toy.world().databases.as_mut().unwrap().unreachable = color;
}

#[test]
fn who_could_not_be_pointed_is_found_before_anybody_waits() {
    let mut toy = ready(Databases::point_to_blue);
    is_unreachable(&toy, Some(Color::Green));
    say(&mut toy, "cutover");
    turns_back(&mut toy);
    assert_eq!((used(&toy), is_open(&toy.world(), Color::Blue)), ([Color::Blue; 2], true));
    assert!(toy.world().balancer.pause.is_none(), "nobody ever waited");
}

#[test]
fn users_who_can_not_be_brought_to_the_new_primary_are_answered_until_they_can() {
    for ends in ["retry", "abort", "rollback"] {
        let mut toy = ready(Databases::point_to_blue);
        say(&mut toy, "cutover");
        reach(&mut toy, "the journal", |world| is_promoting(world) && is_frozen(world));
        is_unreachable(&toy, Some(Color::Green));
        reach(&mut toy, "a run that is stuck", |world| site(world).run.is_some_and(|it| it.stuck.is_some()));
        let why = toy.site().run.and_then(|it| it.stuck).unwrap().why;
        assert!(why.contains("green could not be pointed to the database of green"), "{why}");
        assert_eq!(flow(&toy), Flow::Flows, "nobody is kept waiting by it");
        assert_eq!(used(&toy), [Color::Green, Color::Blue], "where users could go back to is reached");
        if ends == "rollback" {
            say(&mut toy, "rollback: nobody can write");
            assert_eq!(end(&mut toy), RunOutcome::Succeeded);
            assert_eq!((used(&toy)[0], is_open(&toy.world(), Color::Blue)), (Color::Blue, true));
            continue;
        }
        is_unreachable(&toy, None);
        say(&mut toy, ends);
        if ends == "retry" {
            assert_eq!(end(&mut toy), RunOutcome::Succeeded);
            assert_eq!(used(&toy), [Color::Green; 2]);
        }
        let site = toy.site();
        assert_eq!(
            (site.live, site.window.is_some()),
            (Some(Color::Green), true),
            "{ends}: users are there, with a way back"
        );
        assert!(is_open(&toy.world(), Color::Green));
        if ends == "abort" {
            toy.pass(Duration::from_mins(6));
            let lost = toy.site().window.unwrap().lost.unwrap();
            assert!(lost.starts_with("green does not use the database of green"), "{lost}");
        }
    }
}

#[test]
fn an_environment_that_users_left_need_not_be_reached_and_is_no_way_back_until_it_is() {
    let mut toy = ready(Databases::point_to_blue);
    is_unreachable(&toy, Some(Color::Blue));
    succeeds(&mut toy, "cutover");
    let is_told = |it: &Event| {
        matches!(it, Event::Step(StepEvent::Answered { answer: Answer::Reached(Outcome::NotPointed { .. }), .. }))
    };
    assert!(facts(&toy).iter().any(is_told));
    assert_eq!((used(&toy), is_open(&toy.world(), Color::Green)), ([Color::Blue, Color::Green], true));
    toy.pass(Duration::from_mins(6));
    let lost = toy.site().window.unwrap().lost.unwrap();
    assert!(lost.starts_with("blue does not use the database of green: it uses the database of blue"), "{lost}");
    is_unreachable(&toy, None);
    toy.world().point(Color::Blue, Color::Green).unwrap();
    toy.pass(Duration::from_mins(6));
    assert_eq!(toy.site().window.unwrap().lost, None);
    // The reason to go back may be that nobody can be reached where users are.
    is_unreachable(&toy, Some(Color::Green));
    succeeds(&mut toy, "rollback: green is down");
    assert_eq!((used(&toy), is_open(&toy.world(), Color::Blue)), ([Color::Blue, Color::Green], true));
    innocent(&toy);
}

#[test]
fn what_would_lose_writes_is_no_way_to_where_nobody_can_write() {
    let mut toy = ready(Databases::point_to_blue);
    is_unreachable(&toy, Some(Color::Blue));
    succeeds(&mut toy, "cutover");
    toy.pass(Duration::from_mins(1));
    happens(&toy, &Incident::Database(Color::Blue, Meddling::Stopped));
    toy.pass(Duration::from_mins(6));
    say(&mut toy, "rollback --accept-loss: the shop is down");
    reach(&mut toy, "the end of the run", |world| site(world).run.is_none());
    let last = toy.site().last.unwrap();
    assert_eq!(last.outcome, RunOutcome::TurnedBack);
    assert!(last.why.unwrap().contains("pointed of blue: failed, it uses the database of blue"));
    assert_eq!(toy.world().balancer.weights, Weights::all_to(Color::Green), "nobody was sent there");
}

#[test]
fn a_window_that_ends_ends_the_way_back_of_the_database() {
    let mut toy = ready(|_| {});
    succeeds(&mut toy, "cutover");
    toy.pass(Duration::from_mins(1));
    assert!(matches!(toy.site().window.unwrap().end, WindowEnd::At { .. }));
    succeeds(&mut toy, "decommission: all is well");
    let world = toy.world();
    assert_eq!(world.databases.as_ref().unwrap().servers.green.channel, None);
}
