//! What goes wrong in the middle of a crossing: afterwards one server takes writes or none does, and nothing is lost.

use std::time::Duration;

use changeover::ports::{Database as _, Switch};
use events::color::Color;
use mysql_async::prelude::Queryable as _;

use crate::kit::{Engine, Load, Pair, key, lost, on_each_engine};

on_each_engine![
    a_freeze_behind_a_write_is_given_up_and_nobody_waits,
    a_freeze_behind_locked_tables_is_given_up_and_nobody_waits,
    an_idle_transaction_is_refused_its_commit_and_stands_in_nobodys_way,
    a_freeze_of_a_dead_executor_never_lands,
    nobody_writes_to_a_frozen_server_not_even_an_administrator,
    an_executor_that_was_fenced_changes_nothing_any_more,
    an_executor_may_die_after_any_step,
    a_source_that_dies_frozen_comes_back_frozen,
    a_target_that_dies_after_it_was_opened_has_lost_nothing,
    a_stray_statement_in_the_middle_makes_no_difference_that_is_not_seen,
    two_open_servers_are_seen_and_none_is_opened,
];

const WATCHDOG: Duration = Duration::from_millis(300);

async fn a_freeze_behind_a_write_is_given_up_and_nobody_waits(engine: Engine) {
    freeze_is_given_up(engine, "INSERT INTO shop.orders (writer, seq) SELECT 9, 9 FROM (SELECT SLEEP(10)) AS slow")
        .await;
}

async fn a_freeze_behind_locked_tables_is_given_up_and_nobody_waits(engine: Engine) {
    freeze_is_given_up(engine, "LOCK TABLES shop.carts WRITE; SELECT SLEEP(10)").await;
}

async fn freeze_is_given_up(engine: Engine, statement: &'static str) {
    let pair = Pair::start(engine).await;
    pair.blue.run("CREATE TABLE shop.carts (id INT PRIMARY KEY)").await;
    pair.arm(Color::Blue).await;
    let mut blocker = pair.shop(Color::Blue).await;
    let blocking = tokio::spawn(async move { blocker.query_drop(statement).await });
    wait_for(
        &pair,
        "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(10)%' AND user = 'shop'",
    )
    .await;
    let mut switch = pair.fence().await;
    let fault = switch.freeze(Color::Blue, WATCHDOG).await.unwrap_err();
    let wanted = "could not be frozen within 300 ms and takes writes as before";
    assert!(fault.text.contains(wanted) && fault.text.contains("SHOW PROCESSLIST"), "{fault}");
    // Ended from beside it, and not by its own patience, which is longer.
    assert!(!engine.is_mysql() || fault.text.contains("(1317: "), "{fault}");
    // Nothing of it is left: others write, and go on writing after the blocker is gone.
    assert_eq!(pair.writable().await, [Color::Blue]);
    let mut shop = pair.shop(Color::Blue).await;
    shop.query_drop("INSERT INTO shop.orders (writer, seq) VALUES (1, 1)").await.unwrap();
    blocking.abort();
    let _ = blocking.await;
    shop.query_drop("INSERT INTO shop.orders (writer, seq) VALUES (1, 2)").await.unwrap();
    assert_eq!(pair.writable().await, [Color::Blue]);
    // The write that was in the way was ended with its connection: now the same sessions can cross.
    wait_for(
        &pair,
        "SELECT COUNT(*) = 0 FROM information_schema.processlist WHERE info LIKE '%SLEEP(10)%' AND user = 'shop'",
    )
    .await;
    switch.freeze(Color::Blue, Duration::from_secs(5)).await.unwrap();
    switch.catch_up(Color::Blue, Duration::from_secs(5)).await.unwrap();
    switch.open(Color::Green).await.unwrap();
    assert_eq!(pair.writable().await, [Color::Green]);
}

