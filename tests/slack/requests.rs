//! Requests: what Slack has signed just now is heard once, and nothing else is.

use events::fact::{Event, InboxEvent};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bed::{Bed, SECRET, Signer, body};
use crate::chat::{facts, junk};
use crate::fake::OTHER_USER;
use crate::kit::within;

/// How much junk is sent, in bytes.
const SIZE: usize = 200_000_000;

const LONG: std::time::Duration = std::time::Duration::from_mins(1);

#[tokio::test]
async fn what_slack_signed_just_now_is_heard_and_nothing_else_is() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    let status = body(&bed.fake.command("/changeover", "status shop/demo"));
    let answered = bed.send_signed(&mut signer, &status, 0).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    let said: Value = serde_json::from_str(&answered.body).unwrap();
    assert!(said["text"].as_str().unwrap().contains("shop/demo"), "{said}");
    assert_eq!(said["response_type"], "ephemeral");
    // Also at the edges of the window.
    for offset in [-290, 290] {
        assert_eq!(bed.send_signed(&mut signer, &status, offset).await.status, 200, "{offset}");
    }

    let lock = body(&bed.fake.command("/changeover", "lock shop/demo: forged"));
    let (good, now) = signer.sign(SECRET, &lock, 0).await;
    let (old, long_ago) = signer.sign(SECRET, &lock, -301).await;
    let (future, later) = signer.sign(SECRET, &lock, 310).await;
    let (foreign, _) = signer.sign("another secret", &lock, 0).await;
    let (of_other, _) = signer.sign(SECRET, &status, 0).await;
    let upper = good.to_uppercase();
    let zero = format!("v0={}", "0".repeat(64));
    let cases: [(&str, &str, &str); 12] = [
        ("old", &old, &long_ago),
        ("of the future", &future, &later),
        ("of another secret", &foreign, &now),
        ("of another body", &of_other, &now),
        ("of another time", &good, &later),
        ("in capitals", &upper, &now),
        ("none", "", &now),
        ("only its version", "v0=", &now),
        ("all zero", &zero, &now),
        ("cut", &good[..40], &now),
        ("without a time", &good, ""),
        ("with a time that is none", &good, "-9223372036854775808"),
    ];
    for (what, signature, time) in cases {
        let headers = [("x-slack-signature", signature), ("x-slack-request-timestamp", time)];
        assert_eq!(bed.send(&headers, lock.clone()).await.status, 401, "a signature that is {what}");
    }
    assert_eq!(bed.send(&[], lock.clone()).await.status, 401, "no signature");
    assert_eq!(bed.send(&[("x-slack-signature", &good)], lock.clone()).await.status, 401, "no time");
    let headers = [("x-slack-signature", good.as_str()), ("x-slack-request-timestamp", &now)];
    assert_eq!(bed.send(&headers, lock[..lock.len() - 1].to_owned()).await.status, 401, "a body that was cut");
    assert_eq!(bed.locks().await, 0);
    bed.shop.end().await;
}

#[tokio::test]
async fn a_request_that_comes_again_is_decided_once() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    let lock = body(&bed.fake.command("/changeover", "lock shop/demo: schema change"));
    for offset in [0, 0, 1] {
        let answered = bed.send_signed(&mut signer, &lock, offset).await;
        assert_eq!(answered.status, 200, "{answered:?}");
    }
    bed.locked(1).await;
    // Whoever said it is told what came of it.
    let told = within(LONG, "the answer", async || bed.fake.whispers().pop()).await;
    assert!(told["text"].as_str().unwrap().contains("shop/demo"), "{told}");
    assert_eq!(told["user"], "U02");
    assert_eq!(bed.locks().await, 1);
    bed.shop.end().await;
}

