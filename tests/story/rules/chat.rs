//! What is said in chat is kept before it is acknowledged, and what happens is shown there once, to its end.

use std::time::Duration;

use changeover::chat::{Said, Taken};
use commands::card::{Card, Tone};
use events::envelope::Recorded;
use events::fact::RunOutcome;

use super::{live, reach, ready, site};
use crate::toy::world::chat::Shown;
use crate::toy::{Toy, Went, given};

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

/// The same world, with a platform.
fn with_chat(toy: &Toy) -> Toy {
    toy.world().chat.is_there = true;
    let mut toy = toy.left_behind();
    toy.policy = given::releasers();
    toy.start();
    toy.run_until(MINUTE, |_| false);
    toy
}

fn line(text: &str) -> Said {
    Said::Line(text.to_owned())
}

/// Everything that was kept is decided and answered, and no run is open.
fn settle(toy: &mut Toy) {
    toy.live_until(|world| world.journal.state.inbox.waiting.is_empty() && world.is_settled());
    toy.pass(MINUTE);
}

fn count(toy: &Toy, kind: &str) -> usize {
    toy.world().journal.events.iter().filter(|it: &&Recorded| it.kind == kind).count()
}

fn headline(toy: &Toy, key: &str) -> Shown {
    let world = toy.world();
    let shown: Vec<&Shown> = world.chat.headlines().filter(|it| it.key == key).collect();
    assert_eq!(shown.len(), 1, "{key}: {:#?}", world.chat.image());
    shown[0].clone()
}

fn shows(shown: &Shown) -> &Card {
    shown.cards.last().unwrap()
}

#[test]
fn what_is_said_in_chat_is_decided_answered_and_shown() {
    let mut toy = with_chat(&live());
    assert_eq!(toy.chat(&line("deploy shop@2.0 to production"), "1"), Taken::Kept);
    settle(&mut toy);
    assert_eq!(toy.site().last.map(|it| it.outcome), Some(RunOutcome::Succeeded));
    let shown = headline(&toy, "shop/production#1");
    assert_eq!(shows(&shown).headline, "shop 2.0 is ready on production (green)");
    assert!(shows(&shown).buttons.is_empty() && shown.cards.len() > 3);
    let whispers = toy.world().chat.whispers.clone();
    assert_eq!(whispers.len(), 1);
    assert!(whispers[0].sentence.starts_with("shop/production: Run #1 was requested"), "{}", whispers[0]);
}

#[test]
fn what_was_acknowledged_is_decided_although_the_bot_died_at_once() {
    let mut toy = with_chat(&live());
    assert_eq!(toy.chat(&line("deploy shop@2.0 to production"), "1"), Taken::Kept);
    toy.kill();
    assert_eq!(toy.run_until(MINUTE, |_| false), Went::Over);
    toy.start();
    settle(&mut toy);
    assert_eq!(toy.site().last.map(|it| it.outcome), Some(RunOutcome::Succeeded), "{}", toy.transcript());
}

#[test]
fn whoever_waited_and_was_refused_is_told_once_although_the_bot_died_over_it() {
    let mut toy = with_chat(&live());
    assert_eq!(toy.chat(&line("deploy shop@2.0 to production"), "1"), Taken::Kept);
    reach(&mut toy, "the run", |world| site(world).run.is_some());
    assert_eq!(toy.chat(&line("cutover shop/production --queue"), "2"), Taken::Kept);
    assert_eq!(toy.chat(&line("lock shop/production: sale"), "3"), Taken::Kept);
    reach(&mut toy, "the refusal", |world| !site(world).queue.untold.is_empty());
    toy.kill();
    toy.start();
    toy.pass(MINUTE);
    let whispers = toy.world().chat.whispers.clone();
    let told =
        whispers.iter().filter(|it| it.sentence.contains("when its turn came it was not begun: the site is locked"));
    assert_eq!((told.count(), count(&toy, "QueueTold")), (1, 1), "{}", toy.transcript());
    toy.kill();
    toy.start();
    toy.pass(MINUTE);
    assert_eq!(toy.world().chat.whispers.len(), whispers.len(), "told again");
}

#[test]
fn ten_thousand_deliveries_of_one_order_are_one_decision() {
    let mut toy = with_chat(&live());
    let deploy = line("deploy shop@2.0 to production");
    let mut kept = 0;
    for _ in 0..10_000 {
        match toy.chat(&deploy, "1") {
            Taken::Kept => kept += 1,
            Taken::Again => {}
            other @ (Taken::Answered(_) | Taken::Lost(_)) => panic!("{other:?}"),
        }
    }
    settle(&mut toy);
    assert_eq!((kept, count(&toy, "InboxReceived"), count(&toy, "RunRequested")), (1, 1, 1));
    assert_eq!(toy.world().chat.whispers.len(), 1);
}

#[test]
fn nonsense_and_questions_are_answered_and_not_kept() {
    let mut toy = with_chat(&live());
    let head = toy.world().journal.head();
    let Taken::Answered(status) = toy.chat(&line("status"), "1") else { panic!("status is a question") };
    assert!(status.starts_with("shop/production: blue is live"), "{status}");
    let Taken::Answered(help) = toy.chat(&line("hunter2 is my password"), "2") else { panic!("that is no order") };
    assert!(!help.contains("hunter2"), "{help}");
    for (id, press) in ["", "explode", "abort blog/production #1 -", "abort shop/production #1"].iter().enumerate() {
        let taken = toy.chat(&Said::Press((*press).to_owned(), None), &format!("press-{id}"));
        assert!(matches!(&taken, Taken::Answered(why) if why.contains("nothing was done")), "{taken:?}");
    }
    assert_eq!(toy.world().journal.head(), head);
}

