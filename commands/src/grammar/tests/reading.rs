//! Lines that are understood, and some beside them that are not.

use expect_test::expect;

use super::{check, directory, read};
use crate::grammar::{Directory, parse};
use crate::order::Command;

#[test]
fn words_may_stand_in_any_order() {
    check(
        &[
            "/deploy shop@1.42.0 to production --reason \"faster basket\"",
            "deploy production shop 1.42.0",
            "deploy 1.42.0 to shop/production",
            "Deploy --plan shop on prod 1.42.0",
            "/changeover deploy shop/prod@feature/basket --at 18:00 --give-up-way-back",
            "changeover /cutover production shop --canary 5,25%,50 --at 2026-08-10T18:00+02:00",
            "deploy blog 2.0",
            "keep blog 24h",
            "keep 1d12h in shop staging",
            "keep blog",
        ],
        &expect![[r#"
            /deploy shop@1.42.0 to production --reason "faster basket"
                deploy shop@1.42.0 to production --reason "faster basket"
            deploy production shop 1.42.0
                deploy shop@1.42.0 to production
            deploy 1.42.0 to shop/production
                deploy shop@1.42.0 to production
            Deploy --plan shop on prod 1.42.0
                deploy shop@1.42.0 to production --plan
            /changeover deploy shop/prod@feature/basket --at 18:00 --give-up-way-back
                deploy shop@feature/basket to production --give-up-way-back --at 18:00
            changeover /cutover production shop --canary 5,25%,50 --at 2026-08-10T18:00+02:00
                cutover shop/production --canary 5,25,50 --at 2026-08-10T16:00:00Z
            deploy blog 2.0
                deploy blog@2.0 to staging
            keep blog 24h
                keep blog/staging 1d
            keep 1d12h in shop staging
                keep shop/staging 1d12h
            keep blog
                keep blog/staging
        "#]],
    );
}

#[test]
fn a_reason_is_said_in_many_ways() {
    check(
        &[
            "lock shop/production: schema change",
            "lock shop production : “wait” for ann",
            "lock shop/production: 'wait for ann'",
            "lock: no deploys today --plan",
            "lock shop production --reason schema change",
            "lock shop production --reason=\"say \\\"hi\\\"\"",
            "lock shop production —reason it’s broken – see <https://x.example/a?b&amp;c|the page>",
            "lock shop production –-reason ‘it’s late’",
            "lock shop production --reason \"a \\share on C:\\temp\"",
            "lock --reason «assez» shop production",
            "lock shop/prod: <@U123|ann> said &lt;no&gt; \\o/ C:\\temp",
            "cutover shop production --plan: only looking",
            "cutover shop production --at 18:00: after lunch",
            "deploy shop@1.0 to production –plan — reason: not a flag",
        ],
        &expect![[r#"
            lock shop/production: schema change
                lock shop/production --reason "schema change"
            lock shop production : “wait” for ann
                lock shop/production --reason "“wait\” for ann"
            lock shop/production: 'wait for ann'
                lock shop/production --reason "wait for ann"
            lock: no deploys today --plan
                flag_of_another_verb: `--plan` is no flag of `lock`, but of `deploy`, `cutover`; leave it out, or see `help lock`.
            lock shop production --reason schema change
                lock shop/production --reason "schema change"
            lock shop production --reason="say \"hi\""
                lock shop/production --reason "say \"hi\""
            lock shop production —reason it’s broken – see <https://x.example/a?b&amp;c|the page>
                lock shop/production --reason "it’s broken – see the page"
            lock shop production –-reason ‘it’s late’
                lock shop/production --reason "it’s late"
            lock shop production --reason "a \share on C:\temp"
                lock shop/production --reason "a \\share on C:\\temp"
            lock --reason «assez» shop production
                lock shop/production --reason "assez"
            lock shop/prod: <@U123|ann> said &lt;no&gt; \o/ C:\temp
                lock shop/production --reason "@ann said <no> \\o/ C:\\temp"
            cutover shop production --plan: only looking
                cutover shop/production --plan --reason "only looking"
            cutover shop production --at 18:00: after lunch
                cutover shop/production --at 18:00 --reason "after lunch"
            deploy shop@1.0 to production –plan — reason: not a flag
                unknown_word shop/production: `deploy` cannot tell what word 6 is. Say a release as `deploy SERVICE@RELEASE to STAGE`.
        "#]],
    );
}

#[test]
fn a_reason_that_is_needed_is_asked_for() {
    check(
        &[
            "skip shop production",
            "lock shop production",
            "lock shop production --reason \"  \"",
            "lock shop production:",
            "lock shop production: one --reason two",
            "rollback shop production --reason \"never closed",
            "status shop: well",
        ],
        &expect![[r#"
            skip shop production
                no_reason shop/production: `skip` needs a reason: add `--reason "…"`.
            lock shop production
                no_reason shop/production: `lock` needs a reason: add `--reason "…"`.
            lock shop production --reason "  "
                no_value shop/production: `--reason` needs a value: `--reason "TEXT"`.
            lock shop production:
                no_value shop/production: `--reason` needs a value: `--reason "TEXT"`.
            lock shop production: one --reason two
                flag_twice shop/production: `--reason` is said twice; say it once.
            rollback shop production --reason "never closed
                open_quote shop/production: A quote is opened and never closed; close it, or put \ before a quote that is meant as such.
            status shop: well
                flag_of_another_verb: `--reason` is no flag of `status`, but of `deploy`, `cutover`, `rollback`, `decommission`, `abort`, `skip`, `approve`, `reject`, `lock`; leave it out, or see `help status`.
        "#]],
    );
}

#[test]
fn questions_may_be_about_everything() {
    check(
        &[
            "status",
            "where blog",
            "history --limit 20",
            "history shop production --limit 10",
            "why shop#42 prod",
            "why shop/production#42",
            "why shop staging 42",
            "replay blog --position 118",
            "replay shop/production #42 --at 2026-08-10T18:00:00Z",
            "plan blog",
            "help",
            "help /deploy",
            "help where",
            "/changeover",
            "?",
            "whoami",
        ],
        &expect![[r"
            status
                status
            where blog
                status blog/staging
            history --limit 20
                history --limit 20
            history shop production --limit 10
                history shop/production
            why shop#42 prod
                why shop/production #42
            why shop/production#42
                why shop/production #42
            why shop staging 42
                why shop/staging #42
            replay blog --position 118
                replay blog/staging --position 118
            replay shop/production #42 --at 2026-08-10T18:00:00Z
                replay shop/production #42 --at 2026-08-10T18:00:00Z
            plan blog
                plan blog/staging
            help
                help
            help /deploy
                help deploy
            help where
                help status
            /changeover
                help
            ?
                help
            whoami
                whoami
        "]],
    );
}

#[test]
fn a_stage_may_be_called_like_a_joint() {
    let directory = Directory::new(["shop/on", "shop/to", "blog/on"].map(|site| site.parse().unwrap()));
    let lines = ["deploy 1.0 to on shop", "deploy shop@1.0 to to", "cutover on in shop", "cutover shop on"];
    let expected = expect![[r"
        deploy 1.0 to on shop
            deploy shop@1.0 to on
        deploy shop@1.0 to to
            deploy shop@1.0 to to
        cutover on in shop
            unknown_word: `cutover` cannot tell what word 3 is. Say `help cutover` to see what it takes.
        cutover shop on
            cutover shop/on
    "]];
    expected.assert_eq(&read(&directory, &lines));
}

#[test]
fn only_a_line_that_asks_for_the_plan_alone_is_dry() {
    for (line, is_dry) in [
        ("deploy shop@1.0 to production", false),
        ("deploy shop@1.0 to production --plan", true),
        ("cutover shop/production", false),
        ("cutover shop/production --plan", true),
        ("rollback shop/production", false),
    ] {
        let Ok(Command::Order { order, .. }) = parse(line, &directory()) else { panic!("{line}") };
        assert_eq!(order.is_dry(), is_dry, "{line}");
    }
}
