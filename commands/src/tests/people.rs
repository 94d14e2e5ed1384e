//! Who may do what: by role, by site, and by what the platform vouches for.

use std::collections::BTreeSet;

use events::actor::Actor;
use events::name::SiteName;
use expect_test::expect;

use crate::answer::whoami;
use crate::policy::{Policy, Role, Verbs};
use crate::speaker::Speaker;
use crate::testing::{Story, person, schedule};

fn role(name: &str, members: &[&str], may: &[&str], on: &str) -> Role {
    Role {
        name: name.parse().unwrap(),
        members: members.iter().map(|it| it.parse().unwrap()).collect(),
        may: Verbs::parse(may.iter().copied()).unwrap(),
        on: vec![on.parse().unwrap()],
        is_emergency: false,
    }
}

fn shop() -> Policy {
    Policy {
        roles: vec![
            role("developers", &["slack:T01/S01"], &["releases", "underway"], "*/staging"),
            role("releasers", &["slack:T01/S09", "discord:81384788/41771983"], &["releases", "abort"], "shop/*"),
            role("operators", &["slack:T01/U07"], &["everything"], "*/*"),
        ],
    }
}

fn slack(user: &str, groups: &[&str]) -> Speaker {
    let actor = Actor::slack("T01", user).unwrap();
    Speaker { actor, groups: groups.iter().map(|it| (*it).to_owned()).collect() }
}

fn verbs(policy: &Policy, speaker: &Speaker, site: &str) -> BTreeSet<&'static str> {
    policy.verbs(speaker, &site.parse().unwrap())
}

#[test]
fn a_role_counts_on_its_own_sites_only() {
    let developer = slack("U01", &["slack:T01/S01"]);
    assert!(verbs(&shop(), &developer, "shop/staging").contains("deploy"));
    assert!(verbs(&shop(), &developer, "shop/production").is_empty());
}

#[test]
fn somebody_in_two_roles_may_what_either_may() {
    let both = slack("U01", &["slack:T01/S01", "slack:T01/S09"]);
    let verbs = verbs(&shop(), &both, "shop/staging");
    assert!(verbs.contains("retry") && verbs.contains("abort") && !verbs.contains("unlock"), "{verbs:?}");
}

#[test]
fn a_group_that_could_not_be_looked_up_gives_nothing() {
    assert!(verbs(&shop(), &slack("U02", &[]), "shop/production").is_empty());
}

#[test]
fn an_id_of_another_workspace_or_guild_is_another_person() {
    for actor in [Actor::slack("T02", "U07"), Actor::discord("1", "7"), Some(Actor::console(1000))] {
        let policy = shop();
        let speaker = Speaker::alone(actor.unwrap());
        assert_eq!(verbs(&policy, &speaker, "shop/production").is_empty(), !policy.is_free(&speaker));
    }
    let member = Speaker {
        actor: Actor::discord("81384788", "1").unwrap(),
        groups: ["discord:81384788/41771983".to_owned()].into(),
    };
    assert!(verbs(&shop(), &member, "shop/production").contains("cutover"));
}

#[test]
fn the_console_may_everything_until_a_role_names_somebody_there() {
    assert!(verbs(&shop(), &person(), "shop/production").contains("unlock"));
    let mut named = shop();
    named.roles.push(role("night-watch", &["console:1001"], &["abort"], "*/*"));
    assert!(verbs(&named, &person(), "shop/production").is_empty());
    assert_eq!(verbs(&named, &Speaker::alone(Actor::console(1001)), "blog/production"), ["abort"].into());
}

#[test]
fn roles_give_nothing_to_the_schedule_and_take_nothing_from_it() {
    let mut policy = shop();
    policy.roles.push(role("night-watch", &["console:1001"], &["abort"], "*/*"));
    assert_eq!(verbs(&policy, &schedule(), "shop/production"), ["decommission"].into());
}

#[test]
fn a_refusal_names_the_roles_that_may() {
    let mut story = Story::adopted();
    let refused = |story: &mut Story, line: &str| story.order_as(line, &slack("U02", &[])).unwrap_err().to_string();
    expect!["you may not say `deploy` here: nobody in any role may; ask the people who run this bot"]
        .assert_eq(&refused(&mut story, "deploy 2.0"));
    story.policy = shop();
    expect!["you may not say `deploy` here: releasers and operators may, ask one of them"]
        .assert_eq(&refused(&mut story, "deploy 2.0"));
    expect!["you may not say `unlock` here: operators may, ask one of them"].assert_eq(&refused(&mut story, "unlock"));
}

#[test]
fn whoami_says_what_somebody_is_and_may_at_each_site() {
    let sites: Vec<SiteName> = ["shop/production", "shop/staging"].map(|it| it.parse().unwrap()).into();
    let told = |speaker: &Speaker| whoami(&shop(), speaker, &sites);
    expect!["you are console:1000: somebody at this machine's console, who may say everything here"]
        .assert_eq(&told(&person()));
    expect![[r#"
        you are slack:T01/U01, in slack:T01/S01; anybody may ask, and you may say
          shop/production: nothing else, because no role has you here
          shop/staging: abort, confirm, cutover, decommission, deploy, keep, retry, rollback, skip, unqueue (as developers)"#]]
    .assert_eq(&told(&slack("U01", &["slack:T01/S01"])));
    expect![[r"
        you are slack:T01/U07; anybody may ask, and you may say
          shop/production: everything (as operators)
          shop/staging: everything (as operators)"]]
    .assert_eq(&told(&slack("U07", &[])));
}
