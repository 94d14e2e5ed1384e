//! Several people, and lines that come twice, or to a bot that is dead.

use std::time::Duration;

use changeover::desk::Heard;
use events::color::Color;

use crate::scene::{Scene, minutes, seconds, told};

/// Both orders of two lines of the same instant, a section each.
fn both_orders(scene: &mut Scene, one: &str, other: &str, end: impl Fn(&Scene, &[Heard])) {
    let start = scene.toy.left_behind();
    for (first, second) in [(one, other), (other, one)] {
        scene.turn_to(start.left_behind());
        scene.toy.start();
        scene.toy.pass(seconds(2));
        scene.begin();
        let heard = scene.toy.say_together(&[(first, "console/a"), (second, "console/b")], Duration::ZERO);
        scene.settle();
        end(scene, &heard);
        scene.section(&format!("`{first}`, then `{second}`"));
    }
}

fn slow_log(scene: &mut Scene) {
    scene.given(
        "Every append takes a moment, so that both lines are decided on the same version of the site.",
        |world| {
            world.manners.log_takes = Duration::from_millis(5);
        },
    );
}

#[test]
fn of_two_releases_that_are_deployed_at_once_one_is() {
    let mut scene = Scene::serving("One run at a time: whoever is second by a hair reads which run was faster.");
    slow_log(&mut scene);
    both_orders(&mut scene, "deploy 2.0", "deploy 3.0", |scene, heard| {
        assert_eq!(heard.iter().filter(|it| it.is_refused).count(), 1);
        assert_eq!(scene.site().newest.0, 1);
    });
    told!(scene);
}

#[test]
fn a_cutover_and_a_lock_at_once_are_both_right() {
    let mut scene = Scene::ready("A lock that comes second stops nothing; one that comes first refuses the cutover.");
    slow_log(&mut scene);
    both_orders(&mut scene, "cutover", "lock: schema change", |scene, heard| {
        let is_refused = heard.iter().any(|it| it.is_refused);
        assert_eq!(scene.site().live == Some(Color::Blue), is_refused);
        assert!(scene.site().lock.is_some());
    });
    told!(scene);
}

#[test]
fn a_rollback_and_a_keep_at_once_go_together() {
    let mut scene = Scene::window("What the second asks for is decided anew, on what the first left behind.");
    slow_log(&mut scene);
    both_orders(&mut scene, "rollback: errors", "keep 2h", |scene, _| {
        assert_eq!(scene.site().live, Some(Color::Blue));
    });
    told!(scene);
}

#[test]
fn two_people_who_abort_at_once_abort_once() {
    let mut scene = Scene::ready("The second is told that the run is turning back already.");
    scene.quietly_begin("cutover --canary 10", 6);
    slow_log(&mut scene);
    both_orders(&mut scene, "abort: errors", "abort: too slow", |scene, heard| {
        assert_eq!(heard.iter().filter(|it| it.is_refused).count(), 1);
        assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    });
    told!(scene);
}

#[test]
fn a_rollback_and_the_schedule_at_once_leave_the_way_back_whole() {
    let shows = "A person who goes back at the very second of the slot is never beaten by the schedule.";
    let mut scene = Scene::window(shows);
    slow_log(&mut scene);
    scene.until_time("09:39:59.990").say("rollback: errors").settle();
    assert_eq!((scene.site().live, scene.count(Color::Blue)), (Some(Color::Blue), 2));
    told!(scene);
}

#[test]
fn the_same_delivery_twice_is_decided_once() {
    let shows =
        "A chat platform may deliver a line again: under the same name it gets the same answer, and nothing else.";
    let mut scene = Scene::serving(shows);
    scene.say("deploy 2.0");
    scene.toy.say_again("deploy 2.0");
    scene.settle();
    scene.toy.say_again("deploy 2.0");
    assert_eq!(scene.site().newest.0, 1);
    told!(scene);
}

#[test]
fn the_same_delivery_twice_in_one_instant_is_decided_once() {
    let shows = "Both are answered, and one run is begun.";
    let mut scene = Scene::serving(shows);
    slow_log(&mut scene);
    scene.begin();
    let heard = scene.toy.say_together(&[("deploy 2.0", "console/x"), ("deploy 2.0", "console/x")], Duration::ZERO);
    assert!(heard.iter().all(|it| !it.is_refused), "{heard:?}");
    scene.settle();
    assert_eq!(scene.site().newest.0, 1);
    told!(scene);
}

#[test]
fn the_same_delivery_twice_while_it_is_being_decided_is_decided_once() {
    let shows =
        "The second comes while the first one's release is still being looked up: it is answered like the first.";
    let mut scene = Scene::serving(shows);
    scene.begin();
    let apart = Duration::from_millis(10);
    let heard = scene.toy.say_together(&[("deploy 2.0", "console/x"), ("deploy 2.0", "console/x")], apart);
    assert!(heard.iter().all(|it| !it.is_refused), "{heard:?}");
    scene.settle();
    assert_eq!(scene.site().newest.0, 1);
    told!(scene);
}

#[test]
fn a_refusal_is_the_same_when_it_is_heard_again() {
    let shows =
        "What was refused stays refused under its name, even if it could be decided by now; it is said anew instead.";
    let mut scene = Scene::serving(shows);
    scene.is_refused("cutover", "nothing_ready");
    let again = scene.toy.say_again("cutover");
    assert!(again.is_refused);
    told!(scene);
}

#[test]
fn a_person_who_acts_while_the_bot_is_dead_is_answered_once_it_lives() {
    let shows = "The line waits under its name until somebody answers; users notice nothing of it.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10").until_step(6).kill();
    scene.toy.run_until(seconds(20), |_| false);
    scene.say("abort: errors in the basket").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_bot_that_dies_over_a_line_answers_it_when_it_comes_again() {
    let shows =
        "The order was in the log before the answer was on its way: said again, it is answered and not repeated.";
    let mut scene = Scene::ready(shows);
    scene.begin();
    // A line passes one place before its append, and one after it.
    let points = scene.toy.world().deaths.points;
    scene.toy.world().deaths.kill_at = Some(points + 2);
    scene.say("cutover");
    assert_eq!(scene.toy.world().deaths.died_at, Some("log append"));
    scene.settle();
    assert_eq!(scene.site().newest.0, 2);
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}

#[test]
fn what_is_not_understood_is_explained_and_changes_nothing() {
    let shows = "A line that is nearly right gets the nearest that there is; it is never guessed and done.";
    let mut scene = Scene::ready(shows);
    for line in ["cutovr", "cutover --canary 50,5", "deploy", "keep soon", "rollback production --now"] {
        assert!(scene.hear(line).is_refused, "{line}");
    }
    scene.pass(minutes(1));
    assert_eq!(scene.site().newest.0, 1);
    told!(scene);
}
