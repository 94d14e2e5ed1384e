//! What happens to the servers at the worst moment of a crossing, while the bot stands still there: it ends on the new color
//! or turns back, with one server that takes writes, and no order is lost.

use std::time::Duration;

use events::color::{ByColor, Color};
use events::fact::RunOutcome;
use events::number::RunNumber;
use mysql_async::prelude::Queryable as _;
use tokio::task::JoinHandle;

use crate::database::{Engine, Proxy, on_each_engine, until};
use crate::scene::Scene;
use crate::till::Till;

on_each_engine![
    an_old_server_that_dies_frozen_is_waited_for_and_crossed,
    a_new_server_that_is_restarted_while_both_are_frozen_is_waited_for_and_crossed,
    a_new_server_that_dies_once_it_was_opened_is_opened_again,
    a_new_server_that_dies_with_the_first_orders_on_it_is_opened_again,
    what_an_administrator_flushes_while_both_are_frozen_crosses_too,
    a_bot_cut_off_from_the_frozen_server_crosses_once_it_is_back,
    servers_cut_off_from_each_other_while_frozen_cross_once_they_are_back,
    servers_that_were_cut_off_before_are_not_crossed,
    a_bot_that_dies_while_its_freeze_is_pending_leaves_nothing_that_lands_later,
    an_old_server_that_dies_while_its_freeze_is_pending_is_waited_for_and_crossed,
    a_bot_that_dies_while_it_arms_the_ring_arms_it_once_it_is_back,
    what_an_administrator_writes_to_a_server_that_a_dead_bot_froze_crosses_or_is_refused,
];

/// Nobody stops waiting because a test needs its time.
const PATIENT: &str = "pause = \"2m\"\ngate = \"5s\"";
/// Enough for whatever is back within seconds.
const ATTEMPTS: u8 = 60;

async fn open(engine: Engine) -> Scene {
    let till = Till::open(engine).await;
    let ports = till.ports();
    Scene::open(till, &ports, ATTEMPTS, PATIENT).await
}

async fn an_old_server_that_dies_frozen_is_waited_for_and_crossed(engine: Engine) {
    let mut scene = open(engine).await;
    let run = scene.stands_still("after/switch.freeze").await;
    scene.till.pair.blue.kill();
    scene.till.pair.blue.start_again().await;
    scene.goes_on();
    scene.crosses_in_the_end(run).await;
    scene.close().await;
}

async fn a_new_server_that_is_restarted_while_both_are_frozen_is_waited_for_and_crossed(engine: Engine) {
    let mut scene = open(engine).await;
    let run = scene.stands_still("after/switch.catch_up").await;
    scene.till.pair.green.kill();
    scene.till.pair.green.start_again().await;
    scene.goes_on();
    scene.crosses_in_the_end(run).await;
    scene.close().await;
}

async fn a_new_server_that_dies_once_it_was_opened_is_opened_again(engine: Engine) {
    let mut scene = open(engine).await;
    let run = scene.stands_still("after/switch.open").await;
    scene.till.pair.green.kill();
    scene.till.pair.green.start_again().await;
    // It was born frozen: not two that take writes, and none by chance.
    assert_eq!(scene.till.pair.writable().await, []);
    scene.goes_on();
    scene.ends_on_green(run).await;
    scene.close().await;
}

async fn a_new_server_that_dies_with_the_first_orders_on_it_is_opened_again(engine: Engine) {
    let mut scene = open(engine).await;
    let run = scene.stands_still("after/traffic.resume").await;
    scene.orders_come_in().await;
    scene.till.pair.green.kill();
    scene.till.pair.green.start_again().await;
    scene.goes_on();
    scene.ends_on_green(run).await;
    scene.close().await;
}

async fn what_an_administrator_flushes_while_both_are_frozen_crosses_too(engine: Engine) {
    let scene = open(engine).await;
    let run = scene.stands_still("after/switch.freeze").await;
    let mut flushing = Vec::new();
    for color in Color::BOTH {
        flushing.push(scene.till.pair.server(color).begin("FLUSH TABLES").await);
    }
    scene.goes_on();
    scene.crosses_in_the_end(run).await;
    for it in flushing {
        it.await.unwrap();
    }
    scene.close().await;
}

async fn a_bot_cut_off_from_the_frozen_server_crosses_once_it_is_back(engine: Engine) {
    let till = Till::open(engine).await;
    let proxy = Proxy::start(till.pair.blue.port).await;
    let ports = ByColor { blue: proxy.port, ..till.ports() };
    let scene = Scene::open(till, &ports, ATTEMPTS, PATIENT).await;
    let run = scene.stands_still("after/switch.freeze").await;
    proxy.cut();
    scene.goes_on();
    let fault = scene.faulted(run).await;
    assert!(fault.contains("blue did not answer"), "{fault}");
    assert_eq!(scene.till.pair.writable().await, []);
    proxy.mend();
    scene.crosses_in_the_end(run).await;
    scene.close().await;
}

/// Green replicates through a network that can be cut.
async fn through_a_proxy(engine: Engine) -> (Scene, Proxy) {
    let scene = open(engine).await;
    let pair = &scene.till.pair;
    let proxy = Proxy::start(pair.blue.port).await;
    pair.green.run("STOP REPLICA").await;
    pair.follow_through(Color::Green, proxy.port).await;
    pair.settled().await;
    (scene, proxy)
}

