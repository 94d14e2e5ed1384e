//! Adoption: a site is taken over by looking at it.

use events::color::Color;
use events::weights::Weights;

use crate::scene::{Scene, minutes, seconds, told};
use crate::toy::given;
use crate::toy::world::{Incident, World};

#[test]
fn an_empty_site_is_adopted_with_nothing_live() {
    let shows = "The bot looks at a site that it meets for the first time, and changes nothing.";
    let mut scene = Scene::unattended(shows, World::empty(given::morning()));
    scene.pass(seconds(1));
    scene.toy.start();
    scene.pass(seconds(5)).say("status");
    assert_eq!((scene.site().is_adopted, scene.site().live), (true, None));
    told!(scene);
}

#[test]
fn a_site_that_serves_is_adopted_as_it_is() {
    let shows = "Whoever gets every request is live, and the machines with their releases become the state.";
    let mut scene = Scene::unattended(shows, World::serving(given::morning(), &given::release("1.0"), 2));
    scene.pass(seconds(1));
    scene.toy.start();
    scene.pass(seconds(5)).say("status");
    assert_eq!(scene.site().live, Some(Color::Blue));
    told!(scene);
}

#[test]
fn a_site_that_can_not_be_read_is_adopted_once_it_can() {
    let shows = "What can't be read is not guessed: nothing can be begun until somebody says `adopt` and it is read.";
    let world = World::serving(given::morning(), &given::release("1.0"), 2);
    let mut scene = Scene::unattended(shows, world);
    scene.meets(&Incident::Unreachable("balancer", minutes(2)));
    scene.toy.start();
    scene.is_refused("deploy 2.0", "not_adopted").is_refused("adopt", "world_unreadable");
    scene.pass(minutes(2)).say("adopt");
    assert_eq!(scene.site().live, Some(Color::Blue));
    told!(scene);
}

#[test]
fn a_site_is_adopted_again_after_somebody_moved_traffic_by_hand() {
    let shows = "The bot never overwrites what a person did by hand: it says so, and `adopt` takes the new state over.";
    let mut scene = Scene::ready(shows);
    scene.meets(&Incident::SharesMoved(Weights::all_to(Color::Green))).pass(minutes(1));
    scene.say("cutover").settle();
    scene.say("adopt").is_refused("adopt", "nothing_changed");
    assert_eq!(scene.site().live, Some(Color::Green));
    assert_eq!(scene.site().window, None);
    told!(scene);
}

#[test]
fn adopting_closes_the_window_because_nobody_knows_what_the_way_back_is_now() {
    let shows = "A window is a promise about what the log knows; what was moved by hand is not promised.";
    let mut scene = Scene::window(shows);
    scene.meets(&Incident::SharesMoved(Weights::all_to(Color::Blue))).pass(seconds(10));
    scene.say("adopt").is_refused("rollback", "no_way_back");
    assert_eq!((scene.site().live, scene.site().window), (Some(Color::Blue), None));
    told!(scene);
}

#[test]
fn a_site_whose_requests_are_shared_by_hand_is_not_adopted() {
    let shows = "With requests on both colors neither is idle, so nothing could be touched safely.";
    let mut scene = Scene::ready(shows);
    scene.meets(&Incident::SharesMoved(Weights::percent_to(Color::Green, 30))).pass(seconds(10));
    scene.is_refused("adopt", "traffic_is_shared");
    scene.meets(&Incident::SharesMoved(Weights::all_to(Color::Blue))).pass(seconds(10));
    scene.is_refused("adopt", "nothing_changed");
    told!(scene);
}
