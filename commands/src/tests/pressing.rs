//! What is pressed on a card that shows what has passed.

use events::chat::{Shown, Standing};
use events::fault::Fault;
use events::number::RunNumber;
use expect_test::expect;
use jiff::SignedDuration;

use crate::testing::{Reply, Story};

fn shown(run: u32, standing: Option<Standing>) -> Shown {
    Shown { run: Some(RunNumber(run)), standing }
}

fn refused(story: &Story, line: &str, shown: Shown) -> String {
    story.clone().press(line, shown).unwrap_err().to_string()
}

#[test]
fn a_button_of_what_is_underway_does_what_it_says() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run_to(3);
    let hash = story.site().run.unwrap().plan_hash.to_string();
    let standings = [None, Some(Standing::Step(3)), Some(Standing::Plan(hash.get(..12).unwrap().to_owned()))];
    for standing in standings {
        assert_eq!(story.clone().press("abort", shown(1, standing)), Ok(()));
    }
    let window = Story::with_window();
    let end = Standing::Moment("2026-08-11T09:00:04Z".parse().unwrap());
    for line in ["keep 24h", "decommission --reason space", "rollback"] {
        assert_eq!(window.clone().press(line, shown(2, Some(end.clone()))), Ok(()), "{line}");
    }
}

#[test]
fn a_button_that_is_out_of_date_does_nothing_and_says_what_is_so_now() {
    let mut told = Vec::new();
    let mut tell = |told_as: &str, story: &Story, line: &str, shown: Shown| {
        told.push(format!("{told_as}: {}\n", refused(story, line, shown)));
    };
    let mut open = Story::adopted();
    open.say("deploy 2.0").run_to(3);
    tell("another run", &open, "abort", shown(9, None));
    tell("another step", &open, "retry", shown(1, Some(Standing::Step(2))));
    tell("another plan", &open, "abort", shown(1, Some(Standing::Plan("0123456789ab".to_owned()))));
    let mut over = open.clone();
    over.run();
    tell("over", &over, "abort", shown(1, None));
    tell("over, step", &over, "abort", Shown { run: None, standing: Some(Standing::Step(3)) });
    tell("over, plan", &over, "abort", Shown { run: None, standing: Some(Standing::Plan("0123456789ab".to_owned())) });

    let end = || Some(Standing::Moment("2026-08-11T09:00:04Z".parse().unwrap()));
    let window = Story::with_window();
    tell("a window, another run", &window, "rollback", shown(9, None));
    let mut kept = window.clone();
    kept.say("keep 24h");
    tell("extended", &kept, "keep 24h", shown(2, end()));
    kept.say("keep");
    tell("held", &kept, "keep 24h", shown(2, end()));
    tell("no window", &over, "keep 24h", Shown { run: None, standing: end() });

    let locked_at = |story: &Story| Some(Standing::Moment(story.site().lock.unwrap().since));
    let mut locked = window.clone();
    locked.say("lock: one");
    let first = locked_at(&locked);
    tell("not locked", &window, "unlock", Shown { run: None, standing: first.clone() });
    locked.sleep(SignedDuration::from_secs(5)).say("lock: two");
    tell("locked anew", &locked, "unlock", Shown { run: None, standing: first });
    let second = locked_at(&locked);
    assert_eq!(locked.press("unlock", Shown { run: None, standing: second }), Ok(()));
    expect![[r#"
        another run: that button is out of date, and nothing was done: it is about run #9, and run #1 is open now
        another step: that button is out of date, and nothing was done: it is about step 2, and the run stands at step 3 now
        another plan: that button is out of date, and nothing was done: it is about another plan than the one that is open now
        over: that button is out of date, and nothing was done: it is about run #1, which is over
        over, step: that button is out of date, and nothing was done: it is about step 3, and nothing is underway now
        over, plan: that button is out of date, and nothing was done: it is about a plan, and no run is open now
        a window, another run: that button is out of date, and nothing was done: it is about run #9, and the window of run #2 is open now
        extended: that button is out of date, and nothing was done: the window ends at 2026-08-12 09:00:04 UTC now
        held: that button is out of date, and nothing was done: the way back is kept until somebody says otherwise
        no window: that button is out of date, and nothing was done: the window is closed
        not locked: that button is out of date, and nothing was done: the site is not locked any more
        locked anew: that button is out of date, and nothing was done: the site was locked anew at 2026-08-10 09:00:09 UTC
    "#]]
    .assert_eq(&told.concat());
}

#[test]
fn a_stuck_run_is_retried_once_however_many_people_press() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").forward(3, Reply::Fault(Fault::unknown("nobody knows"), 1)).run();
    assert!(story.site().run.unwrap().stuck.is_some(), "{}", story.text());
    let button = shown(1, Some(Standing::Step(3)));
    assert_eq!(story.press("skip --reason \"it happened\"", button.clone()), Ok(()));
    let again = story.press("skip --reason \"it happened\"", button).unwrap_err();
    assert_eq!(again.code(), "stale_button");
}
