//! Requests: what Discord has signed just now is heard once, and nothing else is.

use std::time::Duration;

use changeover::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::bed::{Bed, ENDPOINT, PUBLIC_KEY, Signer, press, time};
use crate::chat::junk;
use crate::peer::Peer;
use crate::shim::library;

#[tokio::test]
async fn what_discord_signed_just_now_is_heard_and_nothing_else_is() {
    let bed = Bed::endpoint().await;
    let (mut signer, mut other) = (Signer::start(), Peer::node("verify.mjs", None));
    let ping = bed.send_signed(&mut signer, b"{\"type\":1}", 0).await;
    assert_eq!((ping.status, ping.body), (200, json!({ "type": 1 })));
    // Also at the edges of the window.
    for offset_s in [-290, 290] {
        assert_eq!(bed.send_signed(&mut signer, b"{\"type\":1}", offset_s).await.status, 200, "{offset_s}");
    }

    let lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "forged")]).to_string().into_bytes();
    let (now, long_ago, later) = (time(0), time(-310), time(310));
    let good = signer.sign(&lock, &now).await;
    let (old, future) = (signer.sign(&lock, &long_ago).await, signer.sign(&lock, &later).await);
    let of_other = signer.sign(b"{\"type\":1}", &now).await;
    let (flipped, zero) = (flipped(&good), "0".repeat(128));
    // The first two are good but for their time, which the libraries leave to whoever uses them.
    let cases: [(&str, &str, &str); 10] = [
        ("old", &old, &long_ago),
        ("of the future", &future, &later),
        ("of another body", &of_other, &now),
        ("of another time", &good, &later),
        ("flipped in one bit", &flipped, &now),
        ("all zero", &zero, &now),
        ("cut", &good[..64], &now),
        ("none", "", &now),
        ("without a time", &good, ""),
        ("no hexadecimal", "zz", &now),
    ];
    for (at, (what, signature, time)) in cases.into_iter().enumerate() {
        let headers = [("x-signature-ed25519", signature), ("x-signature-timestamp", time)];
        assert_eq!(bed.send(&headers, lock.clone()).await.status, 401, "a signature that is {what}");
        let asked = json!({ "body": hex::encode(&lock), "signature": signature, "time": time, "public": PUBLIC_KEY });
        let is_good = at < 2;
        assert_eq!(other.asked(&asked).await, json!({ "good": is_good }).to_string(), "a signature that is {what}");
        if signature.len() == 128 {
            assert_eq!(signer.verifies(&lock, signature, time).await, is_good, "a signature that is {what}");
        }
    }
    assert_eq!(bed.send(&[], lock.clone()).await.status, 401, "no signature");
    // Nothing is read before it is known who sent it.
    assert_eq!(bed.send(&[], b"nonsense".to_vec()).await.status, 401, "nonsense without a signature");
    assert_eq!(bed.send(&[("x-signature-ed25519", good.as_str())], lock.clone()).await.status, 401, "no time");
    let headers = [("x-signature-ed25519", good.as_str()), ("x-signature-timestamp", now.as_str())];
    assert_eq!(bed.send(&headers, lock[..lock.len() - 1].to_owned()).await.status, 401, "a body that was cut");
    assert_eq!(bed.locks().await, 0);
    bed.shop.end().await;
}

/// The same with one bit in the middle turned over.
fn flipped(signature: &str) -> String {
    let mut bytes = hex::decode(signature).unwrap();
    bytes[20] ^= 1;
    hex::encode(bytes)
}

#[tokio::test]
async fn a_request_that_comes_again_is_decided_once() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    let lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "schema change")]);
    let first = bed.bring(&mut signer, &lock).await;
    assert!(first["data"]["content"].as_str().unwrap().contains("in the log"), "{first}");
    for offset_s in [0, 1] {
        let again = bed.send_signed(&mut signer, lock.to_string().as_bytes(), offset_s).await;
        assert!(again.body["data"]["content"].as_str().unwrap().contains("came before"), "{again:?}");
    }
    bed.locked(1).await;
    // Whoever said it is told what came of it.
    let told = bed.follow_up(&lock).await;
    assert_eq!(told["flags"], 64);
    assert!(told["embeds"][0]["description"].as_str().unwrap().contains("shop/demo"), "{told}");
    assert_eq!(bed.locks().await, 1);
    bed.shop.end().await;
}

