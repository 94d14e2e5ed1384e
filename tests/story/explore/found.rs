//! Bugs that the explorer found, each as the shortest history that showed it. The seed says where it came from.

use std::time::Duration;

use super::action::{Action, History, Saying};
use super::replay;
use crate::toy::world::Manners;

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
