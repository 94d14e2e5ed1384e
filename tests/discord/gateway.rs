//! The gateway: what comes by it is heard in time and once, whatever becomes of the connection.

use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock};

use crate::bed::{Bed, press};
use crate::fake::{Disturbance, Manner};
use crate::kit::{until, within};

/// How long the bot may be away after Discord refused it.
const LONG: Duration = Duration::from_mins(1);

#[tokio::test]
async fn what_comes_by_the_gateway_is_answered_in_time_and_decided_once() {
    let bed = Bed::gateway().await;
    let status = bed.fake.command("status", &[]);
    bed.fake.dispatch(&status);
    let answer = tokio::time::timeout(Duration::from_millis(2500), bed.fake.answer_to(&status)).await.unwrap();
    assert!(answer["data"]["content"].as_str().unwrap().contains("shop/demo"), "{answer}");
    let lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "once")]);
    for _ in 0..3 {
        bed.fake.dispatch(&lock);
    }
    bed.locked(1).await;
    assert!(bed.fake.answer_to(&lock).await["data"]["content"].as_str().is_some());
    assert!(bed.follow_up(&lock).await["embeds"][0]["description"].as_str().unwrap().contains("shop/demo"));
    assert_eq!(bed.locks().await, 1);
    // What can't be read is left alone, and the connection with it.
    let mut odd = bed.fake.command("status", &[]);
    odd["type"] = 99.into();
    bed.fake.dispatch(&odd);
    let bare = press(&bed.fake, ".unlock shop/demo - -");
    bed.fake.dispatch(&bare);
    bed.shop.site_is("open again", |it| it.lock.is_none()).await;
    assert_eq!(bed.fake.sessions(), (1, 0, 1));
    bed.shop.end().await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_resumed_and_nothing_is_missed() {
    let bed = Bed::gateway().await;
    let disturbances = [
        Disturbance::Cut,
        Disturbance::Reconnect,
        Disturbance::Close(4000),
        Disturbance::Close(1001),
        Disturbance::Invalid { is_resumable: true },
    ];
    for (round, disturbance) in disturbances.into_iter().enumerate() {
        bed.fake.connected().await;
        let (_, resumed, _) = bed.fake.sessions();
        bed.fake.disturb(disturbance);
        until("the connection is gone", async || {
            (bed.fake.sessions().2 == 0 || bed.fake.sessions().1 > resumed).then_some(())
        })
        .await;
        let missed = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "while away")]);
        bed.fake.dispatch(&missed);
        bed.fake.answer_to(&missed).await;
        bed.locked(round + 1).await;
        bed.shop.say("unlock shop/demo").await;
        assert_eq!(bed.fake.sessions().0, 1, "{disturbance:?}: resumed, not begun anew");
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn a_connection_that_is_cut_between_a_command_and_its_answer_loses_neither() {
    let bed = Bed::gateway().await;
    for round in 1..=5 {
        bed.fake.connected().await;
        let lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "cut")]);
        bed.fake.dispatch(&lock);
        bed.fake.disturb(Disturbance::Cut);
        bed.fake.answer_to(&lock).await;
        bed.locked(round).await;
        bed.shop.say("unlock shop/demo").await;
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn a_session_that_discord_has_forgotten_is_begun_anew() {
    let bed = Bed::gateway().await;
    for (round, disturbance) in
        [Disturbance::Invalid { is_resumable: false }, Disturbance::Close(4009), Disturbance::Close(4007)]
            .into_iter()
            .enumerate()
    {
        bed.fake.disturb(disturbance);
        until("a new session", async || (bed.fake.sessions().0 == round + 2).then_some(())).await;
        bed.fake.connected().await;
        let status = bed.fake.command("status", &[]);
        bed.fake.dispatch(&status);
        bed.fake.answer_to(&status).await;
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn a_connection_on_which_nobody_answers_is_left() {
    let mut bed = Bed::closed("[chat.discord.gateway]\n").await;
    bed.fake.pulse(Duration::from_millis(200), true);
    bed.shop.start().await;
    bed.fake.connected().await;
    bed.fake.disturb(Disturbance::Beat);
    bed.fake.pulse(Duration::from_millis(200), false);
    until("it is left and resumed", async || (bed.fake.sessions().1 >= 2).then_some(())).await;
    bed.fake.pulse(Duration::from_millis(200), true);
    bed.fake.connected().await;
    let status = bed.fake.command("status", &[]);
    bed.fake.dispatch(&status);
    bed.fake.answer_to(&status).await;
    bed.shop.end().await;
}

#[tokio::test]
async fn a_token_that_is_revoked_is_told_once_and_the_bot_goes_on() {
    let bed = Bed::gateway().await;
    bed.fake.revoke(true);
    bed.fake.disturb(Disturbance::Close(4004));
    until("it is told", async || bed.shop.bot_log().contains("Discord refuses the bot").then_some(())).await;
    // Whoever has the console is heard, and a run goes on.
    bed.shop.succeeds("deploy shop@v1 to demo").await;
    bed.fake.revoke(false);
    within(LONG, "it is heard again", async || (bed.fake.sessions().0 == 2).then_some(())).await;
    assert_eq!(bed.shop.bot_log().matches("Discord refuses the bot").count(), 1);
    assert!(!bed.shop.bot_log().contains(crate::fake::TOKEN));
    bed.shop.end().await;
}

#[tokio::test]
async fn discord_may_be_out_of_order_when_the_bot_starts() {
    let mut bed = Bed::closed("[chat.discord.gateway]\n").await;
    bed.fake.meets("GET /gateway/bot", Manner::Broken(502));
    bed.fake.meets("GET /gateway/bot", Manner::Throttled { after_s: 0.2, is_global: false, is_said: true });
    bed.shop.start().await;
    bed.shop.succeeds("deploy shop@v1 to demo").await;
    bed.fake.connected().await;
    // The answer to an interaction that meets a bad moment is sent again.
    bed.fake.meets("POST /interactions", Manner::Broken(503));
    let status = bed.fake.command("status", &[]);
    bed.fake.dispatch(&status);
    bed.fake.answer_to(&status).await;
    bed.shop.end().await;
}

#[tokio::test]
async fn the_bot_stops_in_time_whatever_discord_does() {
    let mut bed = Bed::gateway().await;
    // An answer that Discord never takes is underway.
    for _ in 0..3 {
        bed.fake.meets("POST /interactions", Manner::Silent);
    }
    bed.fake.dispatch(&bed.fake.command("status", &[]));
    until("the answer is underway", async || (bed.fake.met("POST /interactions") > 0).then_some(())).await;
    let clock = SystemClock::new();
    let status = bed.shop.stop().await;
    assert!(status.success(), "{status}");
    assert!(clock.elapsed() < Duration::from_secs(12), "{:?}", clock.elapsed());
    bed.shop.end().await;
}