#[tokio::test]
async fn an_acknowledgement_waits_for_the_disk() {
    const SYNC: Duration = Duration::from_millis(300);
    let mut bed = Bed::closed(ENDPOINT).await;
    let log = bed.shop.folder().canonicalize().unwrap().join("changeover.db");
    let slow = ("SHIM_SLOW", SYNC.as_millis().to_string().into());
    bed.shop.environment = vec![("LD_PRELOAD", library().to_owned()), ("SHIM_FILES", log), slow];
    bed.start().await;
    let (mut signer, clock) = (Signer::start(), SystemClock::new());
    // The signer is warm.
    bed.send_signed(&mut signer, b"{\"type\":1}", 0).await;
    for _ in 0..3 {
        let lock = bed.fake.command("unlock", &[("site", "shop/demo")]);
        let asked_at = clock.elapsed();
        let answer = bed.bring(&mut signer, &lock).await;
        let after = clock.elapsed().saturating_sub(asked_at);
        assert!(answer["data"]["content"].as_str().unwrap().contains("in the log"), "{answer}");
        assert!(after >= SYNC, "{after:?}");
    }
    bed.shop.end().await;
}

#[tokio::test]
async fn what_discord_would_not_send_is_refused_and_what_is_none_of_ours_changes_nothing() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    for bytes in [&b""[..], b"{\"type\":", b"\xff\xfe{}", b"{\"type\":1", b"nonsense"] {
        let answered = bed.send_signed(&mut signer, bytes, 0).await;
        assert_eq!(answered.status, 400, "{}", String::from_utf8_lossy(bytes));
    }
    let with = |pointer: &str, value: Value| {
        let mut lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "from elsewhere")]);
        *lock.pointer_mut(pointer).unwrap() = value;
        lock.to_string().into_bytes()
    };
    for kind in [json!(6), json!(99), json!("2"), json!(-1), Value::Null] {
        assert_eq!(bed.send_signed(&mut signer, &with("/type", kind.clone()), 0).await.status, 400, "{kind}");
    }
    for (pointer, value) in [("/id", json!("x")), ("/token", json!("../../users")), ("/member", json!({}))] {
        assert_eq!(bed.send_signed(&mut signer, &with(pointer, value), 0).await.status, 400, "{pointer}");
    }
    for (pointer, value, sentence) in [
        ("/guild_id", json!("1100000000000000099"), "another server"),
        ("/guild_id", Value::Null, "not in private"),
        ("/application_id", json!("1100000000000000099"), "another application"),
    ] {
        let answered = bed.send_signed(&mut signer, &with(pointer, value), 0).await;
        assert_eq!(answered.status, 200);
        assert!(answered.body["data"]["content"].as_str().unwrap().contains(sentence), "{answered:?}");
        assert_eq!(answered.body["data"]["flags"], 64);
    }
    assert_eq!(bed.locks().await, 0);
    bed.shop.end().await;
}

#[tokio::test]
async fn a_press_counts_whatever_else_is_missing() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    bed.shop.say("lock shop/demo: by hand").await;
    let mut bare = press(&bed.fake, ".unlock shop/demo - -");
    for gone in ["message", "channel", "channel_id", "guild", "locale", "app_permissions", "entitlements", "version"] {
        bare.as_object_mut().unwrap().remove(gone);
    }
    bare["data"] = json!({ "custom_id": ".unlock shop/demo - -" });
    let taken = bed.bring(&mut signer, &bare).await;
    assert_eq!(taken["type"], 4, "{taken}");
    bed.shop.site_is("open again", |it| it.lock.is_none()).await;

    // A button of nobody's, and one that can't be read, are answered and change nothing.
    for id in ["approve_me", ".rm -rf /", ".unlock blog/x - -", ".lock shop/demo #9 s3 x"] {
        let answered = bed.bring(&mut signer, &press(&bed.fake, id)).await;
        assert_eq!(answered["type"], 4, "{id}: {answered}");
    }
    assert_eq!(bed.locks().await, 1);
    bed.shop.end().await;
}

#[tokio::test]
async fn roles_are_what_came_with_the_interaction_and_nothing_else() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    for roles in [json!([]), json!(["1100000000000000004"]), Value::Null, json!("1100000000000000005")] {
        let mut lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "mine")]);
        lock["member"]["roles"] = roles.clone();
        bed.bring(&mut signer, &lock).await;
        let told = bed.follow_up(&lock).await;
        assert_eq!(told["embeds"][0]["title"], "Not done", "{roles}: {told}");
    }
    assert_eq!(bed.locks().await, 0);
    bed.shop.end().await;
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what was measured is told")]
async fn two_hundred_megabytes_of_junk_are_refused_without_being_kept() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    // What is only allocated once is there.
    for _ in 0..20 {
        bed.send_signed(&mut signer, b"{\"type\":1}", 0).await;
        assert_eq!(bed.send(&[], vec![b'x'; 100_000]).await.status, 413);
    }
    let before = bed.shop.peak_kb();
    assert_eq!(junk(bed.endpoint, "/discord", 200_000_000).await, "HTTP/1.1 413");
    let rise = bed.shop.peak_kb().saturating_sub(before);
    println!("figure: 200 MB of junk at Discord's endpoint: memory rises by {rise} kB");
    assert!(rise < 1_000, "memory rises by {rise} kB");
    assert_eq!(bed.send_signed(&mut signer, b"{\"type\":1}", 0).await.status, 200);
    bed.shop.end().await;
}