async fn an_idle_transaction_is_refused_its_commit_and_stands_in_nobodys_way(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let mut idle = pair.shop(Color::Blue).await;
    idle.query_drop("INSERT INTO shop.orders (writer, seq) VALUES (1, 1); BEGIN; UPDATE shop.orders SET at = NOW() + INTERVAL 1 DAY")
        .await
        .unwrap();
    let mut switch = pair.fence().await;
    switch.freeze(Color::Blue, WATCHDOG).await.unwrap();
    let refused = idle.query_drop("COMMIT").await.unwrap_err().to_string();
    assert!(refused.contains("1290") || refused.contains("read-only") || refused.contains("read_only"), "{refused}");
    switch.catch_up(Color::Blue, Duration::from_secs(5)).await.unwrap();
    switch.open(Color::Green).await.unwrap();
    switch.clean_up(Color::Green).await.unwrap();
    // Its locks are gone with it: what the new server writes to that row arrives.
    pair.green.run("UPDATE shop.orders SET at = NOW() WHERE writer = 1").await;
    pair.settled().await;
    assert!(idle.query_drop("SELECT 1").await.is_err(), "its session was ended");
}

/// One that its server gives all the patience that there is: only whoever fences it can end it.
async fn a_freeze_of_a_dead_executor_never_lands(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.blue.run("CREATE TABLE shop.carts (id INT PRIMARY KEY)").await;
    pair.arm(Color::Blue).await;
    let mut blocker = pair.shop(Color::Blue).await;
    blocker.query_drop("LOCK TABLES shop.carts WRITE").await.unwrap();
    let mut dying = pair.bot(Color::Blue).await;
    dying.query_drop("DO GET_LOCK('changeover.switch', 0); SET SESSION lock_wait_timeout = 600").await.unwrap();
    let freeze = if engine.is_mysql() { "SET GLOBAL super_read_only = ON" } else { "SET GLOBAL read_only = ON" };
    // Its connection stays open, as that of a machine that lost its network.
    let freezing = tokio::spawn(async move { dying.query_drop(freeze).await });
    let pending = format!("SELECT COUNT(*) FROM information_schema.processlist WHERE info = '{freeze}'");
    wait_for(&pair, &pending).await;
    let fenced = pair.fence().await;
    blocker.query_drop("UNLOCK TABLES").await.unwrap();
    freezing.await.unwrap().unwrap_err();
    // Whatever was pending had its chance.
    for _ in 0..20 {
        assert_eq!(pair.writable().await, [Color::Blue]);
        changeover::clock::pause(Duration::from_millis(50)).await;
    }
    drop(fenced);
}

/// An administrator passes a read-only server, but not one that crosses.
async fn nobody_writes_to_a_frozen_server_not_even_an_administrator(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let mut root = pair.blue.root().await;
    root.query_drop("SET SESSION lock_wait_timeout = 1").await.unwrap();
    let mut switch = pair.fence().await;
    for (seq, goes_on) in [(1, false), (2, true)] {
        switch.freeze(Color::Blue, Duration::from_secs(5)).await.unwrap();
        let statement = format!("INSERT INTO shop.orders (writer, seq) VALUES (7, {seq})");
        root.query_drop(&statement).await.unwrap_err();
        switch.catch_up(Color::Blue, Duration::from_secs(5)).await.unwrap();
        if goes_on {
            switch.open(Color::Green).await.unwrap();
        } else {
            switch.reopen(Color::Blue).await.unwrap();
            root.query_drop(&statement).await.unwrap();
        }
    }
    // The one that was locked follows again.
    pair.green.run("INSERT INTO shop.orders (writer, seq) VALUES (8, 1)").await;
    pair.settled().await;
    assert_eq!(pair.orders(Color::Blue).await, [(7, 1), (8, 1)].into());
    // What an administrator is in the middle of is waited for, and not for long.
    let slow = "INSERT INTO shop.orders (writer, seq) SELECT 9, 9 FROM (SELECT SLEEP(10)) AS slow";
    let mut green = pair.green.root().await;
    let blocking = tokio::spawn(async move { green.query_drop(slow).await });
    crate::kit::until("a write that runs", async || {
        let running = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'INSERT%SLEEP(10)%'";
        (pair.green.ask(running).await != "0").then_some(())
    })
    .await;
    let fault = switch.freeze(Color::Green, WATCHDOG).await.unwrap_err();
    assert!(fault.text.contains("could not be frozen within 300 ms and takes writes as before"), "{fault}");
    assert_eq!(pair.writable().await, [Color::Green]);
    blocking.abort();
}

