//! Socket Mode: durable, then acknowledged in time, whatever happens to the connections.

use std::time::Duration;

use crate::bed::Bed;
use crate::fake::Manner;
use crate::kit::until;

/// How long Slack waits.
const SLACK_WAITS: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_command_is_on_disk_before_it_is_acknowledged() {
    let bed = Bed::socket().await;
    let id = bed.fake.deliver("slash_commands", &bed.fake.command("/changeover", "lock shop/demo: schema change"));
    let acknowledged = bed.fake.acknowledged(&id).await;
    let received = bed.shop.recorded().await;
    assert!(received.iter().any(|it| it.stream.as_str().contains("slack/trigger")), "it is in the log");
    assert!(acknowledged.after < SLACK_WAITS, "{acknowledged:?}");
    assert!(acknowledged.payload.unwrap()["text"].as_str().unwrap().contains("in the log"));
    bed.locked(1).await;

    let id = bed.fake.deliver("slash_commands", &bed.fake.command("/changeover", "status shop/demo"));
    let told = bed.fake.acknowledged(&id).await.payload.unwrap();
    assert!(told["text"].as_str().unwrap().contains("schema change"), "{told}");
    let id = bed.fake.deliver("events_api", &bed.fake.mention("status"));
    assert_eq!(bed.fake.acknowledged(&id).await.payload, None);
    until("the answer to the mention", async || bed.fake.whispers().pop()).await;
    bed.shop.end().await;
}

#[tokio::test]
async fn an_acknowledgement_waits_for_the_disk() {
    const SYNC: Duration = Duration::from_millis(200);
    let bed = Bed::socket_on(Some(200)).await;
    for _ in 0..3 {
        let id = bed.fake.deliver("slash_commands", &bed.fake.command("/changeover", "unlock shop/demo"));
        let after = bed.fake.acknowledged(&id).await.after;
        assert!(SYNC <= after && after < SLACK_WAITS, "{after:?}");
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn nothing_that_is_slow_delays_an_acknowledgement() {
    let bed = Bed::socket().await;
    // Forms that Slack takes long to open, and answers that it takes long to show.
    for _ in 0..4 {
        bed.fake.meets("views.open", Manner::Silent(Duration::from_secs(6)));
        bed.fake.meets("chat.postEphemeral", Manner::Silent(Duration::from_secs(6)));
        let asked = bed.fake.deliver("slash_commands", &bed.fake.command("/changeover", "lock shop: which?"));
        let pressed = bed.fake.deliver("interactive", &bed.fake.press("press/0", "no such button"));
        for id in [asked, pressed] {
            assert!(bed.fake.acknowledged(&id).await.after < SLACK_WAITS);
        }
    }
    let mut ids = Vec::new();
    for at in 0..20 {
        ids.push(
            bed.fake.deliver("slash_commands", &bed.fake.command("/changeover", &format!("lock shop/demo: {at}"))),
        );
    }
    for id in ids {
        let acknowledged = bed.fake.acknowledged(&id).await;
        assert!(acknowledged.after < SLACK_WAITS, "{acknowledged:?}");
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn a_renewal_loses_nothing() {
    let bed = Bed::socket().await;
    let say =
        |at: usize| bed.fake.deliver("slash_commands", &bed.fake.command("/changeover", &format!("status --{at}")));
    let mut ids: Vec<String> = (0..5).map(say).collect();
    bed.fake.refresh();
    bed.fake.connected(1).await;
    ids.extend((5..10).map(say));
    bed.fake.connected(2).await;
    ids.extend((10..15).map(say));
    for id in ids {
        assert!(bed.fake.acknowledged(&id).await.after < SLACK_WAITS);
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn what_was_underway_when_a_connection_was_cut_comes_again_and_counts_once() {
    let bed = Bed::socket().await;
    for round in 1..=5 {
        let lock = bed.fake.command("/changeover", &format!("lock shop/demo: round {round}"));
        let id = bed.fake.deliver("slash_commands", &lock);
        bed.fake.cut();
        bed.fake.connected(2).await;
        bed.fake.acknowledged(&id).await;
        bed.shop.site_is("locked", |it| it.lock.is_some()).await;
        assert_eq!(bed.locks().await, round, "decided once");
        bed.shop.say("unlock shop/demo").await;
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn a_bot_that_was_killed_takes_what_it_missed_and_nothing_twice() {
    let mut bed = Bed::socket().await;
    let lock = bed.fake.command("/changeover", "lock shop/demo: schema change");
    bed.fake.deliver("slash_commands", &lock);
    bed.shop.kill().await;
    bed.fake.cut();
    // Said to nobody, as long as nobody is there.
    let id = bed.fake.deliver("slash_commands", &lock);
    bed.shop.start().await;
    bed.fake.connected(2).await;
    bed.fake.acknowledged(&id).await;
    bed.locked(1).await;
    bed.shop.end().await;
}

#[tokio::test]
async fn the_door_is_tried_again_soon_and_never_in_a_hurry() {
    let bed = Bed::socket().await;
    for manner in
        [Manner::Broken, Manner::Throttled(Some(1)), Manner::Throttled(None), Manner::Refused("internal_error")]
    {
        bed.fake.meets("apps.connections.open", manner);
    }
    let before = bed.fake.calls("apps.connections.open");
    bed.fake.cut();
    bed.fake.connected(2).await;
    let tried = bed.fake.calls("apps.connections.open") - before;
    assert!((6..=8).contains(&tried), "it was tried {tried} times");
    bed.shop.end().await;
}
