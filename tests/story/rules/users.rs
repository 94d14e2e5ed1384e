//! At no instant does the balancer send users to nobody, or to what was not just seen to work.

use std::time::Duration;

use events::color::Color;
use events::fact::RunOutcome;
use events::weights::Weights;

use super::{
    crossed, end, happens, innocent, live, machines, reach, reach_step, ready, refused, say, succeeds, turns_back,
    weights,
};
use crate::toy::given;
use crate::toy::world::{Incident, World};

#[test]
fn nobody_leaves_the_balancer_before_the_others_have_come() {
    let mut toy = crossed();
    succeeds(&mut toy, "rollback");
}

#[test]
fn the_old_color_is_there_until_everybody_has_left_it() {
    let mut toy = ready();
    toy.world().manners.sticky_for = Duration::from_secs(20);
    succeeds(&mut toy, "cutover");
    assert_eq!(machines(&toy, Color::Blue), 2, "{}", toy.transcript());
}

#[test]
fn nobody_is_sent_to_what_became_sick_since_it_was_ready() {
    let mut toy = ready();
    for machine in ["green-1", "green-2"] {
        happens(&toy, &Incident::Sick(machine.parse().unwrap()));
    }
    toy.pass(Duration::from_mins(1));
    say(&mut toy, "cutover");
    turns_back(&mut toy);
}

#[test]
fn nobody_is_sent_to_what_the_balancer_does_not_know() {
    let mut toy = ready();
    happens(&toy, &Incident::MembersTaken(Color::Green));
    toy.pass(Duration::from_mins(1));
    succeeds(&mut toy, "cutover");
}

#[test]
fn the_first_users_of_an_empty_site_come_when_it_is_ready() {
    let mut toy = crate::toy::Toy::new(World::empty(given::morning()), given::terms());
    succeeds(&mut toy, "deploy 1.0");
    succeeds(&mut toy, "cutover");
    assert!(toy.world().is_served(Color::Blue));
}

#[test]
fn a_canary_rises_share_by_share_and_each_is_watched() {
    let mut toy = ready();
    say(&mut toy, "cutover --canary 10,50");
    let mut since = Vec::new();
    for share in [10, 50, 100] {
        reach(&mut toy, "the share", |world| world.balancer.weights.of(Color::Green) >= share);
        assert_eq!(weights(&toy), Weights::percent_to(Color::Green, share), "{}", toy.transcript());
        since.push(toy.world().steady);
    }
    let bake = given::terms().bake.unsigned_abs();
    assert!(since.windows(2).all(|pair| pair[0] + bake <= pair[1]), "{}", toy.transcript());
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
    innocent(&toy);
}

#[test]
fn a_bake_that_nobody_watched_brings_nobody_further() {
    let mut toy = ready();
    say(&mut toy, "cutover --canary 10");
    reach_step(&mut toy, 6);
    toy.kill();
    toy.run_until(Duration::from_mins(1), |_| false);
    toy.start();
    turns_back(&mut toy);
}

#[test]
fn what_does_not_answer_through_the_balancer_is_turned_back_at_the_last_moment() {
    let mut toy = ready();
    say(&mut toy, "cutover");
    reach_step(&mut toy, 6);
    happens(&toy, &Incident::Installed("green-1".parse().unwrap(), given::release("0.9")));
    assert_eq!(end(&mut toy), RunOutcome::TurnedBack, "{}", toy.transcript());
}

#[test]
fn a_release_goes_where_no_users_are() {
    let mut toy = live();
    succeeds(&mut toy, "deploy 2.0");
    let running = toy.world().running[&"green-1".parse().unwrap()].clone();
    assert_eq!(running, given::release("2.0"));
}

#[test]
fn users_are_not_brought_to_where_nothing_is_ready() {
    let mut toy = live();
    let answer = refused(&mut toy, "cutover");
    assert!(answer.contains("green is not ready"), "{answer}");
}