#[test]
fn who_says_too_much_is_told_so_and_the_log_is_not_flooded() {
    let mut toy = with_chat(&live());
    let taken: Vec<Taken> = (0..100).map(|id| toy.chat(&line("status"), &id.to_string())).collect();
    let over = |it: &&Taken| matches!(it, Taken::Answered(why) if why.contains("more than 30 lines of one person"));
    assert_eq!(taken.iter().filter(over).count(), 70, "{taken:?}");
    assert_eq!(count(&toy, "OrderRefused"), 1);
    toy.pass(MINUTE * 2);
    let Taken::Answered(status) = toy.chat(&line("status"), "later") else { panic!("status is a question") };
    assert!(status.starts_with("shop/production"), "{status}");
}

#[test]
fn a_button_that_is_out_of_date_does_nothing_but_explain() {
    let mut toy = with_chat(&ready());
    toy.chat(&line("cutover"), "1");
    settle(&mut toy);
    let card = shows(&headline(&toy, "shop/production#2/window")).clone();
    let keep = card.buttons.iter().find(|it| it.press.verb == "keep").unwrap().press.to_string();
    let end = toy.site().window.unwrap().end;
    assert_eq!(toy.chat(&Said::Press(keep.clone(), None), "2"), Taken::Kept);
    settle(&mut toy);
    let kept = toy.site().window.unwrap().end;
    assert_ne!(kept, end);
    // Somebody else has the old card before them, and presses the same.
    assert_eq!(toy.chat(&Said::Press(keep, None), "3"), Taken::Kept);
    settle(&mut toy);
    assert_eq!(toy.site().window.unwrap().end, kept);
    let told = toy.world().chat.whispers.last().unwrap().clone();
    assert!(told.sentence.contains("that button is out of date, and nothing was done: the window ends at"), "{told}");
}

#[test]
fn a_message_whose_post_nobody_heard_of_is_not_posted_twice() {
    let mut toy = with_chat(&live());
    toy.world().chat.unheard = 1;
    toy.chat(&line("deploy shop@2.0 to production"), "1");
    settle(&mut toy);
    assert_eq!(toy.world().chat.doubles(), Vec::<&str>::new());
    assert_eq!(shows(&headline(&toy, "shop/production#1")).tone, Tone::Good);
}

#[test]
fn what_happened_while_the_platform_was_down_is_shown_as_it_is_now() {
    let mut toy = with_chat(&live());
    let until = toy.world().steady + HOUR;
    toy.world().chat.down_until = Some(until);
    toy.chat(&line("deploy shop@2.0 to production"), "1");
    // The run does not wait for anybody who watches.
    toy.live_until(|world| world.journal.state.sites.values().any(|it| it.last.is_some()));
    assert!(toy.world().steady + HOUR / 2 < until);
    toy.pass(HOUR + MINUTE * 5);
    let shown = headline(&toy, "shop/production#1");
    assert_eq!((shown.cards.len(), shows(&shown).tone), (1, Tone::Good));
    let world = toy.world();
    assert_eq!(world.chat.messages.len(), 2, "one message, and one in its thread: {:#?}", world.chat.messages);
    assert!(world.chat.calls < 150, "{} calls", world.chat.calls);
}

#[test]
fn a_revoked_token_holds_no_run_up_and_is_recovered_from() {
    let mut toy = with_chat(&ready());
    toy.world().chat.is_revoked = true;
    toy.chat(&line("cutover"), "1");
    settle(&mut toy);
    assert_eq!(toy.site().last.map(|it| it.outcome), Some(RunOutcome::Succeeded));
    assert_eq!(toy.world().chat.messages, []);
    toy.world().chat.is_revoked = false;
    toy.pass(MINUTE * 10);
    assert_eq!(shows(&headline(&toy, "shop/production#2")).tone, Tone::Good);
}

#[test]
fn a_message_is_changed_no_oftener_than_the_platform_likes_and_a_pause_is_obeyed() {
    let mut toy = with_chat(&live());
    toy.world().chat.throttled = 3;
    let before = toy.world().steady;
    toy.chat(&line("deploy shop@2.0 to production"), "1");
    settle(&mut toy);
    let shown = headline(&toy, "shop/production#1");
    let passed = shown.at.saturating_sub(before).as_secs();
    let cards = u64::try_from(shown.cards.len()).unwrap();
    assert!(cards <= 1 + passed / 3, "{cards} cards in {passed} s");
    assert_eq!((shows(&shown).tone, toy.world().chat.throttled), (Tone::Good, 0));
}

#[test]
fn what_somebody_deleted_is_not_shown_again() {
    let mut toy = with_chat(&live());
    toy.chat(&line("deploy shop@2.0 to production"), "1");
    toy.live_until(|world| world.has_reached(3));
    toy.pass(Duration::from_secs(4));
    toy.world().chat.messages.iter_mut().for_each(|it| it.is_deleted = true);
    settle(&mut toy);
    let world = toy.world();
    assert_eq!(world.chat.headlines().count(), 1, "{:#?}", world.chat.image());
}

#[test]
fn a_channel_that_is_new_is_shown_what_is_open_and_not_what_is_over() {
    assert_eq!(with_chat(&ready()).world().chat.image(), Vec::<String>::new());
    let mut toy = ready();
    toy.say("lock: sale");
    let toy = with_chat(&toy);
    let image = toy.world().chat.image();
    assert!(image.len() == 1 && image[0].ends_with("shop/production is locked (Attention)"), "{image:?}");
}