async fn an_executor_that_was_fenced_changes_nothing_any_more(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let mut old = pair.fence().await;
    let mut new = pair.fence().await;
    for fault in [
        old.freeze(Color::Blue, WATCHDOG).await.unwrap_err(),
        old.open(Color::Green).await.unwrap_err(),
        old.reopen(Color::Green).await.unwrap_err(),
    ] {
        assert!(fault.text.contains("cannot be reached"), "{fault}");
    }
    assert_eq!(pair.writable().await, [Color::Blue]);
    new.freeze(Color::Blue, WATCHDOG).await.unwrap();
    new.reopen(Color::Blue).await.unwrap();
}

/// How far an executor came.
const STEPS: usize = 5;

async fn step(switch: &mut Box<dyn Switch>, from: Color, step: usize) {
    match step {
        0 => switch.gate(from, Duration::from_secs(30)).await.unwrap(),
        1 => switch.freeze(from, Duration::from_secs(5)).await.unwrap(),
        2 => drop(switch.catch_up(from, Duration::from_secs(10)).await.unwrap()),
        3 => switch.open(from.other()).await.unwrap(),
        _ => switch.clean_up(from.other()).await.unwrap(),
    }
}

async fn an_executor_may_die_after_any_step(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let load = Load::start(&pair, 4, Duration::from_millis(10));
    let mut primary = Color::Blue;
    for goes_on in [true, false] {
        for last in 0..STEPS {
            let mut dying = pair.fence().await;
            for at in 0..=last {
                step(&mut dying, primary, at).await;
            }
            // Its connections stay open, as those of a machine that lost its network.
            std::mem::forget(dying);
            let mut switch = pair.fence().await;
            // What is so is read from the servers alone.
            match &pair.writable().await[..] {
                [only] if *only == primary => assert!(last == 0, "frozen after step {last}"),
                [only] => {
                    assert!(last >= 3 && *only == primary.other(), "opened after step {last}");
                    switch.clean_up(*only).await.unwrap();
                    primary = *only;
                }
                [] if goes_on => {
                    for at in 2..STEPS {
                        step(&mut switch, primary, at).await;
                    }
                    primary = primary.other();
                }
                [] => switch.reopen(primary).await.unwrap(),
                both => panic!("two writers after step {last}: {both:?}"),
            }
            assert_eq!(pair.writable().await, [primary]);
        }
    }
    let acknowledged = load.stop().await;
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    assert_eq!(lost(&pair, &acknowledged).await, []);
}

async fn a_source_that_dies_frozen_comes_back_frozen(engine: Engine) {
    let mut pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let load = Load::start(&pair, 4, Duration::from_millis(5));
    let mut switch = pair.fence().await;
    switch.freeze(Color::Blue, Duration::from_secs(5)).await.unwrap();
    pair.blue.kill();
    let fault = switch.catch_up(Color::Blue, Duration::from_secs(1)).await.unwrap_err();
    assert!(fault.text.contains("blue cannot be reached"), "{fault}");
    let fault = switch.open(Color::Green).await.unwrap_err();
    assert!(fault.text.contains("blue cannot be reached"), "{fault}");
    pair.blue.start_again().await;
    assert_eq!(pair.writable().await, []);
    let mut switch = pair.fence().await;
    switch.catch_up(Color::Blue, Duration::from_secs(30)).await.unwrap();
    switch.reopen(Color::Blue).await.unwrap();
    assert_eq!(pair.writable().await, [Color::Blue]);
    assert_eq!(lost(&pair, &load.stop().await).await, []);
}

