//! What is said on Discord, and how it is answered.

use serde_json::{Value, json};

use crate::bed::{Bed, Signer, press};
use crate::fake::{CHANNEL, USER};
use crate::kit::until;

#[tokio::test]
async fn a_question_is_answered_at_once_to_whoever_asked() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    let answer = bed.bring(&mut signer, &bed.fake.command("status", &[])).await;
    let content = answer["data"]["content"].as_str().unwrap();
    assert!(content.contains("shop/demo") && content.contains("shop/staging"), "{content}");
    assert_eq!((&answer["type"], &answer["data"]["flags"]), (&json!(4), &json!(64)));
    let whole = bed.fake.command("changeover", &[("line", "whoami")]);
    let answer = bed.bring(&mut signer, &whole).await;
    assert!(answer["data"]["content"].as_str().unwrap().contains(USER), "{answer}");
    let nonsense = bed.fake.command("changeover", &[("line", "sing a song @everyone")]);
    let answer = bed.bring(&mut signer, &nonsense).await;
    assert_eq!(answer["data"]["allowed_mentions"], json!({ "parse": [] }));
    bed.shop.end().await;
}

#[tokio::test]
async fn what_can_be_typed_next_is_offered() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    bed.shop.succeeds("deploy shop@v1 to demo").await;
    let mut offered = async |name: &str, options: Value| {
        let typing = bed.fake.interaction(4, &json!({ "id": "1", "name": name, "type": 1, "options": options }));
        let answer = bed.bring(&mut signer, &typing).await;
        assert_eq!(answer["type"], 8, "{answer}");
        let choices = answer["data"]["choices"].as_array().unwrap().clone();
        choices.into_iter().map(|it| it["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let typed = |name: &str, value: &str| json!([{ "name": name, "type": 3, "value": value, "focused": true }]);
    assert_eq!(offered("cutover", typed("site", "shop/")).await, ["shop/demo", "shop/staging"]);
    assert_eq!(offered("lock", typed("site", "shop/d")).await, ["shop/demo"]);
    assert_eq!(offered("changeover", typed("line", "cutover shop/d")).await, ["cutover shop/demo"]);
    let of_demo = |name: &str, value: &str| {
        json!([
            { "name": "site", "type": 3, "value": "shop/demo" },
            { "name": name, "type": 3, "value": value, "focused": true },
        ])
    };
    assert_eq!(offered("deploy", of_demo("release", "v")).await, ["v1"]);
    assert_eq!(offered("why", of_demo("run", "#")).await, ["#1"]);
    assert_eq!(offered("why", typed("site", "nothing like it")).await, Vec::<String>::new());
    bed.shop.end().await;
}

#[tokio::test]
async fn a_button_that_wants_a_reason_opens_a_form_and_counts_with_it() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    let form = bed.bring(&mut signer, &press(&bed.fake, "!lock shop/demo - -")).await;
    assert_eq!((&form["type"], &form["data"]["title"]), (&json!(9), &json!("lock shop/demo")));
    assert_eq!(form["data"]["components"][0]["components"][0]["required"], true);
    assert_eq!(bed.locks().await, 0);

    let field = json!({ "type": 4, "custom_id": "reason", "value": "checkout \"fails\" --plan" });
    let filled =
        json!({ "custom_id": form["data"]["custom_id"], "components": [{ "type": 1, "components": [field] }] });
    bed.bring(&mut signer, &bed.fake.interaction(5, &filled)).await;
    bed.locked(1).await;
    let lock = bed.shop.site().await.lock.unwrap();
    assert!(format!("{lock:?}").contains("checkout"), "{lock:?}");
    // One that only wants to be confirmed may be sent as it is.
    let form = bed.bring(&mut signer, &press(&bed.fake, "?unlock shop/demo - -")).await;
    assert_eq!(form["data"]["components"][0]["components"][0]["required"], false);
    let filled = json!({ "custom_id": form["data"]["custom_id"], "components": [] });
    bed.bring(&mut signer, &bed.fake.interaction(5, &filled)).await;
    bed.shop.site_is("open again", |it| it.lock.is_none()).await;
    bed.shop.end().await;
}

#[tokio::test]
async fn an_answer_that_comes_too_late_stands_in_the_channel_and_notifies_nobody() {
    let bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    let lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "@everyone")]);
    // Discord never gets the answer to the request, and so takes no others.
    let answered = bed.send_signed(&mut signer, lock.to_string().as_bytes(), 0).await;
    assert_eq!(answered.status, 200);
    bed.fake.expire(&lock);
    // Beside the card of the lock, which speaks to nobody.
    let to_them = || bed.fake.messages(CHANNEL).into_iter().filter(|it| it["content"] == format!("<@{USER}>"));
    let said = until("the answer in the channel", async || to_them().next()).await;
    assert_eq!(said["allowed_mentions"], json!({ "parse": [] }));
    assert!(said["embeds"][0]["description"].as_str().unwrap().contains("shop/demo"), "{said}");
    assert_eq!(to_them().count(), 1);
    // Its token is a secret of the conversation: not in the log, and not in what operators read.
    let token = lock["token"].as_str().unwrap();
    let log = std::fs::read(bed.shop.path("changeover.db")).unwrap();
    assert!(!log.windows(token.len()).any(|it| it == token.as_bytes()));
    assert!(!bed.shop.bot_log().contains(token), "{}", bed.shop.bot_log());
    bed.shop.end().await;
}

#[tokio::test]
async fn what_was_kept_before_a_kill_is_decided_after_it() {
    let mut bed = Bed::endpoint().await;
    let mut signer = Signer::start();
    for round in 1..=3 {
        let lock = bed.fake.command("lock", &[("site", "shop/demo"), ("reason", "round")]);
        let answer = bed.bring(&mut signer, &lock).await;
        assert!(answer["data"]["content"].as_str().unwrap().contains("in the log"), "{answer}");
        bed.shop.kill().await;
        bed.start().await;
        bed.locked(round).await;
        bed.shop.say("unlock shop/demo").await;
    }
    bed.shop.end().await;
}
