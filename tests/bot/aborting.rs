//! Abort, in every state: the run turns back, and the world is what it was.

use events::fact::RunOutcome;
use events::number::RunNumber;

use crate::kit::{Shop, Terms, World, until};

/// Says abort, and asserts that the world is as it was before the run.
async fn abort(shop: &Shop, run: RunNumber, before: &World) {
    let said = shop.say("abort shop/demo: changed my mind").await;
    assert!(!said.is_refused, "{said:?}");
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert!(shop.why().await.contains("changed my mind"), "{}", shop.why().await);
    assert_eq!(shop.world().await, *before);
}

#[tokio::test]
async fn while_a_hook_runs_it_is_ended_with_its_children() {
    let terms = Terms {
        hooks: "[[site.delivery.command.hooks]]\nname = \"build\"\nrun = [\"sh\", \"-c\", \"sleep 61 & sleep 62\"]\n",
        ..Terms::default()
    };
    let shop = Shop::open(&terms).await;
    let before = shop.world().await;
    let run = shop.begins("deploy shop@v1 to demo").await;
    until("both sleep", async || (shop.processes_of("sleep 6").len() == 2).then_some(())).await;
    abort(&shop, run, &before).await;
    assert_eq!(shop.processes_of("sleep 6"), []);
    shop.end().await;
}

#[tokio::test]
async fn while_checks_do_not_pass() {
    let shop = Shop::live(&Terms::default()).await;
    let before = shop.world().await;
    let run = shop.begins("deploy shop@v3-broken to demo").await;
    shop.begun(run, 4).await;
    abort(&shop, run, &before).await;
    shop.end().await;
}

#[tokio::test]
async fn while_a_canary_bakes() {
    let terms = Terms { gates: "bake = \"10m\"", ..Terms::default() };
    let shop = Shop::ready(&terms).await;
    let before = shop.world().await;
    let run = shop.begins("cutover shop/demo --canary 25,50").await;
    shop.begun(run, 6).await;
    assert_eq!(shop.green().await, 25);
    abort(&shop, run, &before).await;

    // A bake is no guard: who doesn't want to wait says so, and the next share is another bake.
    let run = shop.begins("cutover shop/demo --canary 25").await;
    shop.begun(run, 6).await;
    assert!(!shop.say("skip shop/demo --reason \"looks good\"").await.is_refused);
    assert_eq!(shop.ended(run).await, RunOutcome::Succeeded);
    assert_eq!(shop.green().await, 100);
    shop.end().await;
}

#[tokio::test]
async fn while_it_waits_for_its_time() {
    let shop = Shop::ready(&Terms::default()).await;
    let before = shop.world().await;
    let run = shop.begins("cutover shop/demo --at 2099-01-01T00:00:00Z").await;
    shop.begun(run, 1).await;
    // During an open cutover a rollback is an abort.
    let said = shop.say("rollback shop/demo: changed my mind").await;
    assert!(!said.is_refused, "{said:?}");
    assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
    assert_eq!(shop.world().await, before);
    assert!(shop.site().await.lock.is_none());
    shop.end().await;
}

#[tokio::test]
async fn a_rollback_and_a_decommission_turn_back_too() {
    let terms = Terms {
        window: "lasts = \"1h\"\ndecommission = \"* * * * *\"\nannounce = \"1m\"\nquiet_for = \"20s\"\n",
        ..Terms::default()
    };
    let shop = Shop::with_way_back(&terms).await;
    let before = shop.world().await;
    let run = shop.begins("decommission shop/demo --reason \"no need\"").await;
    shop.begun(run, 1).await;
    abort(&shop, run, &before).await;
    let window = shop.site().await.window.unwrap();
    assert!(!shop.say("rollback shop/demo").await.is_refused, "{window:?}");
    let run = shop.site_is("the rollback is open", |it| it.run.is_some()).await.run.unwrap().number;
    let said = shop.say("abort shop/demo: changed my mind").await;
    // Whoever says it too late is told so; either way the world is whole.
    if !said.is_refused {
        assert_eq!(shop.ended(run).await, RunOutcome::TurnedBack);
        assert_eq!(shop.world().await, before);
    }
    shop.end().await;
}
