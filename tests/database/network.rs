//! A network that is cut: nobody waits for ever, and what was frozen is opened again.

use std::time::Duration;

use changeover::ports::Database as _;
use events::color::Color;
use mysql_async::prelude::Queryable as _;

use crate::kit::{Engine, Load, Pair, Proxy, key, lost, on_each_engine, until};

on_each_engine![
    a_bot_cut_off_from_the_frozen_server_opens_it_again_later,
    a_bot_cut_off_from_the_target_turns_back,
    servers_cut_off_from_each_other_are_not_crossed,
];

async fn a_bot_cut_off_from_the_frozen_server_opens_it_again_later(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let proxy = Proxy::start(pair.blue.port).await;
    let database = pair.database_with(|it| {
        it.blue.port = proxy.port;
        it.answer_timeout = Duration::from_secs(1);
        it.connect_timeout = Duration::from_secs(1);
    });
    let mut switch = database.fence(&key()).await.unwrap();
    switch.freeze(Color::Blue, Duration::from_secs(1)).await.unwrap();
    proxy.cut();
    let fault = switch.catch_up(Color::Blue, Duration::from_millis(500)).await.unwrap_err();
    assert!(fault.text.contains("blue did not answer within 1000 ms"), "{fault}");
    assert!(switch.open(Color::Green).await.is_err());
    // Who can't be reached is unknown, and never “not frozen”.
    let standing = database.standing().await;
    assert!(standing.blue.is_err() && standing.green.is_ok_and(|it| !it.is_open));
    assert!(database.fence(&key()).await.is_err());
    proxy.mend();
    // The server still has the old sessions, lock and all.
    let mut switch = database.fence(&key()).await.unwrap();
    switch.reopen(Color::Blue).await.unwrap();
    assert_eq!(pair.writable().await, [Color::Blue]);
}

async fn a_bot_cut_off_from_the_target_turns_back(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let proxy = Proxy::start(pair.green.port).await;
    let database = pair.database_with(|it| {
        it.green.port = proxy.port;
        it.answer_timeout = Duration::from_secs(1);
        it.connect_timeout = Duration::from_secs(1);
    });
    let mut switch = database.fence(&key()).await.unwrap();
    switch.freeze(Color::Blue, Duration::from_secs(1)).await.unwrap();
    proxy.cut();
    let fault = switch.catch_up(Color::Blue, Duration::from_millis(500)).await.unwrap_err();
    assert!(fault.text.contains("green did not answer within 1500 ms"), "{fault}");
    // Turning back needs the one server alone.
    switch.reopen(Color::Blue).await.unwrap();
    assert_eq!(pair.writable().await, [Color::Blue]);
}

async fn servers_cut_off_from_each_other_are_not_crossed(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let proxy = Proxy::start(pair.blue.port).await;
    pair.green.run("STOP REPLICA").await;
    pair.follow_through(Color::Green, proxy.port).await;
    let load = Load::start(&pair, 2, Duration::from_millis(5));
    pair.blue.run("INSERT INTO shop.orders (writer, seq) VALUES (8, 1)").await;
    until("green follows through the proxy", async || pair.orders(Color::Green).await.contains(&(8, 1)).then_some(()))
        .await;
    proxy.cut();
    pair.blue.run("INSERT INTO shop.orders (writer, seq) VALUES (9, 9)").await;
    let mut switch = pair.fence().await;
    let fault = switch.gate(Color::Blue, Duration::from_secs(1)).await.unwrap_err();
    assert!(fault.text.contains("green does not keep up with blue"), "{fault}");
    switch.freeze(Color::Blue, Duration::from_secs(1)).await.unwrap();
    let fault = switch.catch_up(Color::Blue, Duration::from_millis(500)).await.unwrap_err();
    assert!(fault.text.contains("had not applied everything of blue after 500 ms"), "{fault}");
    switch.reopen(Color::Blue).await.unwrap();
    assert!(pair.database.missing(Color::Blue).await.unwrap().count > 0);
    let mut shop = pair.shop(Color::Blue).await;
    shop.query_drop("INSERT INTO shop.orders (writer, seq) VALUES (9, 10)").await.unwrap();
    proxy.mend();
    pair.green.run("STOP REPLICA; START REPLICA").await;
    assert_eq!(lost(&pair, &load.stop().await).await, []);
    assert_eq!(pair.writable().await, [Color::Blue]);
}
