//! The way back is real: proven again and again while its window is open, and people are told when it is lost.

use std::time::Duration;

use events::color::Color;
use rustix::process::Signal;

use crate::kit::{Shop, Terms, until, within};

/// Often enough for a test.
fn proven_often() -> Terms {
    Terms {
        window: "lasts = \"1h\"\ndecommission = \"* * * * *\"\nannounce = \"1m\"\nprove_every = \"2s\"\n",
        ..Terms::default()
    }
}

/// Makes the applications of the way back start again as healthy as `is_healthy` says.
async fn become_healthy(shop: &Shop, is_healthy: bool) {
    let release = std::fs::canonicalize(shop.site_path("processes/slots/blue-1/current")).unwrap();
    let behaviour = format!("version = \"1\"\nhealthy = {is_healthy}\n");
    // Whether the folder may be written to is not what this is about.
    let file = release.join("release.toml");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, behaviour).unwrap();
    let old = shop.processes_of("sample-app blue");
    for application in &old {
        application.signal(Signal::KILL);
    }
    until("the way back runs anew", async || {
        let now = shop.processes_of("sample-app blue");
        (now.len() == 2 && now.iter().all(|it| !old.contains(it))).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_way_back_that_fails_is_lost_within_a_proof_period_and_can_be_proven_again() {
    let shop = Shop::with_way_back(&proven_often()).await;
    become_healthy(&shop, false).await;
    let lost = async || shop.site().await.window.unwrap().lost;
    // A period, the second look after it, and what a busy machine takes.
    let why = within(Duration::from_secs(5), "the loss is known", lost).await;
    assert!(why.contains("blue-1") && why.contains("503"), "{why}");
    let status = shop.say("status shop/demo").await.text;
    assert!(status.contains("503"), "{status}");

    // A rollback proves it first: users stay where they are.
    let shop_is_green = shop.green().await;
    let run = shop.begins("rollback shop/demo").await;
    shop.begun(run, 2).await;
    assert!(!shop.say("abort shop/demo").await.is_refused);
    shop.ended(run).await;
    assert_eq!((shop.green().await, shop_is_green), (100, 100));

    become_healthy(&shop, true).await;
    until("it is proven again", async || lost().await.is_none().then_some(())).await;
    shop.succeeds("rollback shop/demo").await;
    shop.end().await;
}

#[tokio::test]
async fn a_way_back_whose_machines_are_gone_is_lost() {
    let shop = Shop::with_way_back(&proven_often()).await;
    let socket = changeover::supervisor::socket(&shop.site_path("processes"));
    let reduce = changeover::supervisor::control::Request::Reduce { color: Color::Blue, keep: Vec::new() };
    let patience = Duration::from_secs(10);
    let answer: changeover::supervisor::control::Answer =
        changeover::control::ask(&socket, &reduce, patience).await.unwrap();
    assert_eq!(answer, changeover::supervisor::control::Answer::Done);
    let why = until("the loss is known", async || shop.site().await.window.unwrap().lost).await;
    assert!(why.contains("blue-1"), "{why}");
    shop.end().await;
}

#[tokio::test]
async fn a_script_says_yes_to_what_can_not_be_taken_back_and_without_it_nothing_is_begun() {
    let shop = Shop::with_way_back(&Terms::default()).await;
    let line = "decommission shop/demo --reason \"no need\"";
    let asked = shop.command(&["say", "--wait", line]).await;
    let told = String::from_utf8(asked.stdout).unwrap();
    assert!(!asked.status.success() && told.contains("say `confirm shop/demo "), "{told}");
    assert!(shop.site().await.run.is_none() && shop.site().await.window.is_some());

    let told = shop.prints(&["say", "--wait", "--yes", "--id", "once", line]).await;
    assert!(told.contains("That was confirmed by whoever had asked for it."), "{told}");
    assert!(shop.site().await.window.is_none());
    // The same again is the same.
    let told = shop.prints(&["say", "--yes", "--id", "once", line]).await;
    assert!(told.contains("was requested: decommission blue"), "{told}");
    shop.end().await;
}
