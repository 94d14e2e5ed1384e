//! Frozen servers whose executor has died, and somebody who goes on with them.

use std::time::Duration;

use events::color::Color;
use mysql_async::prelude::Queryable as _;

use crate::kit::{Engine, Pair, on_each_engine, until};

on_each_engine![
    a_server_that_a_dead_executor_froze_is_kept_from_administrators_too,
    a_server_that_an_administrator_writes_to_stays_frozen_and_is_not_gone_on_with,
];

const PATIENCE: Duration = Duration::from_secs(5);

async fn a_server_that_a_dead_executor_froze_is_kept_from_administrators_too(engine: Engine) {
    let pair = frozen(engine).await;
    let mut root = pair.blue.root().await;
    root.query_drop("SET SESSION lock_wait_timeout = 1").await.unwrap();
    let mut switch = pair.fence().await;
    let write = |seq: u32| format!("INSERT INTO shop.orders (writer, seq) VALUES (7, {seq})");
    // The lock is gone with whoever died: MariaDB lets an administrator write to a read-only server.
    assert_eq!(root.query_drop(write(1)).await.is_ok(), !engine.is_mysql());
    switch.keep_frozen(Color::Blue, PATIENCE).await.unwrap();
    root.query_drop(write(2)).await.unwrap_err();
    // What he wrote before is no difference.
    switch.catch_up(Color::Blue, PATIENCE).await.unwrap();
    switch.open(Color::Green).await.unwrap();
    switch.clean_up(Color::Green).await.unwrap();
    pair.green.run("INSERT INTO shop.orders (writer, seq) VALUES (8, 1)").await;
    let orders = until("the same on both", async || {
        let orders = pair.orders(Color::Blue).await;
        (orders.contains(&(8, 1)) && orders == pair.orders(Color::Green).await).then_some(orders)
    })
    .await;
    assert_eq!(orders.contains(&(7, 1)), !engine.is_mysql());
    assert!(!orders.contains(&(7, 2)), "{orders:?}");
}

async fn a_server_that_an_administrator_writes_to_stays_frozen_and_is_not_gone_on_with(engine: Engine) {
    let pair = frozen(engine).await;
    let mut root = pair.blue.root().await;
    let id = root.id();
    let mut switch = pair.fence().await;
    let slow = "INSERT INTO shop.orders (writer, seq) SELECT 9, 9 FROM (SELECT SLEEP(600)) AS slow";
    let writing = tokio::spawn(async move { root.query_drop(slow).await });
    if engine.is_mysql() {
        writing.await.unwrap().unwrap_err();
    } else {
        until("a write that runs", async || {
            let running =
                format!("SELECT COUNT(*) FROM information_schema.processlist WHERE id = {id} AND info LIKE 'INSERT%'");
            (pair.blue.ask(&running).await != "0").then_some(())
        })
        .await;
        let fault = switch.keep_frozen(Color::Blue, Duration::from_millis(300)).await.unwrap_err();
        assert!(fault.text.contains("could not be locked out of the database of blue within 300 ms"), "{fault}");
        assert!(fault.text.contains("end it by KILL"), "{fault}");
        assert_eq!(pair.writable().await, []);
        pair.blue.run(&format!("KILL {id}")).await;
        writing.await.unwrap().unwrap_err();
    }
    switch.keep_frozen(Color::Blue, PATIENCE).await.unwrap();
    switch.catch_up(Color::Blue, PATIENCE).await.unwrap();
    switch.open(Color::Green).await.unwrap();
    assert_eq!(pair.writable().await, [Color::Green]);
}

/// Blue was frozen, by somebody whose connections stay open, as those of a machine that lost its network.
async fn frozen(engine: Engine) -> Pair {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let mut dying = pair.fence().await;
    dying.freeze(Color::Blue, PATIENCE).await.unwrap();
    std::mem::forget(dying);
    pair
}
