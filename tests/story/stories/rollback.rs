//! Rollbacks: users are brought back, at every phase of the window.

use events::color::Color;
use events::fold::Phase;

use crate::scene::{Scene, is_back, machine, minutes, seconds, told};
use crate::toy::world::Incident;

#[test]
fn during_the_cutover_a_rollback_is_an_abort() {
    let shows = "Nobody has to know which of the two to say: while the cutover is open, both turn it back.";
    let mut scene = Scene::ready(shows);
    scene.say("cutover --canary 10,50").until_step(8).say("rollback: errors in the basket").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    assert_eq!((scene.site().live, scene.site().lock), (Some(Color::Blue), None));
    told!(scene);
}

#[test]
fn right_after_the_cutover_a_rollback_is_one_line() {
    let shows = "The old environment is proven first, users go back, and the site is locked until somebody has looked.";
    let mut scene = Scene::window(shows);
    scene.say("rollback: errors in the basket").settle().say("status");
    assert!(is_back(&scene));
    assert_eq!(scene.site().environments.green.phase, Phase::Ready);
    told!(scene);
}

#[test]
fn after_the_end_was_announced_a_rollback_cancels_it() {
    let shows = "The announcement is a notice and not a decision: until the slot, going back is one line.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:31:00").say("rollback: errors in the basket").settle().pass(minutes(30));
    assert!(is_back(&scene));
    assert_eq!(scene.count(Color::Blue), 2);
    told!(scene);
}

#[test]
fn seconds_before_the_slot_a_rollback_wins() {
    let shows = "A run that is open when the slot comes is never overtaken by the decommission.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:39:58").say("rollback: errors in the basket").settle().pass(minutes(30));
    assert!(is_back(&scene));
    assert_eq!(scene.count(Color::Blue), 2);
    told!(scene);
}

#[test]
fn while_the_decommission_proves_a_rollback_ends_it() {
    let shows =
        "The window is the way back until the point of no return: nothing was changed yet, so nothing is waited for.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:40:05").say("rollback: errors in the basket").settle();
    assert!(is_back(&scene));
    assert_eq!(scene.count(Color::Blue), 2);
    told!(scene);
}

#[test]
fn while_the_decommission_takes_the_old_environment_from_the_balancer_it_is_aborted_first() {
    let shows = "What was begun is undone first; then the way back is as good as before.";
    let mut scene = Scene::window(shows);
    scene.say("decommission: all is well").until_step(2);
    scene.is_refused("rollback", "busy").say("abort").settle().say("rollback").settle();
    assert!(is_back(&scene));
    told!(scene);
}

#[test]
fn while_the_decommission_destroys_it_is_too_late_for_a_rollback() {
    let shows =
        "Machines that are being destroyed do not come back; the answer says so, and what can be done instead follows.";
    let mut scene = Scene::window(shows);
    scene.say("decommission: all is well").until_step(3);
    scene.is_refused("rollback", "past_no_return").is_refused("abort", "past_no_return").settle();
    assert_eq!(scene.count(Color::Blue), 0);
    told!(scene);
}

#[test]
fn after_the_decommission_the_old_release_is_deployed_again() {
    let shows = "There is no way back any more, and the answer says how the old release comes back all the same.";
    let mut scene = Scene::window(shows);
    scene.say("decommission: all is well").settle().is_refused("rollback", "no_way_back");
    scene.say("deploy 1.0").settle().say("cutover").settle();
    assert_eq!(scene.shares(), "blue 100 %, green 0 %");
    told!(scene);
}

#[test]
fn a_lock_never_stands_in_the_way_of_a_rollback() {
    let shows = "A lock keeps new releases out; going back is always allowed.";
    let mut scene = Scene::window(shows);
    scene.say("lock: schema change").is_refused("decommission: all is well", "locked");
    scene.say("rollback: the schema change went wrong").settle();
    assert!(is_back(&scene));
    told!(scene);
}

#[test]
fn a_rollback_that_is_aborted_leaves_users_where_they_are() {
    let shows = "A rollback is a run like any other: it turns back, and the window is open as before.";
    let mut scene = Scene::window(shows);
    scene.say("rollback").until_step(5).say("abort: it was the cache").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    assert!(scene.site().window.is_some() && scene.site().lock.is_none());
    told!(scene);
}

#[test]
fn a_rollback_to_machines_that_do_not_answer_moves_nobody() {
    let shows = "The way back is proven before anybody is sent there; what was tried puts an announced end off.";
    let mut scene = Scene::window(shows);
    scene.until_time("09:39:30").meets(&Incident::Sick(machine("blue-1"))).say("rollback: errors").settle();
    scene.pass(seconds(30));
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    assert_eq!(scene.count(Color::Blue), 2);
    assert!(scene.site().window.is_some_and(|it| it.announced.is_none()));
    told!(scene);
}

#[test]
fn after_a_rollback_the_site_is_unlocked_for_the_next_release() {
    let shows = "The lock says who went back and why; whoever has seen that the reason is gone opens the site again.";
    let mut scene = Scene::window(shows);
    scene.say("rollback: errors in the basket").settle().is_refused("deploy 2.1", "locked");
    scene.say("unlock").say("deploy 2.1").settle().say("cutover").settle();
    assert_eq!(scene.shares(), "blue 0 %, green 100 %");
    told!(scene);
}
