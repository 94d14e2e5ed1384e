//! Databases that cross: users and their writes go over together, and come back together.

use std::time::Duration;

use events::color::Color;

use crate::scene::{Scene, seconds, told};
use crate::toy::given;
use crate::toy::world::{Databases, Incident, Meddling, Workers, World};

/// Blue serves 1.0 and its database takes writes; 2.0 is ready on green, whose database follows.
fn ready(shows: &str, so: impl FnOnce(&mut Databases)) -> Scene {
    at_work(shows, so, None)
}

/// The same with something at work behind the requests.
fn at_work(shows: &str, so: impl FnOnce(&mut Databases), workers: Option<Workers>) -> Scene {
    let mut world = World::serving(given::morning(), &given::release("1.0"), 2);
    let mut pair = Databases::blue_is_primary();
    so(&mut pair);
    if pair.write_errors.is_none() {
        // A balancer that can hold requests does at once what it accepts, and says so.
        (world.manners.balancer_takes, world.manners.balancer_lags) = (Duration::ZERO, Duration::ZERO);
    }
    let terms = given::crossing_as(&pair);
    world.databases = Some(pair);
    let terms = match &workers {
        Some(workers) => given::with_workers(terms, workers.are_seen),
        None => terms,
    };
    world.workers = workers;
    let mut scene = Scene::unattended(shows, world);
    scene.toy.terms = terms;
    scene.toy.start();
    scene.toy.settle();
    scene.toy.pass(seconds(2));
    scene.quietly("deploy 2.0");
    scene
}

#[test]
fn the_database_crosses_with_the_users() {
    let shows = "Requests wait for a moment, both databases are equal, and nothing that was acknowledged is lost.";
    let mut scene = ready(shows, |_| {});
    scene.say("cutover").settle().say("standing");
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn what_works_behind_the_requests_rests_while_the_database_crosses() {
    let shows = "Nothing is taken up while no database takes writes, and then it is where users are.";
    let mut scene = at_work(shows, |_| {}, Some(Workers::of_blue(true)));
    scene.say("cutover").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn a_rollback_brings_every_write_back() {
    let shows = "It is the same way with the colors swapped, and what was written meanwhile comes along.";
    let mut scene = ready(shows, |_| {});
    scene.quietly("cutover");
    scene.toy.pass(seconds(60));
    scene.say("rollback: errors in the basket").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_freeze_that_hangs_turns_the_cutover_back() {
    let shows =
        "Somebody writes for longer than users may wait: the freeze is given up each time, and nothing has changed.";
    let mut scene = ready(shows, |pair| pair.freeze_takes = seconds(3));
    scene.say("cutover").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_load_that_is_too_high_is_refused_before_anybody_waits() {
    let shows = "What would keep users waiting for too long is found before anything is touched.";
    let mut scene = ready(shows, |pair| pair.is_saturated = true);
    scene.say("cutover").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn where_nobody_can_wait_writes_fail_for_a_moment() {
    let shows = "A balancer that can't let requests wait: the plan says for how long writes may fail, and users follow the \
                 database.";
    let mut scene = ready(shows, |pair| pair.let_fail(seconds(45)));
    scene.say("cutover").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn both_environments_are_pointed_to_the_server_that_takes_writes() {
    let shows =
        "Users go over by shares, with the database where it was; it crosses behind them, and nobody writes to both.";
    let mut scene = ready(shows, Databases::point_to_blue);
    scene.say("cutover --canary 25").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn a_rollback_that_would_lose_writes_says_how_many_and_leaves_them_in_a_file() {
    let shows = "The way back has stopped to follow: people are told at once, and decide with the count before them.";
    let mut scene = ready(shows, |_| {});
    scene.quietly("cutover");
    scene.toy.pass(seconds(60));
    scene.meets(&Incident::Database(Color::Blue, Meddling::Stopped)).pass(seconds(400));
    scene.is_refused("rollback", "not_lossless").say("rollback --accept-loss: the shop is down").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}
