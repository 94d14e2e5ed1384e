//! Who may say what, and what waits for somebody else.

use commands::policy::{Policy, Role, Verbs};
use commands::speaker::Speaker;
use events::actor::Actor;

use super::{innocent, live};
use crate::toy::Toy;

/// The user group that releases.
const RELEASERS: &str = "slack:T01/S09";

fn role(name: &str, member: &str, may: &[&str]) -> Role {
    Role {
        name: name.parse().unwrap(),
        members: [member.parse().unwrap()].into(),
        may: Verbs::parse(may.iter().copied()).unwrap(),
        on: vec!["shop/*".parse().unwrap()],
        is_emergency: false,
    }
}

/// Blue serves 1.0, and releasers may release.
fn with_roles() -> Toy {
    let mut toy = live();
    toy.policy = Policy { roles: vec![role("releasers", RELEASERS, &["releases", "underway"])] };
    toy
}

fn somebody(user: &str) -> Speaker {
    Speaker::alone(Actor::slack("T01", user).unwrap())
}

fn releaser(user: &str) -> Speaker {
    Speaker { groups: [RELEASERS.to_owned()].into(), ..somebody(user) }
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
    let (is_refused, answer) = says(&mut toy, somebody("U01"), "deploy 2.0");
    assert!(
        is_refused && answer.ends_with("you may not say `deploy` here: releasers may, ask one of them"),
        "{answer}"
    );
    assert!(!says(&mut toy, somebody("U01"), "status").0);
    assert!(!says(&mut toy, releaser("U02"), "deploy 2.0").0);
    super::end(&mut toy);
    innocent(&toy);
}
