//! What is in the way of a crossing when it is asked for: the cutover turns back and says what to do, nobody's order is lost,
//! and once it is out of the way users cross.

use std::time::Duration;

use events::color::Color;
use events::fact::RunOutcome;
use events::number::RunNumber;
use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use crate::database::{Engine, on_each_engine, shop, until};
use crate::scene::Scene;
use crate::till::Till;

on_each_engine![
    a_replica_that_would_not_be_as_its_primary_is_not_crossed_to,
    somebody_in_the_middle_of_something_is_not_cut_off,
    servers_that_are_no_pair_are_not_crossed,
];

/// Whoever is in the way for a second or two is not waited for.
const IMPATIENT: &str = "settle = \"500ms\"\ngate = \"3s\"\nfreeze = \"300ms\"";
const ATTEMPTS: u8 = 2;

async fn open(engine: Engine) -> Scene {
    let till = Till::open(engine).await;
    let ports = till.ports();
    Scene::open(till, &ports, ATTEMPTS, IMPATIENT).await
}

impl Scene {
    /// A cutover turns back, for a reason that says all of this.
    async fn turns_back(&self, wanted: &[&str]) {
        let run = self.shop.begins("cutover shop/demo").await;
        let why = self.why_turned_back(run).await;
        assert!(wanted.iter().all(|it| why.contains(it)), "{wanted:?}: {why}");
    }

    async fn why_turned_back(&self, run: RunNumber) -> String {
        until("the run is over", async || self.shop.site().await.run.is_none().then_some(())).await;
        let ended = self.shop.site().await.last.unwrap();
        assert_eq!((ended.number, ended.outcome), (run, RunOutcome::TurnedBack), "{ended:?}");
        // Nobody noticed: orders come in where they did.
        self.orders_come_in().await;
        assert_eq!(self.till.pair.writable().await, [Color::Blue]);
        ended.why.unwrap()
    }

    async fn on_green(&self, statements: &str) {
        self.till.pair.green.run(statements).await;
    }

    async fn customer_of_blue(&self) -> Conn {
        shop(self.till.pair.blue.port).await.unwrap()
    }
}

async fn a_replica_that_would_not_be_as_its_primary_is_not_crossed_to(engine: Engine) {
    let scene = open(engine).await;
    let is_mysql = engine.is_mysql();

    scene.on_green("STOP REPLICA").await;
    scene.turns_back(&["channel of green: failed", "START REPLICA"]).await;

    let (filter, no_filter) = if is_mysql {
        (
            "CHANGE REPLICATION FILTER REPLICATE_IGNORE_TABLE = (till.carts)",
            "CHANGE REPLICATION FILTER REPLICATE_IGNORE_TABLE = ()",
        )
    } else {
        ("SET GLOBAL replicate_ignore_table = 'till.carts'", "SET GLOBAL replicate_ignore_table = ''")
    };
    scene.on_green(&format!("{filter}; START REPLICA")).await;
    scene.till.pair.settled().await;
    scene.turns_back(&["filters of green: failed", "till.carts", "is lost when users cross"]).await;

    let delay = |seconds: u32| {
        if is_mysql {
            format!("CHANGE REPLICATION SOURCE TO SOURCE_DELAY = {seconds}")
        } else {
            format!("CHANGE MASTER TO MASTER_DELAY = {seconds}")
        }
    };
    scene.on_green(&format!("STOP REPLICA; {no_filter}; {}; START REPLICA", delay(60))).await;
    scene.turns_back(&["delay of green: failed, 60 s", "set the delay to 0"]).await;
    scene.on_green(&format!("STOP REPLICA; {}; START REPLICA", delay(0))).await;
    scene.till.pair.settled().await;

    // An applier that stands, while orders come in.
    let mut reader = scene.till.pair.green.root().await;
    reader.query_drop("LOCK TABLES till.orders READ").await.unwrap();
    until("a replica that is late", async || {
        let lag = scene.till.pair.standing().await.green.channel.and_then(|it| it.lag)?;
        (lag > Duration::from_secs(5)).then_some(())
    })
    .await;
    scene.turns_back(&["lag of green: failed, ", "at most 5 s"]).await;
    reader.query_drop("UNLOCK TABLES").await.unwrap();
    scene.till.pair.settled().await;

    scene.crosses().await;
    scene.close().await;
}

