//! Lines that are not understood: the sentence says what to do next.

use expect_test::expect;

use super::check;
use crate::grammar::{Directory, parse};

#[test]
fn a_site_is_asked_for_where_there_is_a_choice() {
    check(
        &[
            "cutover",
            "cutover shop",
            "cutover production",
            "cutover blog production",
            "cutover shop/prodution",
            "cutover shop production blog",
        ],
        &expect![[r"
            cutover
                which_site: Say which service: `blog/staging`, `shop/production`, `shop/staging`.
            cutover shop
                which_site: Say which stage: `shop/production`, `shop/staging`.
            cutover production
                which_site: Say which service: `shop/production`.
            cutover blog production
                no_such_site: There is no such site; say one of `blog/staging`.
            cutover shop/prodution
                unknown_word: `cutover` cannot tell what word 2 is. Did you mean `shop/production`? Say `help cutover` to see what it takes.
            cutover shop production blog
                too_many: That names more than one site; say one.
        "]],
    );
}

#[test]
fn a_value_has_its_form() {
    check(
        &["cutover shop production --canary 50,25", "cutover shop production --canary 1,2,3,4,5,6,7,8,9,10,11"],
        &expect![[r"
            cutover shop production --canary 50,25
                bad_value shop/production: `--canary` must be 1 to 10 rising shares, each 1 to 99, such as 5,25,50.
            cutover shop production --canary 1,2,3,4,5,6,7,8,9,10,11
                bad_value shop/production: `--canary` must be 1 to 10 rising shares, each 1 to 99, such as 5,25,50.
        "]],
    );
}

#[test]
fn a_release_is_never_guessed() {
    check(
        &[
            "deploy",
            "deploy shop",
            "deploy shop production",
            "deploy 1.42.0",
            "deploy shop prodution",
            "deploy shop@1.42.0 production please",
            "deploy shop production 1.42.0 1.43.0",
            "deploy shp@1.42.0 to production",
            "deploy shop@-x to production",
            "deploy shop@1.0 shop@2.0 production",
        ],
        &expect![[r"
            deploy
                which_site: Say which service: `blog/staging`, `shop/production`, `shop/staging`.
            deploy shop
                which_site: Say which stage: `shop/production`, `shop/staging`.
            deploy shop production
                no_release shop/production: Say which release: `deploy SERVICE@RELEASE to STAGE`.
            deploy 1.42.0
                which_site: Say which service: `blog/staging`, `shop/production`, `shop/staging`.
            deploy shop prodution
                unknown_word: `deploy` cannot tell what word 3 is. Did you mean `production`? Say a release as `deploy SERVICE@RELEASE to STAGE`.
            deploy shop@1.42.0 production please
                unknown_word shop/production: `deploy` cannot tell what word 4 is. Say a release as `deploy SERVICE@RELEASE to STAGE`.
            deploy shop production 1.42.0 1.43.0
                too_many shop/production: That names more than one release; say one.
            deploy shp@1.42.0 to production
                unknown_word: `deploy` cannot tell what word 2 is. Did you mean `shop`? Say a release as `deploy SERVICE@RELEASE to STAGE`.
            deploy shop@-x to production
                bad_release shop/production: That is no release: a release must be 1 to 128 characters of a-z, A-Z, 0-9 and ._/+-, starting with a letter or digit.
            deploy shop@1.0 shop@2.0 production
                too_many shop/production: That names more than one release; say one.
        "]],
    );
}

#[test]
fn what_a_verb_does_not_take_is_refused() {
    check(
        &[
            "cutover shop@1.42.0 production",
            "cutover shop#42 production",
            "keep shop production 5",
            "keep shop production 24hours",
            "why shop",
            "why #42",
            "why shop/production #0",
            "why shop/production 1 2",
            "whoami shop",
        ],
        &expect![[r"
            cutover shop@1.42.0 production
                not_taken shop/production: `cutover` takes no release; leave it out, or see `help cutover`.
            cutover shop#42 production
                not_taken shop/production: `cutover` takes no run number; leave it out, or see `help cutover`.
            keep shop production 5
                bad_value shop/production: A length of time must be a number and its unit, such as 24h or 2d.
            keep shop production 24hours
                bad_value shop/production: A length of time must be numbers with the units w, d, h, m or s, such as 24h or 1d12h.
            why shop
                which_site: Say which stage: `shop/production`, `shop/staging`.
            why #42
                which_site: Say which service: `blog/staging`, `shop/production`, `shop/staging`.
            why shop/production #0
                bad_value shop/production: A run must be its number, such as #42.
            why shop/production 1 2
                too_many shop/production: That names more than one run; say one.
            whoami shop
                not_taken: `whoami` takes no site; leave it out, or see `help whoami`.
        "]],
    );
}

#[test]
fn a_verb_is_offered_not_executed() {
    check(
        &["depoly shop@1.42.0 to production", "/rolback", "hello there", "--help", "\""],
        &expect![[r#"
        depoly shop@1.42.0 to production
            unknown_verb: There is no such verb. Did you mean `deploy`? Say `help` to see all of them.
        /rolback
            unknown_verb: There is no such verb. Did you mean `rollback`? Say `help` to see all of them.
        hello there
            unknown_verb: There is no such verb. Did you mean `help`? Say `help` to see all of them.
        --help
            not_a_command: That is no command; say `help` to see what can be said.
        "
            not_a_command: That is no command; say `help` to see what can be said.
    "#]],
    );
}

#[test]
fn a_flag_is_offered_not_executed() {
    check(
        &[
            "deploy shop@1 to production --canary 5",
            "deploy shop@1 to production --resaon x",
            "deploy shop@1 to production --force",
            "deploy shop@1 to production --plan --plan",
            "deploy shop@1 to production --plan=no",
            "deploy shop@1 to production --at",
            "deploy shop@1 to production --at --plan",
            "deploy shop@1 to production --at noon",
            "status --limit 3",
            "replay shop/production --at 2026-08-10T18:00:00Z --position 4",
            "help rolback",
            "help me",
            "deploy shop@1 to production --reason",
        ],
        &expect![[r#"
            deploy shop@1 to production --canary 5
                flag_of_another_verb shop/production: `--canary` is no flag of `deploy`, but of `cutover`; leave it out, or see `help deploy`.
            deploy shop@1 to production --resaon x
                unknown_flag shop/production: `deploy` has no such flag. Did you mean `--reason`? Say `help deploy` to see its flags, or put quotes around the reason.
            deploy shop@1 to production --force
                unknown_flag shop/production: `deploy` has no such flag. Say `help deploy` to see its flags, or put quotes around the reason.
            deploy shop@1 to production --plan --plan
                flag_twice shop/production: `--plan` is said twice; say it once.
            deploy shop@1 to production --plan=no
                value_too_many shop/production: `--plan` takes no value; say just `--plan`.
            deploy shop@1 to production --at
                no_value shop/production: `--at` needs a value: `--at TIME`.
            deploy shop@1 to production --at --plan
                no_value shop/production: `--at` needs a value: `--at TIME`.
            deploy shop@1 to production --at noon
                bad_value shop/production: `--at` must be a time such as 18:00, or a moment such as 2026-08-10T18:00:00Z.
            status --limit 3
                flag_of_another_verb: `--limit` is no flag of `status`, but of `history`; leave it out, or see `help status`.
            replay shop/production --at 2026-08-10T18:00:00Z --position 4
                flags_exclude_each_other shop/production: `--at` and `--position` exclude each other; say one of them.
            help rolback
                unknown_topic: There is no such verb to explain. Did you mean `rollback`? Say `help` to see all of them.
            help me
                unknown_topic: There is no such verb to explain. Say `help` to see all of them.
            deploy shop@1 to production --reason
                no_value shop/production: `--reason` needs a value: `--reason "TEXT"`.
        "#]],
    );
}

/// With one site it may be left out, but a line that names nothing known is not put down to it.
#[test]
fn what_is_not_understood_is_about_no_site() {
    let directory = Directory::new(["shop/production".parse().unwrap()]);
    let site = |line: &str| parse(line, &directory).unwrap_err().site().map(ToString::to_string);
    assert_eq!(site("cutover everything"), None);
    assert_eq!(site("cutover shop everything").as_deref(), Some("shop/production"));
    assert_eq!(site("cutover --canary 0").as_deref(), Some("shop/production"));
    assert_eq!(site("nonsense"), None);
    assert!(parse("nonsense", &directory).unwrap_err().is_nonsense());
    assert!(!parse("cutover everything", &directory).unwrap_err().is_nonsense());
}
