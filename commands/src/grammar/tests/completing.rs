//! What is offered while somebody types.

use expect_test::{Expect, expect};

use events::number::RunNumber;

use crate::grammar::*;

fn offered(line: &str) -> String {
    let directory =
        Directory::new(["shop/production", "shop/staging", "blog/staging"].map(|site| site.parse().unwrap()));
    let run = |site: &str, run| (site.parse().unwrap(), RunNumber(run));
    let candidates = Candidates {
        releases: ["1.42.0", "main"].map(|name| name.parse().unwrap()).to_vec(),
        runs: vec![run("shop/production", 42), run("blog/staging", 7)],
    };
    let cursor = line.find('|').unwrap();
    let line = line.replace('|', "");
    let offers = complete(&line, cursor, &directory, &candidates);
    if offers.is_empty() {
        return "(nothing)".to_owned();
    }
    offers.iter().map(|it| format!("{}{}", &line[..it.start], it.text)).collect::<Vec<_>>().join("\n")
}

fn check(lines: &[&str], expected: &Expect) {
    let shown = |line: &&str| format!("{line}\n    {}\n", offered(line).replace('\n', "\n    "));
    expected.assert_eq(&lines.iter().map(shown).collect::<Vec<_>>().concat());
}

#[test]
fn a_verb_comes_first() {
    check(
        &["|", "/de|", "/changeover ro|", "help c|", "nonsense |", "--|", "whoami |"],
        &expect![[r#"
            |
                deploy
                cutover
                rollback
                decommission
                confirm
                keep
                abort
                unqueue
                retry
                skip
                approve
                reject
                withdraw
                lock
                unlock
                adopt
                status
                history
                why
                replay
                plan
                preflight
                standing
                help
                whoami
            /de|
                /deploy
                /decommission
            /changeover ro|
                /changeover rollback
            help c|
                help cutover
                help confirm
            nonsense |
                (nothing)
            --|
                (nothing)
            whoami |
                (nothing)
        "#]],
    );
}

#[test]
fn a_deploy_grows_word_by_word() {
    check(
        &[
            "deploy |",
            "deploy sh|",
            "deploy shop@|",
            "deploy shop@1|",
            "deploy shop@main to |",
            "deploy shop@main to p| --plan",
            "deploy shop@main production --p|",
            "deploy shop production |",
            "deploy shop@1 production --at 18:00 |",
        ],
        &expect![[r#"
            deploy |
                deploy blog@
                deploy shop@
                deploy --reason
                deploy --plan
                deploy --at
                deploy --queue
                deploy --onto
                deploy --give-up-way-back
            deploy sh|
                deploy shop@
            deploy shop@|
                deploy shop@1.42.0
                deploy shop@main
            deploy shop@1|
                deploy shop@1.42.0
            deploy shop@main to |
                deploy shop@main to production
                deploy shop@main to staging
                deploy shop@main to --reason
                deploy shop@main to --plan
                deploy shop@main to --at
                deploy shop@main to --queue
                deploy shop@main to --onto
                deploy shop@main to --give-up-way-back
            deploy shop@main to p| --plan
                deploy shop@main to production
            deploy shop@main production --p|
                deploy shop@main production --plan
            deploy shop production |
                deploy shop production 1.42.0
                deploy shop production main
                deploy shop production --reason
                deploy shop production --plan
                deploy shop production --at
                deploy shop production --queue
                deploy shop production --onto
                deploy shop production --give-up-way-back
            deploy shop@1 production --at 18:00 |
                deploy shop@1 production --at 18:00 --reason
                deploy shop@1 production --at 18:00 --plan
                deploy shop@1 production --at 18:00 --queue
                deploy shop@1 production --at 18:00 --onto
                deploy shop@1 production --at 18:00 --give-up-way-back
        "#]],
    );
}

#[test]
fn a_site_and_its_flags_are_offered() {
    check(
        &[
            "cutover |",
            "cutover shop |",
            "cutover staging |",
            "cutover shop/production --canary |",
            "cutover shop/production --canary 5 --|",
            "lock shop/production --reason too b|",
            "lock shop/production: --|",
            "lock shop/production --reason \"open |",
            "status SHOP/p|",
        ],
        &expect![[r#"
            cutover |
                cutover blog/staging
                cutover shop/production
                cutover shop/staging
                cutover --canary
                cutover --reason
                cutover --plan
                cutover --at
                cutover --queue
            cutover shop |
                cutover shop production
                cutover shop staging
                cutover shop --canary
                cutover shop --reason
                cutover shop --plan
                cutover shop --at
                cutover shop --queue
            cutover staging |
                cutover staging blog
                cutover staging shop
                cutover staging --canary
                cutover staging --reason
                cutover staging --plan
                cutover staging --at
                cutover staging --queue
            cutover shop/production --canary |
                cutover shop/production --canary 5,25,50
            cutover shop/production --canary 5 --|
                cutover shop/production --canary 5 --reason
                cutover shop/production --canary 5 --plan
                cutover shop/production --canary 5 --at
                cutover shop/production --canary 5 --queue
            lock shop/production --reason too b|
                (nothing)
            lock shop/production: --|
                lock shop/production: --steal
            lock shop/production --reason "open |
                (nothing)
            status SHOP/p|
                status shop/production
        "#]],
    );
}

#[test]
fn runs_and_lengths_are_offered() {
    check(
        &["keep blog |", "why shop |", "why shop/staging |", "why blog#|", "history blog --limit |"],
        &expect![[r"
        keep blog |
            keep blog staging
            keep blog 24h
        why shop |
            why shop production
            why shop staging
            why shop #42
        why shop/staging |
            (nothing)
        why blog#|
            why blog#7
        history blog --limit |
            (nothing)
    "]],
    );
}

/// Whoever takes what is offered, word by word, arrives at a command.
#[test]
fn what_is_offered_is_understood() {
    let directory = Directory::new(["shop/production".parse().unwrap()]);
    let candidates = Candidates {
        releases: vec!["1.42.0".parse().unwrap()],
        runs: vec![("shop/production".parse().unwrap(), RunNumber(42))],
    };
    for verb in verbs() {
        let mut line = format!("{} ", verb.name);
        for _ in 0..3 {
            let offers = complete(&line, line.len(), &directory, &candidates);
            let Some(offer) = offers.iter().find(|offer| !offer.text.starts_with('-')) else { break };
            line.truncate(offer.start);
            line.push_str(&offer.text);
            // A service waits for its release; everything else for the next word.
            if !line.ends_with('@') {
                line.push(' ');
            }
        }
        // Nobody is offered what shows that they read the answer.
        if verb.slots.contains(&Slot::Code) {
            line.push_str("274813");
        }
        if verb.flags.iter().any(|flag| flag.is_required) {
            line.push_str("--reason why");
        }
        let command = parse(&line, &directory);
        assert_eq!(command.map(|command| command.verb()), Ok(verb.name), "{line}");
    }
}
