//! What only people may decide: which of two open servers counts, and whether a way back may lose something.

use events::color::Color;
use events::fact::{Event, RunOutcome, StepEvent};

use crate::database::{Engine, on_each_engine, until};
use crate::scene::Scene;
use crate::till::Till;

on_each_engine![
    a_way_back_that_would_lose_orders_is_taken_once_somebody_was_told_how_many,
    where_both_take_writes_neither_does_until_a_person_has_chosen,
];

const ATTEMPTS: u8 = 10;

async fn open(engine: Engine) -> Scene {
    let till = Till::open(engine).await;
    let ports = till.ports();
    Scene::open(till, &ports, ATTEMPTS, "pause = \"2m\"\ngate = \"10s\"").await
}

async fn a_way_back_that_would_lose_orders_is_taken_once_somebody_was_told_how_many(engine: Engine) {
    let scene = open(engine).await;
    let asked = scene.shop.prints(&["database", "preflight", "shop/demo"]).await;
    assert!(asked.contains("versions"), "{asked}");
    scene.crosses().await;
    let stands = scene.shop.prints(&["database", "standing", "shop/demo"]).await;
    assert!(stands.contains("green: takes writes") && stands.contains("blue: is frozen"), "{stands}");

    scene.till.pair.blue.run("STOP REPLICA").await;
    scene.orders_come_in().await;
    let refused = scene.shop.refuses("rollback shop/demo: checkout fails").await;
    assert!(refused.contains("has stopped to follow") && refused.contains("`rollback --accept-loss`"), "{refused}");
    let run = scene.shop.begins("rollback shop/demo --accept-loss: the shop is down").await;
    let ended = until("the end of the rollback", async || {
        let site = scene.shop.site().await;
        site.run.is_none().then(|| site.last.unwrap())
    })
    .await;
    assert_eq!((ended.number, ended.outcome), (run, RunOutcome::Succeeded), "{ended:?}");
    assert_eq!(scene.till.pair.writable().await, [Color::Blue], "the old side stays frozen");
    scene.orders_come_in().await;

    let leaves = scene.shop.facts().await.into_iter().rev().find_map(|it| {
        let Event::Step(StepEvent::Promoting { leaves, .. }) = it else { return None };
        leaves
    });
    let (leaves, lacks) = (leaves.unwrap(), scene.till.lacks(Color::Blue).await.len());
    assert!(lacks > 0 && lacks <= usize::try_from(leaves).unwrap(), "{lacks} are missing, and {leaves} were to be");
    let file = scene.shop.site_path(&format!("left-behind/run-{run}.binlog"));
    assert!(std::fs::metadata(&file).unwrap().len() > 100 * leaves, "each of them is in the file");
    scene.close().await;
}

async fn where_both_take_writes_neither_does_until_a_person_has_chosen(engine: Engine) {
    let mut scene = open(engine).await;
    let run = scene.stands_still("after/switch.freeze").await;
    scene.shop.kill().await;
    let off = if engine.is_mysql() {
        "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF"
    } else {
        "SET GLOBAL read_only = OFF"
    };
    scene.till.pair.green.run(off).await;
    scene.till.pair.blue.run(off).await;
    scene.shop.start().await;
    let why = until("a run that is stuck", async || Some(scene.shop.site().await.run?.stuck?.why)).await;
    assert!(why.starts_with("both databases take writes, and nobody here may choose"), "{why}");
    assert_eq!(scene.till.pair.writable().await, []);
    scene.till.pair.blue.run(off).await;
    assert!(!scene.shop.say("retry shop/demo").await.is_refused);
    scene.ends_on_green(run).await;
    scene.close().await;
}
