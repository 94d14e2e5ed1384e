//! A window stays open as long as it was promised, and what comes after it is announced and comes in its slot.

use std::time::Duration;

use events::color::Color;
use events::fact::{Event, RunEvent, WindowEvent};
use events::fold::WindowEnd;
use jiff::tz::TimeZone;

use super::{crossed, innocent, machines, reach, refused, say, site, succeeds};
use crate::toy::Toy;

/// The slot that the way back is to be decommissioned in.
fn slot(toy: &Toy) -> jiff::Timestamp {
    let window = toy.site().window.expect("a window");
    let WindowEnd::At { decommission_at: Some(at), .. } = window.end else { panic!("{:?}", window.end) };
    at
}

fn is_there(toy: &Toy) -> bool {
    machines(toy, Color::Blue) == 2
}

fn announced(toy: &mut Toy) {
    reach(toy, "the announcement", |world| site(world).window.is_some_and(|it| it.announced.is_some()));
}

#[test]
fn the_way_back_is_there_as_long_as_it_was_promised() {
    let mut toy = crossed();
    toy.pass(Duration::from_mins(27));
    assert!(is_there(&toy), "{}", toy.transcript());
    succeeds(&mut toy, "rollback");
}

#[test]
fn the_decommission_comes_in_a_slot_of_the_schedule() {
    let mut toy = crossed();
    // Every ten minutes.
    let slot = slot(&toy).to_zoned(TimeZone::UTC);
    assert_eq!((slot.minute() % 10, slot.second()), (0, 0), "{slot}");
    let left = Duration::try_from(slot.timestamp().duration_since(toy.world().now)).unwrap();
    toy.pass(left.checked_sub(Duration::from_secs(1)).unwrap());
    assert!(is_there(&toy) && toy.site().run.is_none(), "{}", toy.transcript());
    toy.pass(Duration::from_mins(2));
    assert!(!is_there(&toy), "{}", toy.transcript());
    innocent(&toy);
}

#[test]
fn nothing_is_decommissioned_that_was_not_announced() {
    let mut toy = crossed();
    reach(&mut toy, "the decommission", |world| world.fleet.blue.is_empty());
    let facts = super::facts(&toy);
    let announced = facts.iter().position(|it| matches!(it, Event::Window(WindowEvent::Announced { .. })));
    let requested = facts.iter().rposition(|it| matches!(it, Event::Run(RunEvent::Requested { .. })));
    assert!(announced.is_some() && announced < requested, "{}", toy.transcript());
}

#[test]
fn what_was_announced_is_waited_for() {
    let mut toy = crossed();
    announced(&mut toy);
    toy.pass(Duration::from_mins(5));
    assert!(is_there(&toy) && toy.site().run.is_none(), "{}", toy.transcript());
}

#[test]
fn a_slot_that_nobody_was_there_for_is_not_made_up_for() {
    let mut toy = crossed();
    announced(&mut toy);
    toy.kill();
    toy.run_until(Duration::from_mins(33), |_| false);
    toy.start();
    toy.pass(Duration::from_mins(3));
    assert!(is_there(&toy), "{}", toy.transcript());
    let now = toy.world().now;
    assert!(slot(&toy) > now, "{}", toy.transcript());
}

#[test]
fn a_locked_site_is_not_decommissioned() {
    let mut toy = crossed();
    say(&mut toy, "lock: sale");
    toy.pass(Duration::from_hours(2));
    assert!(is_there(&toy), "{}", toy.transcript());
    refused(&mut toy, "decommission --reason space");
}

#[test]
fn a_way_back_that_is_kept_stays() {
    let mut toy = crossed();
    say(&mut toy, "keep");
    toy.pass(Duration::from_hours(6));
    assert!(is_there(&toy), "{}", toy.transcript());
}