async fn somebody_in_the_middle_of_something_is_not_cut_off(engine: Engine) {
    let scene = open(engine).await;
    scene.till.pair.blue.run("CREATE TABLE till.carts (id INT PRIMARY KEY); INSERT INTO till.carts VALUES (1)").await;

    let mut customer = scene.customer_of_blue().await;
    customer.query_drop("BEGIN; UPDATE till.carts SET id = 2").await.unwrap();
    scene.turns_back(&["shop (connection ", "in the middle of writing", "end it by KILL"]).await;
    customer.query_drop("COMMIT").await.unwrap();

    customer.query_drop("LOCK TABLES till.carts WRITE").await.unwrap();
    scene.turns_back(&["could not be frozen within 300 ms", "takes writes as before", "LOCK TABLES"]).await;
    customer.query_drop("UNLOCK TABLES").await.unwrap();

    let prepare = "XA START 'x'; UPDATE till.carts SET id = 3; XA END 'x'; XA PREPARE 'x'";
    customer.query_drop(prepare).await.unwrap();
    drop(customer);
    scene.turns_back(&["prepared of blue: failed, 1", "XA COMMIT or"]).await;
    scene.till.pair.blue.run("XA ROLLBACK 'x'").await;

    for (statement, wanted) in [
        (
            "CREATE TABLE till.slow AS SELECT SLEEP(600) AS it",
            ["definitions of blue: failed", "CREATE TABLE till.slow"],
        ),
        (
            "INSERT INTO till.orders (id, color) SELECT 1000000002, 'slow' FROM (SELECT SLEEP(10)) AS slow",
            ["could not be frozen within 300 ms", "a write that runs"],
        ),
    ] {
        let mut customer = scene.customer_of_blue().await;
        let id = customer.id();
        let running = tokio::spawn(async move { customer.query_drop(statement).await });
        let seen =
            format!("SELECT COUNT(*) FROM information_schema.processlist WHERE id = {id} AND info LIKE '%SLEEP%'");
        until("somebody at work", async || (scene.till.pair.blue.ask(&seen).await != "0").then_some(())).await;
        scene.turns_back(&wanted).await;
        // Whoever is told to end it by KILL may.
        let _ = scene.till.pair.blue.root().await.query_drop(format!("KILL {id}")).await;
        let _ = running.await;
    }

    scene.crosses().await;
    scene.close().await;
}

async fn servers_that_are_no_pair_are_not_crossed(engine: Engine) {
    let scene = open(engine).await;
    let pair = &scene.till.pair;

    // Of one that has no room the bot may be told so itself.
    let limit = pair.green.ask("SELECT @@max_connections").await;
    scene.on_green("SET GLOBAL max_connections = 12").await;
    let mut crowd = Vec::new();
    while let Ok(conn) = shop(pair.green.port).await {
        crowd.push(conn);
    }
    scene.turns_back(&["of green: failed", "end some, or raise"]).await;
    drop(crowd);
    scene.on_green(&format!("SET GLOBAL max_connections = {limit}")).await;

    let change = |password: &str| format!("ALTER USER replication@'%' IDENTIFIED BY '{password}'");
    pair.blue.run(&change("something else")).await;
    pair.settled().await;
    scene.turns_back(&["could not replicate back", "see to the replication account"]).await;
    pair.blue.run(&change("the replication''s password")).await;
    pair.settled().await;

    if !engine.is_mysql() {
        scene.on_green("SET GLOBAL gtid_domain_id = 11").await;
        scene.turns_back(&["domain-id of green: failed, gtid_domain_id 11 (the other one 11)"]).await;
        scene.on_green("SET GLOBAL gtid_domain_id = 22").await;
    }

    // What one writes by the other's id is taken for its own: so nobody writes meanwhile.
    scene
        .till
        .nobody_orders(async || {
            scene.on_green("SET GLOBAL server_id = 11").await;
            let run = scene.shop.begins("cutover shop/demo").await;
            until("the run is over", async || scene.shop.site().await.run.is_none().then_some(())).await;
            let ended = scene.shop.site().await.last.unwrap();
            let why = ended.why.unwrap();
            assert!(ended.number == run && why.contains("server-id of green: failed, 11 (the other one 11)"), "{why}");
            scene.on_green("SET GLOBAL server_id = 22").await;
        })
        .await;

    scene.on_green("SET GLOBAL read_only = OFF; CREATE DATABASE stray").await;
    scene
        .on_green(if engine.is_mysql() { "SET GLOBAL super_read_only = ON" } else { "SET GLOBAL read_only = ON" })
        .await;
    scene.turns_back(&["errant of green: failed, 1: ", "would come back to users' data"]).await;
    scene.close().await;
}