#[tokio::test]
async fn ten_thousand_deliveries_of_one_order_are_one_decision() {
    let bed = Bed::http().await;
    let lock = body(&bed.fake.command("/changeover", "lock shop/demo: schema change"));
    let (signature, time) = Signer::start().sign(SECRET, &lock, 0).await;
    let client = changeover::client::client().unwrap();
    let deliver = |_| {
        let request = client.post(format!("http://{}/slack", bed.endpoint)).body(lock.clone());
        request.header("x-slack-signature", &signature).header("x-slack-request-timestamp", &time).send()
    };
    let deliveries = futures_util::stream::iter(0..10_000).map(deliver).buffer_unordered(16);
    let statuses: Vec<u16> = deliveries.map(|it| it.unwrap().status().as_u16()).collect().await;
    assert!(statuses.len() == 10_000 && statuses.iter().all(|it| *it == 200));
    bed.locked(1).await;
    within(LONG, "the answer", async || bed.fake.whispers().pop()).await;
    let received =
        facts(&bed.shop).await.into_iter().filter(|it| matches!(it, Event::Inbox(InboxEvent::Received { .. })));
    assert_eq!((received.count(), bed.locks().await, bed.fake.whispers().len()), (1, 1, 1));
    bed.shop.end().await;
}

#[tokio::test]
async fn what_slack_would_not_send_is_refused_and_what_is_none_of_ours_changes_nothing() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    let bodies: [(&[u8], u16); 9] = [
        (b"", 400),
        (b"payload=%7B%22type%22%3A", 400),
        (b"payload=[]", 400),
        (b"{\"type\":", 400),
        (b"command=%2Fdeploy", 400),
        (b"payload=%7B%22type%22%3A%22view_closed%22%7D", 200),
        (b"payload=%7B%22type%22%3A%22of_next_year%22%7D", 200),
        (b"{\"type\":\"event_callback\",\"event\":{\"type\":\"of_next_year\"}}", 200),
        // No text: Slack has never signed such bytes, whatever the signature says.
        (b"command=%2Fdeploy&text=\xff\xfe&team_id=T01&user_id=U02", 401),
    ];
    for (bytes, status) in bodies {
        let answered = bed.send_signed(&mut signer, bytes, 0).await;
        assert_eq!(answered.status, status, "{}", String::from_utf8_lossy(bytes));
    }
    let challenge = bed.send_signed(&mut signer, b"{\"type\":\"url_verification\",\"challenge\":\"abc\"}", 0).await;
    assert_eq!((challenge.status, challenge.body.as_str()), (200, "abc"));
    // Slack's own probe of the certificate is not signed.
    assert_eq!(bed.send(&[], b"ssl_check=1&token=x".to_vec()).await.status, 200);

    let changed = |key: &str, value: &str| {
        let mut command = bed.fake.command("/changeover", "lock shop/demo: from elsewhere");
        command[key] = value.into();
        body(&command)
    };
    for (key, value, sentence) in [
        ("team_id", "T99", "another workspace"),
        ("api_app_id", "A99", "another app"),
        ("user_id", "eve", "can't be told"),
    ] {
        let answered = bed.send_signed(&mut signer, &changed(key, value), 0).await;
        assert!(answered.status == 200 && answered.body.contains(sentence), "{answered:?}");
    }
    assert_eq!(bed.locks().await, 0);
    bed.shop.end().await;
}

