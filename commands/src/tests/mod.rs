//! Whole stories of a site, told as people would read them.

mod answers;
pub(crate) mod approving;
mod asking;
mod chance;
mod confirming;
mod crossing;
mod going_back;
mod life;
mod people;
mod pressing;
mod queueing;
mod quiet;
mod refusing;
mod site;
mod stuck;
mod told;
mod turning;
mod unknown;
mod window;
mod workers;

use events::fact::RunOutcome;
use jiff::SignedDuration;

use crate::testing::{Story, World, time};

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Each kind of run, requested and not begun.
fn requested() -> Vec<(&'static str, Story)> {
    let start = |mut story: Story, line: &str| {
        story.say(line);
        assert!(story.site().run.is_some(), "{}", story.text());
        story
    };
    let mut fresh = Story::new(World::empty());
    fresh.say("adopt");
    let mut first = fresh.clone();
    first.say("deploy 1.0").run();
    let mut ready = Story::adopted();
    ready.say("deploy 2.0").run();
    let mut again = Story::with_window();
    again.until(time("2026-08-13T09:00:00Z"));
    let mut over = ready.clone();
    over.say("deploy 2.1").run();
    vec![
        ("the first deploy", start(fresh, "deploy 1.0")),
        ("the first cutover", start(first, "cutover")),
        ("a deploy", start(Story::adopted(), "deploy 2.0 --at 12:00")),
        ("a deploy over a deploy", start(over, "deploy 2.2")),
        ("a deploy to an empty shell", start(again, "deploy 3.0")),
        ("a cutover", start(ready.clone(), "cutover")),
        ("a canary", start(ready, "cutover --canary 5,50 --at 12:00")),
        ("a rollback", start(Story::with_window(), "rollback")),
        ("a decommission", start(Story::with_window(), "decommission --reason \"it is too dear\"")),
    ]
}

fn outcome(story: &Story) -> Option<RunOutcome> {
    story.site().last.map(|it| it.outcome)
}

#[test]
fn every_kind_of_run_succeeds_in_a_world_that_does_what_it_is_asked() {
    for (what, mut story) in requested() {
        story.run();
        assert_eq!(outcome(&story), Some(RunOutcome::Succeeded), "{what}\n{}", story.text());
    }
}
