//! The question whether people are for a run.

use events::chat::{About, Shown, Standing};
use events::fact::RunKind;
use events::number::RunNumber;
use events::terms::ApprovalTerms;
use expect_test::expect;
use jiff::SignedDuration;

use super::{every_card, newest};
use crate::card::{Card, Press};
use crate::speaker::Speaker;
use crate::testing::{Story, name};
use crate::tests::approving::{approval, asked, eve, policy, releaser};

fn question(story: &Story) -> Card {
    newest(story, |it| matches!(it, About::Approval(_)))
}

/// What comes of a button, pressed by somebody: nothing, or a refusal.
fn press(story: &mut Story, card: &Card, label: &str, speaker: &Speaker) -> Result<(), String> {
    let button = card.buttons.iter().find(|it| it.label == label).unwrap();
    let press = Press::read(&button.press.to_string(), [&name()]).unwrap();
    story.press_as(&press.line(None), press.shown, speaker).map_err(|it| it.to_string())
}

#[test]
fn who_asks_for_what_and_whose_word_is_missing_is_told_and_what_became_of_it() {
    let mut story = asked(2);
    let first = question(&story);
    expect![[r#"
        Approval is needed: deploy shop 2.0 to production (green) [attention]
          slack:T01/U01 asks to deploy shop 2.0 to production (green), which 2 more of releasers must approve until 2026-08-10 17:00:00 UTC, or it turns back.
          Asked for by: @slack:T01/U01
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Needed: 2 of releasers, not whoever asked
          Approved by: nobody
          Missing: 2 more
          Counts until: 2026-08-10 17:00:00 UTC
          ( Approve ) approve shop/production #1 pfec3aa83a16c, "Are you for it, to deploy shop 2.0 to production (green)?"
          ( Reject ) reject shop/production #1 pfec3aa83a16c, asks for a reason, "Turn run #1 of shop/production back?"
          shop/production#1 · event 3 · for plan fec3aa83a16c and no other
    "#]].assert_eq(&first.to_string());
    press(&mut story, &first, "Approve", &releaser("U02")).unwrap();
    expect![[r#"
        Approval is needed: deploy shop 2.0 to production (green) [attention]
          slack:T01/U01 asks to deploy shop 2.0 to production (green), which 1 more of releasers must approve until 2026-08-10 17:00:00 UTC, or it turns back.
          Asked for by: @slack:T01/U01
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Needed: 2 of releasers, not whoever asked
          Approved by: @slack:T01/U02
          Missing: 1 more
          Counts until: 2026-08-10 17:00:00 UTC
          ( Approve ) approve shop/production #1 pfec3aa83a16c, "Are you for it, to deploy shop 2.0 to production (green)?"
          ( Reject ) reject shop/production #1 pfec3aa83a16c, asks for a reason, "Turn run #1 of shop/production back?"
          ( Withdraw ) withdraw shop/production #1 pfec3aa83a16c, "Take back that you are for it?"
          shop/production#1 · event 4 · for plan fec3aa83a16c and no other
    "#]].assert_eq(&question(&story).to_string());
    story.order_as("approve", &releaser("U03")).unwrap();
    story.turn();
    expect![[r#"
        Approved: deploy shop 2.0 to production (green) [good]
          Asked for by: @slack:T01/U01
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Needed: 2 of releasers, not whoever asked
          Approved by: @slack:T01/U02, @slack:T01/U03
          Over: 2026-08-10 09:00:00 UTC
          shop/production#1 · event 6 · for plan fec3aa83a16c and no other
    "#]]
    .assert_eq(&question(&story).to_string());
}

#[test]
fn each_end_is_told_as_what_it_was() {
    let end = |act: &dyn Fn(&mut Story)| {
        let mut story = asked(1);
        act(&mut story);
        story.run();
        let card = question(&story);
        assert!(card.buttons.is_empty(), "{card}");
        card.to_string()
    };
    let told = [
        end(&|story| story.order_as("reject: not before the sale", &releaser("U02")).unwrap()),
        end(&|story| story.order_as("approve --break-glass --reason \"nobody answers\"", &eve()).unwrap()),
        end(&|story| story.order_as("abort: wrong release", &releaser("U01")).unwrap()),
        end(&|story| {
            story.until(story.now + SignedDuration::from_hours(9));
        }),
    ];
    expect![[r#"
        Rejected: deploy shop 2.0 to production (green) [bad]
          Rejected: deploy shop 2.0 to production (green); slack:T01/U02 said "not before the sale".
          @slack:T01/U02 is against it: not before the sale
          Asked for by: @slack:T01/U01
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Needed: 1 of releasers, not whoever asked
          Approved by: nobody
          Over: 2026-08-10 09:00:00 UTC
          shop/production#1 · event 5 · for plan 341dea297614 and no other
        THE GLASS WAS BROKEN: deploy shop 2.0 to production (green) [bad]
          THE GLASS WAS BROKEN: deploy shop 2.0 to production (green); slack:T01/U09 said "nobody answers".
          @slack:T01/U09 of night-watch let it go on without approval: nobody answers
          Asked for by: @slack:T01/U01
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Needed: 1 of releasers, not whoever asked
          Approved by: nobody
          Over: 2026-08-10 09:00:00 UTC
          shop/production#1 · event 4 · for plan 341dea297614 and no other
        Asked for no more: deploy shop 2.0 to production (green) [quiet]
          Asked for by: @slack:T01/U01
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Needed: 1 of releasers, not whoever asked
          Approved by: nobody
          Over: 2026-08-10 09:00:00 UTC
          shop/production#1 · event 4 · for plan 341dea297614 and no other
        Not approved in time: deploy shop 2.0 to production (green) [bad]
          Asked for by: @slack:T01/U01
          Release: 2.0 d84bdb34d4ee
          On blue: 1.0 d0ff5974b6aa
          Needed: 1 of releasers, not whoever asked
          Approved by: nobody
          Over: 2026-08-10 17:00:00 UTC
          shop/production#1 · event 4 · for plan 341dea297614 and no other
    "#]]
    .assert_eq(&told.concat());
}

#[test]
fn each_kind_of_run_is_asked_about_in_words() {
    let mut story = Story::with_window();
    story.policy = policy();
    let kinds = vec![RunKind::Deploy, RunKind::Cutover, RunKind::Rollback, RunKind::Decommission];
    story.terms.approvals = vec![ApprovalTerms { kinds, ..approval(1) }];
    let mut told = Vec::new();
    for line in ["rollback: checkout fails", "decommission --reason space", "deploy 3.0 --give-up-way-back"] {
        let mut story = story.clone();
        story.order_as(line, &releaser("U01")).unwrap();
        story.turn();
        told.push(question(&story).headline + "\n");
    }
    expect![[r#"
        Approval is needed: bring users of shop/production back to 1.0 (blue)
        Approval is needed: destroy blue of shop/production (1.0)
        Approval is needed: deploy shop 3.0 to production (blue)
    "#]]
    .assert_eq(&told.concat());
}

#[test]
fn what_may_not_be_pressed_is_refused_with_the_reason_and_changes_nothing() {
    let mut story = asked(2);
    let card = question(&story);
    let own = press(&mut story, &card, "Approve", &releaser("U01")).unwrap_err();
    let stranger = press(&mut story, &card, "Approve", &eve()).unwrap_err();
    let mut replaced = story.clone();
    replaced.order_as("abort: wrong release", &releaser("U01")).unwrap();
    replaced.run();
    replaced.order_as("deploy 3.0", &releaser("U01")).unwrap();
    replaced.turn();
    let stale = press(&mut replaced, &card, "Approve", &releaser("U02")).unwrap_err();
    let mut other = card.clone();
    for button in &mut other.buttons {
        let standing = Some(Standing::Plan("0123456789ab".to_owned()));
        button.press.shown = Shown { run: Some(RunNumber(1)), standing };
    }
    let plan = press(&mut story, &other, "Approve", &releaser("U02")).unwrap_err();
    assert!(
        story.site().run.unwrap().approvals.given.is_empty() && replaced.site().run.unwrap().approvals.given.is_empty()
    );
    expect![[r#"
        you asked for run #1, so somebody else must approve it
        that is for releasers to say: ask one of them
        that button is out of date, and nothing was done: it is about run #1, and run #2 is open now
        that button is out of date, and nothing was done: it is about another plan than the one that is open now
    "#]]
    .assert_eq(&format!("{own}\n{stranger}\n{stale}\n{plan}\n"));
}

#[test]
fn a_question_has_buttons_while_it_is_open_and_never_after() {
    let mut story = asked(1);
    story.order_as("approve", &releaser("U02")).unwrap();
    story.run();
    let cards = every_card(&story);
    let questions: Vec<&Card> = cards.iter().filter(|it| it.to_string().contains("and no other")).collect();
    let (open, over): (Vec<&Card>, Vec<&Card>) =
        questions.into_iter().partition(|it| it.headline.contains("is needed"));
    assert!(open.iter().all(|it| it.buttons.len() >= 2) && over.iter().all(|it| it.buttons.is_empty()));
    assert!(!open.is_empty() && !over.is_empty());
}