#[tokio::test]
async fn a_press_counts_whatever_else_is_missing() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    bed.shop.say("lock shop/demo: by hand").await;
    let mut press = bed.fake.press("press/0", "unlock shop/demo - -");
    for gone in ["message", "state", "channel", "response_url", "enterprise", "token", "api_app_id"] {
        press.as_object_mut().unwrap().remove(gone);
    }
    press["team"] = Value::Null;
    press["actions"][0] = json!({ "action_id": "press/0", "value": "unlock shop/demo - -" });
    assert_eq!(bed.send_signed(&mut signer, &body(&press), 0).await.status, 200);
    bed.shop.site_is("open again", |it| it.lock.is_none()).await;
    within(LONG, "its answer", async || (bed.fake.whispers().len() == 1).then_some(())).await;

    // A button of nobody's, and one that can't be read, are answered and change nothing.
    for (action, value) in
        [("approve_me", "unlock shop/demo - -"), ("press/0", "rm -rf /"), ("press/0", "unlock blog/x - -")]
    {
        let before = bed.fake.whispers().len();
        assert_eq!(bed.send_signed(&mut signer, &body(&bed.fake.press(action, value)), 0).await.status, 200);
        within(LONG, "an answer", async || (bed.fake.whispers().len() > before).then_some(())).await;
        let told = bed.fake.whispers().pop().unwrap();
        assert!(told["text"].as_str().unwrap().contains("nothing was done"), "{told}");
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn what_is_missing_is_asked_for_by_a_form() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    let lock = body(&bed.fake.command("/changeover", "lock shop: schema change"));
    let answered = bed.send_signed(&mut signer, &lock, 0).await;
    assert_eq!((answered.status, answered.body.as_str()), (200, ""));
    let view = within(LONG, "the form", async || bed.fake.views().pop()).await;
    let options = view.pointer("/blocks/0/element/options").unwrap();
    assert_eq!(options[0]["value"], "shop/demo", "{view}");
    let given = json!({ "type": "static_select", "selected_option": { "text": {}, "value": "shop/demo" } });
    let sent = body(&bed.fake.submission(&view, &given));
    // A form that is sent twice, by an impatient finger, counts once.
    for _ in 0..2 {
        assert_eq!(bed.send_signed(&mut signer, &sent, 0).await.status, 200);
    }
    bed.locked(1).await;
    assert_eq!(bed.locks().await, 1);

    // A button that asks for a reason.
    let press = body(&bed.fake.press("reason/0", "lock shop/staging - -"));
    assert_eq!(bed.send_signed(&mut signer, &press, 0).await.status, 200);
    let view = within(LONG, "the second form", async || bed.fake.views().get(1).cloned()).await;
    let given = json!({ "type": "plain_text_input", "value": "it \"smells\"" });
    assert_eq!(bed.send_signed(&mut signer, &body(&bed.fake.submission(&view, &given)), 0).await.status, 200);
    within(LONG, "the answer", async || {
        bed.fake.whispers().iter().any(|it| it["text"].as_str().unwrap().contains("shop/staging")).then_some(())
    })
    .await;
    bed.shop.end().await;
}

#[tokio::test]
async fn who_is_in_a_user_group_is_in_its_role_and_nobody_else_is() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    let by = |user: &str| {
        let mut command = bed.fake.command("/changeover", "lock shop/demo: schema change");
        command["user_id"] = user.into();
        body(&command)
    };
    // The members are looked up when the bot starts.
    within(LONG, "a look at the group", async || (bed.fake.calls("usergroups.users.list") > 0).then_some(())).await;
    assert_eq!(bed.send_signed(&mut signer, &by("U07"), 0).await.status, 200);
    let told = within(LONG, "the refusal", async || bed.fake.whispers().pop()).await;
    assert!(told["text"].as_str().unwrap().contains("releasers"), "{told}");
    assert_eq!(bed.locks().await, 0);
    assert_eq!(bed.send_signed(&mut signer, &by(OTHER_USER), 0).await.status, 200);
    bed.locked(1).await;
    bed.shop.end().await;
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what was measured is told")]
async fn two_hundred_megabytes_of_junk_are_refused_without_being_kept() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    // What is only allocated once is there.
    let status = body(&bed.fake.command("/changeover", "status"));
    for _ in 0..20 {
        bed.send_signed(&mut signer, &status, 0).await;
        bed.send(&[], vec![b'x'; 100_000]).await;
    }
    let before = bed.shop.peak_kb();
    assert_eq!(junk(bed.endpoint, "/slack", SIZE).await, "HTTP/1.1 413");
    let rise = bed.shop.peak_kb().saturating_sub(before);
    println!("figure: 200 MB of junk at Slack's endpoint: memory rises by {rise} kB");
    assert!(rise < 1_000, "memory rises by {rise} kB");
    assert_eq!(bed.send_signed(&mut signer, &status, 0).await.status, 200);
    bed.shop.end().await;
}

#[tokio::test]
async fn who_sends_slowly_is_cut_off_and_holds_nobody_up() {
    let bed = Bed::http().await;
    let mut signer = Signer::start();
    let heads = ["POST /sl", "POST /slack HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nabc", "\r", ""];
    let mut slow = Vec::new();
    for head in heads.into_iter().cycle().take(40) {
        let mut stream = within(LONG, "a connection", async || TcpStream::connect(bed.endpoint).await.ok()).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let status = body(&bed.fake.command("/changeover", "status"));
    assert_eq!(bed.send_signed(&mut signer, &status, 0).await.status, 200);
    for mut stream in slow {
        // It is answered or not, and then it is over.
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "a slow connection is still open");
        let text = String::from_utf8_lossy(&rest).into_owned();
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    bed.shop.end().await;
}