async fn servers_cut_off_from_each_other_while_frozen_cross_once_they_are_back(engine: Engine) {
    let (scene, proxy) = through_a_proxy(engine).await;
    let run = scene.stands_still("before/switch.freeze").await;
    proxy.cut();
    // What green will lack.
    scene.till.pair.blue.run("INSERT INTO till.orders (id, color) VALUES (1000000000, 'none')").await;
    scene.goes_on();
    let fault = scene.faulted(run).await;
    assert!(fault.contains("had not applied everything of blue"), "{fault}");
    proxy.mend();
    scene.crosses_in_the_end(run).await;
    scene.close().await;
}

async fn servers_that_were_cut_off_before_are_not_crossed(engine: Engine) {
    let (scene, proxy) = through_a_proxy(engine).await;
    let run = scene.stands_still("before/switch.gate").await;
    proxy.cut();
    scene.till.pair.blue.run("INSERT INTO till.orders (id, color) VALUES (1000000000, 'none')").await;
    scene.goes_on();
    let site = until("the run turns back", async || Some(scene.shop.site().await).filter(|it| it.run.is_none())).await;
    let why = site.last.and_then(|it| it.why).unwrap_or_default();
    assert!(why.contains("green does not keep up with blue"), "{why}");
    proxy.mend();
    assert_eq!(scene.ends(run).await.outcome, RunOutcome::TurnedBack);
    scene.crosses().await;
    scene.close().await;
}

/// A bot whose freeze waits behind somebody who writes for long.
async fn freezing(engine: Engine) -> (Scene, RunNumber, JoinHandle<mysql_async::Result<()>>) {
    let till = Till::open(engine).await;
    let ports = till.ports();
    let scene = Scene::open(till, &ports, ATTEMPTS, "pause = \"2m\"\nfreeze = \"1m\"").await;
    let run = scene.stands_still("before/switch.freeze").await;
    // Somebody who is none of the application's.
    let mut root = scene.till.pair.blue.root().await;
    let statement = "INSERT INTO till.orders (id, color) SELECT 1000000000, 'none' FROM (SELECT SLEEP(5)) AS slow";
    let writing = tokio::spawn(async move { root.query_drop(statement).await });
    let runs = |what: &str| {
        format!("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '{what}%' AND command = 'Query'")
    };
    let blue = &scene.till.pair.blue;
    until("somebody writes", async || {
        (blue.ask(&runs("INSERT INTO till.orders (id, color) SELECT")).await != "0").then_some(())
    })
    .await;
    scene.goes_on();
    if engine.is_mysql() {
        until("a freeze that is pending", async || {
            (blue.ask(&runs("SET GLOBAL super_read_only")).await != "0").then_some(())
        })
        .await;
    } else {
        // It is tried again and again, and never waits on the server.
        changeover::clock::pause(Duration::from_millis(300)).await;
    }
    (scene, run, writing)
}

async fn a_bot_that_dies_while_its_freeze_is_pending_leaves_nothing_that_lands_later(engine: Engine) {
    let (mut scene, run, writing) = freezing(engine).await;
    scene.shop.kill().await;
    scene.shop.start().await;
    writing.await.unwrap().unwrap();
    scene.crosses_in_the_end(run).await;
    scene.close().await;
}

async fn an_old_server_that_dies_while_its_freeze_is_pending_is_waited_for_and_crossed(engine: Engine) {
    let (mut scene, run, writing) = freezing(engine).await;
    scene.till.pair.blue.kill();
    assert!(writing.await.unwrap().is_err());
    scene.till.pair.blue.start_again().await;
    scene.crosses_in_the_end(run).await;
    scene.close().await;
}

async fn what_an_administrator_writes_to_a_server_that_a_dead_bot_froze_crosses_or_is_refused(engine: Engine) {
    let mut scene = open(engine).await;
    let mut root = scene.till.pair.blue.root().await;
    root.query_drop("SET SESSION lock_wait_timeout = 1").await.unwrap();
    let write = |id: u32| format!("INSERT INTO till.orders (id, color) VALUES ({id}, 'none')");
    let run = scene.stands_still("before/switch.open").await;
    scene.shop.kill().await;
    if engine.is_mysql() {
        root.query_drop(write(1_000_000_000)).await.unwrap_err();
    } else {
        // With the dead one his lock is gone, and a server that is read-only takes this.
        until("an administrator's write", async || root.query_drop(write(1_000_000_000)).await.ok()).await;
    }
    scene.comes_back_and_stands_still("before/switch.open").await;
    root.query_drop(write(1_000_000_001)).await.unwrap_err();
    scene.goes_on();
    scene.ends_on_green(run).await;
    let count = "SELECT COUNT(*) FROM till.orders WHERE id >= 1000000000";
    for color in Color::BOTH {
        let wanted = if engine.is_mysql() { "0" } else { "1" };
        assert_eq!(scene.till.pair.server(color).ask(count).await, wanted, "{color}");
    }
    scene.close().await;
}

async fn a_bot_that_dies_while_it_arms_the_ring_arms_it_once_it_is_back(engine: Engine) {
    let mut scene = open(engine).await;
    let run = scene.stands_still("before/database.arm").await;
    scene.shop.kill().await;
    // As far as it came: blue knows whom to follow, and does not.
    scene.till.pair.point(Color::Blue, scene.till.pair.green.port).await;
    scene.shop.start().await;
    scene.ends_on_green(run).await;
    scene.close().await;
}
