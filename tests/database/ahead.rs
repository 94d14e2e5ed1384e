//! A source sends a transaction before it counts it as executed itself: whoever follows it is ahead of it for a moment, and
//! has nothing that it will lack.

use changeover::ports::Database as _;
use events::color::Color;
use mysql_async::prelude::Queryable as _;
use tokio::task::JoinHandle;

use crate::kit::{Engine, Pair, key, on_each_engine, until};

on_each_engine![a_follower_that_is_ahead_of_its_source_for_a_moment_has_nothing_of_its_own,];

/// For how long a commit waits between its log and its end: for a replica that never says that it has it, in milliseconds.
const WAITS: u32 = 1_000;

async fn a_follower_that_is_ahead_of_its_source_for_a_moment_has_nothing_of_its_own(engine: Engine) {
    let pair = Pair::start(engine).await;
    if engine.is_mysql() {
        pair.blue.run("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'").await;
    } else {
        pair.blue.run("SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC").await;
    }

    let order = ahead(&pair, 1).await;
    assert_eq!(pair.standing().await.green.ahead, Some(0));
    order.await.unwrap();

    let order = ahead(&pair, 2).await;
    let told: Vec<String> = pair.failures(Color::Blue).await.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{told:#?}");
    order.await.unwrap();

    let order = ahead(&pair, 3).await;
    pair.database.arm(Color::Blue, &key()).await.unwrap();
    order.await.unwrap();
    pair.cross(Color::Blue).await.unwrap();
}

/// An order that green has, and that blue is still committing.
async fn ahead(pair: &Pair, seq: u32) -> JoinHandle<()> {
    let name = if pair.blue.engine.is_mysql() { "rpl_semi_sync_source" } else { "rpl_semi_sync_master" };
    // Who waited in vain does not wait again until it is told to.
    pair.blue.run(&format!("SET GLOBAL {name}_enabled = OFF; SET GLOBAL {name}_timeout = {WAITS}")).await;
    pair.blue.run(&format!("SET GLOBAL {name}_enabled = ON")).await;
    let (mut shop, mut green) = (pair.shop(Color::Blue).await, pair.green.root().await);
    let insert = format!("INSERT INTO shop.orders (writer, seq) VALUES (1, {seq})");
    let order = tokio::spawn(async move { shop.query_drop(insert).await.unwrap() });
    let count = format!("SELECT COUNT(*) FROM shop.orders WHERE seq = {seq}");
    until("green has the order", async || {
        let count: Option<u32> = green.query_first(&count).await.unwrap();
        (count == Some(1)).then_some(())
    })
    .await;
    assert!(!order.is_finished(), "blue had it first");
    order
}
