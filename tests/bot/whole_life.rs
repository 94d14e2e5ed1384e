//! A shop's whole life, as people live it.

use events::color::Color;
use events::fact::{Event, RunEvent};
use events::fold::WindowEnd;
use events::wire;

use crate::kit::{Shop, Terms};

#[tokio::test]
async fn a_release_goes_live_comes_back_and_is_decommissioned() {
    let shop = Shop::with_way_back(&Terms::default()).await;
    assert_eq!(shop.green().await, 100);

    shop.succeeds("rollback shop/demo: checkout fails").await;
    assert_eq!(shop.green().await, 0);
    let sentence = shop.refuses("cutover shop/demo").await;
    assert!(sentence.contains("checkout fails") && sentence.contains("unlock"), "{sentence}");
    assert!(!shop.say("unlock shop/demo").await.is_refused);
    shop.succeeds("cutover shop/demo").await;

    assert!(!shop.say("keep shop/demo 24h").await.is_refused);
    assert!(!shop.say("keep shop/demo").await.is_refused);
    let window = shop.site().await.window.unwrap();
    assert_eq!((window.end, window.way_back), (WindowEnd::Held, Color::Blue));
    let sentence = shop.refuses("decommission shop/demo").await;
    assert!(sentence.contains("--reason"), "{sentence}");
    shop.succeeds("decommission shop/demo --reason \"the disk is full\"").await;
    assert!(shop.balancer().await.members.get(Color::Blue).is_empty());
    assert!(shop.site().await.window.is_none());

    every_past_moment_can_be_asked_for(&shop).await;
    every_question_is_answered_in_text_and_json(&shop).await;
    shop.end().await;
}

/// Where users were when a run was asked for, straight from the log.
async fn every_past_moment_can_be_asked_for(shop: &Shop) {
    let recorded = shop.recorded().await;
    let requests = recorded.iter().filter(|it| it.kind == "RunRequested");
    let mut lives = Vec::new();
    for request in requests {
        let Event::Run(RunEvent::Requested { run, kind, .. }) = wire::decode(request).unwrap() else { panic!() };
        let position = request.position.to_string();
        let by_position = status(shop, &["--position", &position]).await;
        // Several events may carry one time: the last of them is meant.
        let time = request.recorded_at;
        let last = recorded.iter().rfind(|it| it.recorded_at == time).unwrap().position.to_string();
        let by_time = status(shop, &["--at", &time.to_string()]).await;
        assert_eq!(by_time, status(shop, &["--position", &last]).await, "run {run}");
        lives.push((kind.as_str(), by_position["live"].as_str().map(str::to_owned)));
    }
    let lives: Vec<_> = lives.iter().map(|(kind, live)| (*kind, live.as_deref())).collect();
    let (blue, green) = (Some("blue"), Some("green"));
    assert_eq!(
        lives,
        [
            ("deploy", None),
            ("cutover", None),
            ("deploy", blue),
            ("cutover", blue),
            ("rollback", green),
            ("cutover", blue),
            ("decommission", green),
        ]
    );
}

async fn status(shop: &Shop, moment: &[&str]) -> serde_json::Value {
    let printed = shop.prints(&[&["status", "shop/demo", "--format", "json"], moment].concat()).await;
    let mut value: serde_json::Value = serde_json::from_str(&printed).unwrap();
    value["status"][0].take()
}

async fn every_question_is_answered_in_text_and_json(shop: &Shop) {
    for (question, expected) in [
        (vec!["status"], "green"),
        (vec!["history"], "roll back"),
        (vec!["why", "--run", "5"], "checkout fails"),
        (vec!["replay", "--run", "4"], "cut over to green"),
    ] {
        let text = shop.prints(&question).await;
        assert!(text.contains(expected), "{question:?}: {text}");
        let json = shop.prints(&[question.as_slice(), &["--format", "json"]].concat()).await;
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
        // What the running bot answers is the same.
        let line = match question.as_slice() {
            [verb, "--run", run] => format!("{verb} shop/demo #{run}"),
            [verb, ..] => format!("{verb} shop/demo"),
            [] => panic!(),
        };
        if question[0] != "status" {
            assert_eq!(shop.say(&line).await.text.trim(), text.trim(), "{line}");
        }
    }
    let runbook = shop.prints(&["runbook", "shop/demo"]).await;
    assert!(runbook.contains("edge weights"), "{runbook}");
}
