//! An environment is destroyed only with proof that it serves nobody, and is the one that was recorded.

use std::time::Duration;

use events::color::Color;
use events::fact::RunOutcome;
use events::machine::Machine;
use events::weights::Weights;
use jiff::SignedDuration;

use super::{crossed, end, happens, innocent, machines, reach_step, ready, say, succeeds, world};
use crate::toy::Toy;
use crate::toy::world::Incident;
use crate::toy::world::manners::Manners;

/// The proof is not given, so nothing is destroyed.
fn nothing_is_destroyed(toy: &mut Toy) {
    let count = machines(toy, Color::Blue);
    assert_eq!(end(toy), RunOutcome::TurnedBack, "{}", toy.transcript());
    assert_eq!(machines(toy, Color::Blue), count);
    innocent(toy);
}

#[test]
fn what_is_proven_is_let_go_by_the_balancer_and_then_destroyed() {
    let mut toy = crossed();
    succeeds(&mut toy, "decommission --reason space");
    let world = world(&toy);
    let at = |text: &str| world.iter().position(|it| it == text);
    let (detached, destroyed) = (at("the balancer knows nobody of blue"), at("blue keeps nobody"));
    assert!(detached.is_some() && detached < destroyed, "{world:?}");
    assert_eq!(machines(&toy, Color::Green), 2);
}

#[test]
fn an_environment_that_gets_requests_is_not_destroyed() {
    let mut toy = crossed();
    happens(&toy, &Incident::SharesMoved(Weights::percent_to(Color::Blue, 20)));
    toy.pass(Duration::from_mins(1));
    say(&mut toy, "decommission --reason space");
    nothing_is_destroyed(&mut toy);
}

#[test]
fn a_machine_that_nobody_recorded_is_not_destroyed() {
    let mut toy = crossed();
    let now = toy.world().now;
    let (id, name) = ("blue-9".parse().unwrap(), "somebody's".to_owned());
    toy.world().fleet.blue.push(Machine { id, name, address: "blue-9:80".to_owned(), created_at: now });
    say(&mut toy, "decommission --reason space");
    nothing_is_destroyed(&mut toy);
}

#[test]
fn an_environment_that_was_used_just_now_is_not_destroyed() {
    let mut toy = ready();
    toy.world().manners.sticky_for = Duration::from_secs(50);
    succeeds(&mut toy, "cutover");
    say(&mut toy, "decommission --reason space");
    toy.pass(Duration::from_secs(15));
    assert!(world(&toy).iter().all(|it| it != "the balancer knows nobody of blue"), "{}", toy.transcript());
}

#[test]
fn nothing_is_destroyed_by_a_clock_that_jumped() {
    let mut toy = crossed();
    say(&mut toy, "decommission --reason space");
    reach_step(&mut toy, 1);
    toy.pass(Duration::from_secs(5));
    happens(&toy, &Incident::ClockJumps(SignedDuration::from_secs(30)));
    nothing_is_destroyed(&mut toy);
}

#[test]
fn nothing_is_destroyed_before_the_log_was_verified() {
    let mut toy = crossed();
    toy.world().manners = Manners::immediate();
    toy.terms.window.quiet_for = SignedDuration::ZERO;
    toy.kill();
    toy.start();
    say(&mut toy, "decommission --reason space");
    toy.run_until(Duration::from_millis(500), |_| false);
    assert_eq!(machines(&toy, Color::Blue), 2, "{}", toy.transcript());
    assert_eq!(end(&mut toy), RunOutcome::Succeeded);
}

#[test]
fn a_log_that_takes_long_to_be_verified_after_a_kill_is_waited_for() {
    let mut toy = crossed();
    toy.world().manners.verification_takes = Duration::from_secs(90);
    say(&mut toy, "decommission --reason space");
    reach_step(&mut toy, 3);
    toy.kill();
    toy.start();
    assert_eq!(end(&mut toy), RunOutcome::Succeeded, "{}", toy.transcript());
    assert_eq!(machines(&toy, Color::Blue), 0);
    innocent(&toy);
}
