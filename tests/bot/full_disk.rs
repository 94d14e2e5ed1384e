//! A disk without space: what is underway stands still and can be taken back, a rollback goes through, and with space
//! all goes on.

use events::fact::RunOutcome;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::kit::{Shop, Terms, until};
use crate::shim::library;

/// A shop whose disk is full for the log as long as there is a file `full`: see `shim.c`.
fn closed(terms: &Terms) -> Shop {
    let mut shop = Shop::closed(terms);
    let folder = shop.folder().canonicalize().unwrap();
    shop.environment = vec![
        ("LD_PRELOAD", library().to_owned()),
        ("SHIM_FILES", folder.join("changeover.db")),
        ("SHIM_FULL", folder.join("full")),
    ];
    shop
}

/// Takes all the space away, and writes until the log has noticed.
async fn fill(shop: &Shop) {
    std::fs::write(shop.path("full"), "").unwrap();
    for _ in 0..200 {
        for line in ["lock shop/demo: the disk is full", "unlock shop/demo"] {
            assert!(!shop.say(line).await.is_refused, "{line}");
        }
        if shop.bot_log().contains("the ballast is given up") {
            assert!(!shop.path("changeover.db.ballast").exists());
            return;
        }
    }
    panic!("there was always space");
}

async fn has_space_again(shop: &Shop) {
    std::fs::remove_file(shop.path("full")).unwrap();
    until("the ballast", async || shop.path("changeover.db.ballast").exists().then_some(())).await;
}

#[tokio::test]
async fn what_is_underway_on_a_full_disk_stands_still_and_can_be_taken_back() {
    let mut shop = closed(&Terms { gates: "bake = \"2s\"", ..Terms::default() }).opened_live().await;
    shop.succeeds("deploy shop@v2 to demo").await;
    let run = shop.begins("cutover shop/demo --canary 10").await;
    shop.begun(run, 6).await;
    fill(&shop).await;
    until("the run stands still", async || {
        shop.bot_log().contains("no step begins until there is space").then_some(())
    })
    .await;
    assert_eq!(shop.green().await, 10);
    // Killed and started, it is not different.
    shop.kill_and_start().await;
    assert!(!shop.say("abort shop/demo").await.is_refused);
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert_eq!(shop.green().await, 0);
    let run = shop.begins("cutover shop/demo").await;
    let waits = shop.site().await.run.unwrap();
    assert!(waits.steps.iter().all(|it| matches!(it, events::fold::StepState::Waiting)), "{waits:?}");
    has_space_again(&shop).await;
    assert_eq!(shop.ended(run).await, RunOutcome::Succeeded, "{}", shop.why().await);
    assert_eq!(shop.green().await, 100);
    shop.prints(&["log", "verify", "changeover.db"]).await;
    shop.end().await;
}

#[tokio::test]
async fn a_bot_that_starts_on_a_full_disk_can_still_roll_back() {
    let mut shop = closed(&Terms::default()).opened_live().await;
    shop.succeeds("deploy shop@v2 to demo").await;
    shop.succeeds("cutover shop/demo").await;
    assert!(shop.stop().await.success());
    // Whoever closes a log last takes away what SQLite keeps beside it: the next bot needs space to begin.
    let mut last = SqliteConnectOptions::new().filename(shop.path("changeover.db")).connect().await.unwrap();
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut last).await.unwrap();
    last.close().await.unwrap();
    assert!(!shop.path("changeover.db-shm").exists());
    std::fs::write(shop.path("full"), "").unwrap();
    shop.start().await;
    assert!(!shop.path("changeover.db.ballast").exists(), "it was given up");
    shop.succeeds("rollback shop/demo: the disk is full").await;
    assert_eq!(shop.green().await, 0);
    has_space_again(&shop).await;
    shop.end().await;
}

#[tokio::test]
async fn a_rollback_goes_through_on_a_full_disk() {
    let shop = closed(&Terms::default()).opened_live().await;
    shop.succeeds("deploy shop@v2 to demo").await;
    shop.succeeds("cutover shop/demo").await;
    assert_eq!(shop.green().await, 100);
    fill(&shop).await;
    shop.succeeds("rollback shop/demo: the disk is full").await;
    assert_eq!(shop.green().await, 0);
    assert!(!shop.path("changeover.db.ballast").exists(), "it was still full");
    has_space_again(&shop).await;
    shop.prints(&["log", "verify", "changeover.db"]).await;
    shop.end().await;
}
