//! Bugs that the explorer found, each as the shortest history that showed it. The seed says where it came from.

use std::time::Duration;

use events::color::Color;

use super::action::Action::{Meet, Misdo};
use super::action::{Action, History, Saying, call_out, pass, say};
use super::replay;
use crate::toy::world::Misdeed::{Refused, Throttled};
use crate::toy::world::{Incident, Manners};

/// A shop that blue serves, in a world with ordinary manners.
fn shop(actions: Vec<Action>) -> History {
    History { manners: Manners::default(), is_serving: true, actions, ending: 1 }
}

fn hold(history: &History) {
    if let Some(found) = replay(0, history, true) {
        panic!("{}\n{history}\n{}", found.violation, found.transcript);
    }
}

fn twice(text: &str) -> Action {
    Action::Say(Saying { who: 1000, text: text.to_owned(), is_patient: true, again: Some(Duration::ZERO) })
}

/// Seed 12: the second was decided on what the first left behind, and the person was told of an error.
#[test]
fn a_delivery_that_comes_twice_at_once_is_decided_once() {
    hold(&shop(vec![twice("deploy shop@2.0 to production")]));
}

/// Seed 3548: while it was waited to ask once more for the end of a delivery, nothing was seen of it, and it was taken for
/// undone. It went on after the run was over.
#[test]
fn a_delivery_that_could_not_be_stopped_is_not_taken_for_undone() {
    let mut history = shop(vec![
        Misdo("delivery stop", Throttled),
        say("deploy shop@4.1 to production"),
        pass(5_500),
        say("abort shop/production"),
        pass(31),
    ]);
    hold(&history);
    history.is_serving = false;
    hold(&history);
}

/// Seed 3963: on a slow disk a busy run was always faster than a person, who was told of a refusal that was not recorded.
#[test]
fn whoever_speaks_to_a_busy_run_is_heard_and_is_in_the_log() {
    let manners = Manners {
        latency: Duration::ZERO,
        log_takes: Duration::from_millis(200),
        machine_takes: Duration::ZERO,
        install_takes: Duration::ZERO,
        ..Manners::default()
    };
    let actions = vec![
        say("deploy shop@4.0 to production"),
        call_out("abort shop/production: wrong release"),
        pass(1),
        say("retry shop/production"),
    ];
    hold(&History { manners, ..shop(actions) });
}

/// Seed 10457: one user of twenty was answered by green, and all of them were sent back to blue, which nobody was in.
#[test]
fn not_even_the_users_of_a_canary_are_sent_back_to_nobody() {
    hold(&shop(vec![
        say("deploy shop@3.0 to production"),
        Meet(Incident::MembersTaken(Color::Blue)),
        pass(21_000),
        say("cutover shop/production --canary 5,50"),
        pass(6_000),
        Misdo("balancer set_weights", Refused),
        pass(20_000),
    ]));
}
