//! The fake is faithful: discord.js takes it for Discord.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fake::{CHANNEL, Disturbance, Fake, Manner, USER};
use crate::kit::until;
use crate::peer::Peer;

#[tokio::test]
async fn discord_js_hears_and_answers_what_the_fake_brings() {
    let fake = Fake::start().await;
    fake.pulse(Duration::from_millis(200), true);
    let mut peer = Peer::node("client.mjs", Some(&fake));
    assert_eq!(peer.tells().await, "ready");
    fake.connected().await;

    let command = fake.command("status", &[("site", "shop/demo")]);
    fake.dispatch(&command);
    assert_eq!(peer.tells().await, format!("command status by {USER}"));
    let taken = fake.taken(&command);
    assert_eq!(taken.answer.unwrap()["type"], 5);
    assert_eq!(taken.edits[0]["content"], "heard status shop/demo");
    assert_eq!(taken.follow_ups[0]["content"], "and more");

    let typing = json!([{ "name": "site", "type": 3, "value": "sh", "focused": true }]);
    let typing = fake.interaction(4, &json!({ "id": "1", "name": "status", "type": 1, "options": typing }));
    fake.dispatch(&typing);
    assert_eq!(peer.tells().await, "completed sh");
    assert_eq!(fake.taken(&typing).answer.unwrap()["data"]["choices"][0]["value"], "shop/demo");

    let mut press = fake.interaction(3, &json!({ "custom_id": "b", "component_type": 2 }));
    press["message"] =
        json!({ "id": "5", "channel_id": CHANNEL, "author": { "id": "1" }, "timestamp": "2026-01-01T00:00:00Z" });
    fake.dispatch(&press);
    assert_eq!(peer.tells().await, "button b");
    assert_eq!(fake.taken(&press).answer.unwrap()["type"], 9);

    let field = json!({ "type": 4, "custom_id": "reason", "value": "because", "id": 2 });
    let form = json!({ "custom_id": "m", "components": [{ "type": 1, "id": 1, "components": [field] }] });
    let form = fake.interaction(5, &form);
    fake.dispatch(&form);
    assert_eq!(peer.tells().await, "modal because");
    assert_eq!(fake.taken(&form).answer.unwrap()["data"]["content"], "thank you");
}

#[tokio::test]
async fn discord_js_resumes_after_each_disturbance_and_misses_nothing() {
    let fake = Fake::start().await;
    let mut peer = Peer::node("client.mjs", Some(&fake));
    assert_eq!(peer.tells().await, "ready");
    for disturbance in [Disturbance::Cut, Disturbance::Reconnect] {
        fake.connected().await;
        let (begun, resumed, _) = fake.sessions();
        fake.disturb(disturbance);
        until("the connection is gone", async || (fake.sessions().2 == 0 || fake.sessions().1 > resumed).then_some(()))
            .await;
        let missed = fake.command("status", &[("site", "shop/demo")]);
        fake.dispatch(&missed);
        let mut told = [peer.tells().await, peer.tells().await];
        told.sort();
        assert_eq!(told, [format!("command status by {USER}"), "resumed".to_owned()], "{disturbance:?}");
        assert_eq!(fake.sessions().0, begun, "{disturbance:?}");
    }
}

#[tokio::test]
async fn discord_js_posts_and_reads_and_keeps_the_pauses_that_the_fake_wants() {
    let fake = Fake::start().await;
    let mut peer = Peer::node("client.mjs", Some(&fake));
    assert_eq!(peer.tells().await, "ready");
    let path = format!("/channels/{CHANNEL}/messages");
    let body = json!({ "content": "one", "nonce": "n1", "enforce_nonce": true });
    let first = peer.asked(&json!({ "post": path, "body": body })).await;
    assert_eq!(peer.asked(&json!({ "post": path, "body": body })).await, first, "the same nonce is the same message");
    assert_eq!(peer.asked(&json!({ "patch": format!("{path}/{first}"), "body": { "content": "two" } })).await, "two");
    let read: Value = serde_json::from_str(&peer.asked(&json!({ "read": format!("{path}?limit=5") })).await).unwrap();
    assert_eq!((read.as_array().unwrap().len(), &read[0]["content"]), (1, &json!("two")));
    assert_eq!(peer.asked(&json!({ "post": path, "body": {} })).await, "failed 400 50035");
    assert_eq!(peer.asked(&json!({ "post": "/channels/5/messages", "body": body })).await, "failed 404 10003");

    for is_global in [false, true] {
        fake.meets("POST /channels", Manner::Throttled { after_s: 0.3, is_global, is_said: true });
        let before = fake.requests().len();
        let posted = peer.asked(&json!({ "post": path, "body": { "content": format!("after {is_global}") } })).await;
        assert!(posted.parse::<u64>().is_ok(), "{posted}");
        let asked: Vec<String> = fake.requests().split_off(before);
        assert!(asked[0].ends_with(" 429") && asked[1].ends_with(" 200"), "{asked:?}");
    }
    fake.meets("POST /channels", Manner::Broken(502));
    assert_eq!(peer.asked(&json!({ "post": path, "body": { "content": "x" } })).await, "failed 502");
}
