//! Who may say what, and what waits for somebody else.

use std::time::Duration;

use commands::speaker::Speaker;
use events::actor::Actor;
use events::fact::RunOutcome;

use super::{crossed, innocent, live};
use crate::toy::{Toy, given};

/// Blue serves 1.0, and releasers may release.
fn with_roles() -> Toy {
    let mut toy = live();
    toy.policy = given::policy("night-watch");
    toy
}

/// What is answered, and whether it was refused.
fn says(toy: &mut Toy, speaker: Speaker, line: &str) -> (bool, String) {
    let id = format!("{}/{line}", speaker.actor);
    let heard = toy.try_say_as(speaker, line, &id).unwrap();
    (heard.is_refused, heard.reply.to_string())
}

#[test]
fn whoever_is_in_no_role_may_ask_and_nothing_else() {
    let mut toy = with_roles();
    let (is_refused, answer) = says(&mut toy, given::somebody("U01"), "deploy 2.0");
    assert!(
        is_refused && answer.ends_with("you may not say `deploy` here: releasers and night-watch may, ask one of them"),
        "{answer}"
    );
    assert!(!says(&mut toy, given::somebody("U01"), "status").0);
    assert!(!says(&mut toy, given::releaser("U02"), "deploy 2.0").0);
    super::end(&mut toy);
    innocent(&toy);
}

/// A deploy by this speaker that waits for two of the releasers, within an hour.
fn waiting(speaker: Speaker) -> Toy {
    let mut toy = live();
    toy.policy = given::policy("night-watch");
    toy.terms.approvals = vec![given::approval()];
    let (is_refused, answer) = says(&mut toy, speaker, "deploy 2.0");
    assert!(!is_refused, "{answer}");
    toy
}

fn is_waiting(toy: &Toy) -> bool {
    toy.site().run.is_some_and(|run| run.awaited().is_some())
}

#[test]
fn nothing_is_begun_before_it_is_approved() {
    let mut toy = waiting(given::releaser("U02"));
    toy.pass(Duration::from_mins(10));
    assert!(is_waiting(&toy) && toy.world().fleet.green.is_empty(), "{}", toy.transcript());
    says(&mut toy, given::releaser("U03"), "approve");
    toy.pass(Duration::from_mins(10));
    assert!(is_waiting(&toy), "one of two: {}", toy.transcript());
    says(&mut toy, given::releaser("U04"), "approve");
    assert_eq!(super::end(&mut toy), RunOutcome::Succeeded);
    innocent(&toy);
}

#[test]
fn nobody_approves_what_they_asked_for() {
    let mut toy = waiting(given::releaser("U02"));
    let (is_refused, answer) = says(&mut toy, given::releaser("U02"), "approve");
    assert!(is_refused && answer.contains("somebody else must"), "{answer}");
}

#[test]
fn an_approval_of_another_plan_is_none_of_this() {
    let mut toy = waiting(given::releaser("U02"));
    let (is_refused, answer) = says(&mut toy, given::releaser("U03"), "approve 000000000000");
    assert!(is_refused && answer.contains("look at it with `plan`"), "{answer}");
    assert!(toy.site().run.unwrap().approvals.given.is_empty());
}

#[test]
fn what_is_not_approved_in_time_turns_back() {
    let mut toy = waiting(given::releaser("U02"));
    says(&mut toy, given::releaser("U03"), "approve");
    toy.pass(Duration::from_mins(61));
    says(&mut toy, given::releaser("U04"), "approve");
    super::turns_back(&mut toy);
}

/// What confirms a decommission that one at the console wants, and that is not begun yet.
fn asked(toy: &mut Toy) -> String {
    let heard = toy.try_say_once(given::person(), "decommission: space", "console/asked").unwrap();
    let confirm = heard.confirm.unwrap_or_else(|| panic!("nobody was asked: {}", heard.reply));
    assert!(toy.site().run.is_none(), "{}", toy.transcript());
    confirm
}

fn confirms(toy: &mut Toy, uid: u32, confirm: &str) -> String {
    let speaker = Speaker::alone(Actor::console(uid));
    toy.try_say_once(speaker, confirm, &format!("console/{uid}")).unwrap().reply.to_string()
}

#[test]
fn what_can_not_be_taken_back_is_said_twice_by_one_person_within_a_minute() {
    let mut toy = crossed();
    let confirm = asked(&mut toy);
    let answer = confirms(&mut toy, 1001, &confirm);
    assert!(answer.contains("who alone confirms it") && toy.site().run.is_none(), "{answer}");
    toy.pass(Duration::from_mins(1));
    let answer = confirms(&mut toy, 1000, &confirm);
    assert!(answer.contains("say it again") && toy.site().run.is_none(), "{answer}");
    super::succeeds(&mut toy, "decommission: space");
}

#[test]
fn what_is_confirmed_is_what_was_shown() {
    let mut toy = crossed();
    let confirm = asked(&mut toy);
    toy.terms.window.quiet_for *= 2;
    toy.start();
    toy.pass(Duration::from_secs(2));
    let answer = confirms(&mut toy, 1000, &confirm);
    assert!(answer.contains("not what you were shown") && toy.site().run.is_none(), "{answer}");
}

#[test]
fn what_waits_is_begun_by_leave_of_then() {
    let mut toy = with_roles();
    assert!(!says(&mut toy, given::releaser("U02"), "deploy 2.0").0);
    assert!(!says(&mut toy, given::releaser("U03"), "deploy 3.0 --queue").0);
    // Nobody is a releaser any more.
    toy.policy.roles.remove(0);
    toy.start();
    super::end(&mut toy);
    toy.pass(Duration::from_mins(2));
    assert!(toy.site().run.is_none() && toy.site().newest.0 == 1, "{}", toy.transcript());
    assert!(toy.site().queue.waiting.is_empty());
    innocent(&toy);
}
