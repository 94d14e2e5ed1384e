//! What must always be true, rule by rule: each a short story of the moment in which it is tempted. `tests/mutants` plants
//! a mistake against every one.

mod answers;
mod back;
mod chat;
mod crossing;
mod gates;
mod log_first;
mod one_at_a_time;
mod proof;
mod slots;
mod users;
mod waiting;
mod who_may;
mod workers;

use std::time::Duration;

use events::color::Color;
use events::fact::{Event, RunOutcome};
use events::fold::{Site, StepState};
use events::weights::Weights;
use events::wire;

use crate::toy::world::manners::Misdeed;
use crate::toy::world::{Incident, Told, World};
use crate::toy::{Toy, Went, given};

/// Longer than any run may take.
const LONG: Duration = Duration::from_hours(3);

/// Blue serves 1.0.
fn live() -> Toy {
    let mut world = World::serving(given::morning(), &given::release("1.0"), 2);
    world.tell_everything();
    Toy::new(world, given::terms())
}

/// Green is ready with 2.0, and whatever happened is long past.
fn ready() -> Toy {
    let mut toy = live();
    succeeds(&mut toy, "deploy 2.0");
    toy.pass(Duration::from_mins(1));
    toy
}

/// Green serves 2.0, blue is the way back, and nobody sticks to it any more.
fn crossed() -> Toy {
    let mut toy = ready();
    succeeds(&mut toy, "cutover");
    toy.pass(Duration::from_mins(1));
    toy
}

/// Says something that is not refused.
fn say(toy: &mut Toy, line: &str) {
    let heard = toy.say(line);
    assert!(!heard.is_refused, "{line}: {}", heard.reply);
}

/// Says something that is refused.
fn refused(toy: &mut Toy, line: &str) -> String {
    let heard = toy.say(line);
    assert!(heard.is_refused, "{line}: {}", heard.reply);
    heard.reply.to_string()
}

/// Goes on until the open run is over, and gives how it ended.
fn end(toy: &mut Toy) -> RunOutcome {
    reach(toy, "the end of the run", |world| site(world).run.is_none());
    toy.site().last.unwrap().outcome
}

/// A run that does what it is for.
fn succeeds(toy: &mut Toy, line: &str) {
    say(toy, line);
    assert_eq!(end(toy), RunOutcome::Succeeded, "{line}\n{}", toy.transcript());
    innocent(toy);
}

/// A run that leaves the world as it found it.
fn turns_back(toy: &mut Toy) {
    assert_eq!(end(toy), RunOutcome::TurnedBack, "{}", toy.transcript());
    innocent(toy);
}

/// Nothing was done that must never be done.
fn innocent(toy: &Toy) {
    let violations = toy.world().judge.violations.clone();
    assert!(violations.is_empty(), "{}\n{}", violations.join("\n"), toy.transcript());
    assert_eq!(toy.site().parked, None, "{}", toy.transcript());
}

/// Goes on until it is so.
fn reach(toy: &mut Toy, what: &str, is_so: impl Fn(&World) -> bool) {
    let went = toy.run_until(LONG, is_so);
    assert_eq!(went, Went::So, "{what} never came\n{}", toy.transcript());
}

/// Goes on until the open run has begun this step, counted from 1.
fn reach_step(toy: &mut Toy, step: u16) {
    reach(toy, "the step", |world| {
        let site = site(world);
        let at = site.run.as_ref().and_then(|run| run.stands_at());
        at.is_some_and(|(at, state)| at.0 + 1 == step && matches!(state, StepState::Open { .. }))
    });
}

/// Something happens to the shop now.
fn happens(toy: &Toy, incident: &Incident) {
    toy.world().meet(incident);
}

/// What will be done to the next calls of that name.
fn misbehaves(toy: &Toy, call: &'static str, misdeeds: &[Misdeed]) {
    toy.world().misdeeds.entry(call).or_default().extend(misdeeds.iter().cloned());
}

/// What the log says of the site.
fn site(world: &World) -> Site {
    world.journal.state.site(&given::site())
}

/// How requests are shared.
fn weights(toy: &Toy) -> Weights {
    toy.world().balancer.weights
}

/// How many machines a color has.
fn machines(toy: &Toy, color: Color) -> usize {
    toy.world().fleet.get(color).len()
}

/// Everything that was recorded of the site.
fn facts(toy: &Toy) -> Vec<Event> {
    let world = toy.world();
    let of_site = world.journal.events.iter().filter(|it| it.stream.as_str() == given::site().to_string());
    of_site.map(|it| wire::decode(it).unwrap()).collect()
}

/// What became of the world, in order.
fn world(toy: &Toy) -> Vec<String> {
    let world = toy.world();
    let lines = world.told().iter().filter_map(|(_, told)| match told {
        Told::World(text) => Some(text.clone()),
        Told::Line(_) | Told::Answer(_) | Told::Event(_) | Told::Incident(_) => None,
    });
    lines.collect()
}