async fn a_target_that_dies_after_it_was_opened_has_lost_nothing(engine: Engine) {
    let mut pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let mut switch = pair.fence().await;
    for at in 1..=3 {
        step(&mut switch, Color::Blue, at).await;
    }
    let mut shop = pair.shop(Color::Green).await;
    shop.query_drop("INSERT INTO shop.orders (writer, seq) VALUES (1, 1)").await.unwrap();
    pair.green.kill();
    let fault = switch.clean_up(Color::Green).await.unwrap_err();
    assert!(fault.text.contains("green cannot be reached"), "{fault}");
    pair.green.start_again().await;
    // Not two writers, and not one by chance: who crosses goes on.
    assert_eq!(pair.writable().await, []);
    let mut switch = pair.fence().await;
    switch.open(Color::Green).await.unwrap();
    switch.clean_up(Color::Green).await.unwrap();
    pair.settled().await;
    assert_eq!(pair.orders(Color::Blue).await, pair.orders(Color::Green).await);
    assert!(pair.orders(Color::Blue).await.contains(&(1, 1)));
    // Cleaned up, a restart brings it back as it was, where a server can be told so.
    pair.green.kill();
    pair.green.start_again().await;
    let wanted = if engine.is_mysql() { vec![Color::Green] } else { vec![] };
    assert_eq!(pair.writable().await, wanted);
}

async fn a_stray_statement_in_the_middle_makes_no_difference_that_is_not_seen(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let load = Load::start(&pair, 4, Duration::from_millis(5));
    let mut primary = Color::Blue;
    for stray in [Color::Blue, Color::Green] {
        // Where one is seen when it is frozen, a MariaDB server lets no administrator write.
        let _seen = if stray == Color::Green { Some(pair.server(primary).root().await) } else { None };
        let mut switch = pair.fence().await;
        switch.freeze(primary, Duration::from_secs(5)).await.unwrap();
        let flushing = pair.server(stray).begin("FLUSH TABLES").await;
        match switch.catch_up(primary, Duration::from_secs(10)).await {
            Ok(_) => {
                switch.open(primary.other()).await.unwrap();
                switch.clean_up(primary.other()).await.unwrap();
                primary = primary.other();
            }
            Err(fault) => {
                assert!(fault.text.contains("find out who"), "{fault}");
                switch.reopen(primary).await.unwrap();
            }
        }
        drop(switch);
        flushing.await.unwrap();
        assert_eq!(pair.writable().await, [primary]);
    }
    assert_eq!(lost(&pair, &load.stop().await).await, []);
    let standing = pair.standing().await;
    assert!([standing.blue, standing.green].iter().all(|it| it.channel.as_ref().is_some_and(|it| it.is_running)));
}

async fn two_open_servers_are_seen_and_none_is_opened(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.green.run("SET GLOBAL read_only = OFF").await;
    assert_eq!(pair.writable().await, [Color::Blue, Color::Green]);
    let mut switch = pair.fence().await;
    let fault = switch.open(Color::Green).await.unwrap_err();
    assert!(fault.text.contains("there would be two writers"), "{fault}");
    // Both can be frozen at once.
    switch.freeze(Color::Blue, Duration::from_secs(5)).await.unwrap();
    switch.freeze(Color::Green, Duration::from_secs(5)).await.unwrap();
    assert_eq!(pair.writable().await, []);
}

/// Waits until the administrator of blue is told something other than 0.
async fn wait_for(pair: &Pair, question: &str) {
    crate::kit::until(question, async || (pair.blue.ask(question).await != "0").then_some(())).await;
}

#[tokio::test]
async fn the_newer_mariadb_crosses_too() {
    let pair = Pair::start(Engine::Mariadb11).await;
    assert!(pair.failures(Color::Blue).await.is_empty());
    pair.arm(Color::Blue).await;
    let load = Load::start(&pair, 4, Duration::from_millis(10));
    pair.cross(Color::Blue).await.unwrap();
    pair.cross(Color::Green).await.unwrap();
    pair.database.disarm(Color::Blue, &key()).await.unwrap();
    pair.arm(Color::Blue).await;
    assert_eq!(pair.writable().await, [Color::Blue]);
    assert_eq!(lost(&pair, &load.stop().await).await, []);
}
