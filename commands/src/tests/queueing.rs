//! Orders that wait for their turn behind a busy site.

use events::fact::RunOutcome;
use events::fold::Queued;
use expect_test::expect;
use jiff::SignedDuration;

use super::approving::{approval, eve, policy, releaser};
use crate::answer::status;
use crate::speaker::Speaker;
use crate::testing::{Story, name, person};

/// A deploy of 2.0 is open, and releasers may release.
fn busy() -> Story {
    let mut story = Story::adopted();
    story.policy = policy();
    story.say("deploy 2.0").run_to(2);
    story.forget();
    story
}

fn refused(story: &mut Story, line: &str, speaker: &Speaker) -> &'static str {
    story.order_as(line, speaker).unwrap_err().code()
}

fn waiting(story: &Story) -> Vec<u32> {
    story.site().queue.waiting.iter().map(|it: &Queued| it.ticket.0).collect()
}

#[test]
fn an_order_waits_for_its_turn_and_is_decided_then() {
    let mut story = busy();
    story.order_as("cutover --queue --reason \"new basket\"", &releaser("U01")).unwrap();
    story.order_as("deploy 3.0 --queue", &releaser("U02")).unwrap();
    expect![[r#"
        Mon 09:00:00   Queued as number 1, next after run #1: `cutover shop/production --reason "new basket"`. It is decided when its turn comes, as if it were said then, and not after 2026-08-11 09:00:00 UTC; `unqueue` takes it out.
        Mon 09:00:00   Queued as number 2, at place 2 of the queue: `deploy shop@3.0 to production`. It is decided when its turn comes, as if it were said then, and not after 2026-08-11 09:00:00 UTC; `unqueue` takes it out.
    "#]].assert_eq(&story.text());
    expect![[r#"
        shop/production: blue is live
          blue   live      1.0 (d0ff5974b6aa), 2 machines
          green  empty     no release, 0 machines
          run #1: deploy 2.0 (d84bdb34d4ee) to green, plan 3cab6ea78660, by console:1000
             1. see that green gets no requests [done]
             2. have 2 machines in green [underway, until 2026-08-10 09:05:00 UTC]
             3. install 2.0 (d84bdb34d4ee) on green [waiting]
             4. check health and search on every machine of green, 3 times in a row [waiting]
             5. attach the machines of green to the balancer [waiting]
          queue, place 1: number 1, `cutover shop/production --reason "new basket"`, by slack:T01/U01, until 2026-08-11 09:00:00 UTC
          queue, place 2: number 2, `deploy shop@3.0 to production`, by slack:T01/U02, until 2026-08-11 09:00:00 UTC
          next: it goes on by itself; `abort` turns it back"#]].assert_eq(&status(&name(), &story.site()).to_string());
    story.run_until(|story| story.site().queue.waiting.len() == 1);
    let run = story.site().run.unwrap();
    assert_eq!((run.requested_by, run.reason.as_deref()), (releaser("U01").actor, Some("new basket")));
    assert_eq!(run.release.unwrap().name.as_str(), "2.0");
    // The way back that the cutover leaves is not given up by an order that was said before it.
    story.forget().run_until(|story| story.site().queue.waiting.is_empty());
    expect!["Mon 09:00:04   Number 2 of the queue was not begun: blue is the way back until 2026-08-11 09:00:04 UTC: `keep` it, `rollback` to it, or say `--give-up-way-back` to deploy onto it all the same."].assert_eq(story.text().lines().last().unwrap());
    assert!(story.site().run.is_none());
}

#[test]
fn on_a_site_that_is_free_nobody_waits() {
    let mut story = Story::adopted();
    story.order("deploy 2.0 --queue").unwrap();
    assert!(story.site().run.is_some() && story.site().queue.waiting.is_empty());
}

#[test]
fn going_back_never_waits() {
    let mut story = busy();
    story.order_as("deploy 3.0 --queue", &releaser("U02")).unwrap();
    assert_eq!(story.clone().order("abort"), Ok(()));
    let mut window = Story::with_window();
    window.say("decommission --reason space").order("deploy 3.0 --queue").unwrap();
    assert_eq!(window.order("rollback"), Ok(()), "a queue stands in nobody's way");
}

#[test]
fn who_lost_the_role_meanwhile_does_not_get_a_turn() {
    let mut story = busy();
    story.order_as("deploy 3.0 --queue", &eve()).unwrap();
    story.policy.roles.pop();
    story.forget().run_until(|story| story.site().queue.waiting.is_empty());
    expect!["Mon 09:00:03   Number 1 of the queue was not begun: you may not say `deploy` here: releasers may, ask one of them."].assert_eq(story.text().lines().last().unwrap());
    assert!(story.site().run.is_none(), "{}", story.text());
}

#[test]
fn whoever_is_refused_at_their_turn_leaves_and_an_unlocked_site_begins_nothing() {
    let mut story = busy();
    story.order_as("deploy 3.0 --queue", &releaser("U01")).unwrap();
    story.say("lock: schema change").forget().run_until(|story| story.site().queue.waiting.is_empty());
    expect![[r#"Mon 09:00:03   Number 1 of the queue was not begun: the site is locked by console:1000 since 2026-08-10 09:00:00 UTC: "schema change"; ask them, or `unlock` it."#]].assert_eq(story.text().lines().last().unwrap());
    story.say("unlock").run_until(|story| story.site().run.is_some());
    assert!(story.site().run.is_none(), "{}", story.text());
}

#[test]
fn what_waits_is_approved_when_its_turn_has_come() {
    let mut story = busy();
    story.order_as("deploy 3.0 --queue", &releaser("U01")).unwrap();
    story.terms.approvals = vec![approval(1)];
    story.run_until(|story| story.site().queue.waiting.is_empty());
    story.turn();
    assert!(story.site().run.unwrap().awaited().is_some());
    assert_eq!(refused(&mut story, "approve", &releaser("U01")), "own_request");
    assert_eq!(story.order_as("approve", &releaser("U02")), Ok(()));
}

#[test]
fn a_cutover_that_waited_brings_the_release_that_it_was_meant_for() {
    let mut story = Story::adopted();
    story.say("deploy 2.0").run().say("deploy 3.0").run_to(2);
    story.order("cutover --queue").unwrap();
    story.say("abort").forget().run_until(|story| story.site().queue.waiting.is_empty());
    expect!["Mon 09:00:13   Number 1 of the queue was not begun: green has 2.0 (d84bdb34d4ee), and this was meant for 3.0: look, and say `cutover` if you mean that."].assert_eq(story.text().lines().last().unwrap());
    assert_eq!(story.site().last.unwrap().outcome, RunOutcome::TurnedBack);
    let mut story = busy();
    story.order("deploy 3.0 --queue").unwrap();
    story.order("cutover --queue").unwrap();
    story.run_until(|story| story.site().queue.waiting.is_empty()).run();
    let live = story.site().live.unwrap();
    assert_eq!(story.site().environments.get(live).release.as_ref().unwrap().name.as_str(), "3.0", "{}", story.text());
}

#[test]
fn whoever_may_abort_takes_out_anything_and_everybody_their_own() {
    let mut story = busy();
    for line in ["deploy 3.0 --queue", "cutover --queue", "deploy 4.0 --queue"] {
        story.order_as(line, &releaser("U01")).unwrap();
    }
    assert_eq!(refused(&mut story, "unqueue 9", &releaser("U01")), "nothing_queued");
    assert_eq!(refused(&mut story, "unqueue", &releaser("U02")), "nothing_queued", "it is nobody's newest");
    let stranger = Speaker::alone(events::actor::Actor::slack("T01", "U77").unwrap());
    assert_eq!(refused(&mut story, "unqueue 2", &stranger), "not_allowed");
    story.order_as("unqueue 2", &releaser("U02")).unwrap();
    assert_eq!(waiting(&story), [1, 3]);
    story.policy.roles.clear();
    story.order_as("unqueue", &releaser("U01")).unwrap();
    assert_eq!(waiting(&story), [1], "one's own needs no role");
    story.order("unqueue 1").unwrap();
    assert!(story.site().queue.waiting.is_empty());
}

#[test]
fn the_queue_is_short_and_nobody_waits_in_it_for_days() {
    let mut story = busy();
    for number in 1..=8 {
        story.order(&format!("deploy 3.{number} --queue")).unwrap();
    }
    assert_eq!(refused(&mut story, "deploy 3.9 --queue", &person()), "queue_full");
    assert_eq!(refused(&mut story, "deploy 3.1 --queue", &person()), "queued_already");
    story.order("unqueue").unwrap();
    story.order("deploy 3.9 --queue").unwrap();
    assert_eq!(waiting(&story), [1, 2, 3, 4, 5, 6, 7, 9], "no number is given twice");
    story.order("abort").unwrap();
    story.sleep(SignedDuration::from_hours(24));
    story.run_until(|story| story.site().queue.waiting.is_empty());
    assert!(story.site().run.is_none_or(|run| run.release.unwrap().name.as_str() == "2.0"), "{}", story.text());
}

#[test]
fn what_gives_up_the_way_back_does_not_wait() {
    let mut story = Story::with_window();
    story.say("decommission --reason space");
    assert_eq!(refused(&mut story, "deploy 3.0 --give-up-way-back --queue", &person()), "not_queued");
}

#[test]
fn a_refusal_offers_the_queue_to_whom_it_is_open() {
    let mut story = busy();
    let mut sentence = |line: &str| story.order(line).unwrap_err().to_string();
    expect!["run #1 (deploy) is open: wait for it, say it with `--queue`, or `abort` it"]
        .assert_eq(&sentence("deploy 3.0"));
    expect!["run #1 (deploy) is open: wait for it, or `abort` it"].assert_eq(&sentence("rollback"));
}
