//! What would go wrong is seen before anything is touched, and says what to do.

use std::time::Duration;

use changeover::config::secret::Secret;
use changeover::ports::Database as _;
use events::color::Color;
use mysql_async::prelude::Queryable as _;

use crate::kit::{Engine, Pair, Server, key, on_each_engine, until};

on_each_engine![
    a_replica_that_is_stopped_is_not_crossed_to,
    a_replica_that_leaves_something_out_is_not_crossed_to,
    a_replica_that_is_delayed_or_behind_is_not_crossed_to,
    a_transaction_that_only_the_replica_has_is_named,
    what_runs_too_long_on_the_primary_is_named,
    a_prepared_transaction_is_named,
    an_application_that_could_write_anyway_is_named,
    a_role_by_which_an_application_could_write_is_named,
    events_that_would_run_nowhere_are_named,
    tables_that_cannot_cross_are_named,
    two_servers_of_one_id_are_no_pair,
    wrong_credentials_of_the_way_back_are_found_before_the_crossing,
    a_server_without_room_is_a_stated_refusal,
    a_server_that_does_not_answer_is_no_evidence,
    the_operator_cannot_read_what_customers_wrote,
];

async fn a_replica_that_is_stopped_is_not_crossed_to(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.green.run("STOP REPLICA").await;
    let told: Vec<String> = pair.failures(Color::Blue).await.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|it| it.contains("channel of green: failed") && it.contains("START REPLICA")), "{told:#?}");
    assert!(told.iter().any(|it| it.contains("lag of green: failed")), "{told:#?}");
    let fault = pair.database.arm(Color::Blue, &key()).await.unwrap_err();
    assert!(fault.text.contains("does not follow blue") && fault.text.contains("mend that first"), "{fault}");
    assert!(pair.standing().await.green.channel.is_some_and(|it| !it.is_running));
}

async fn a_replica_that_leaves_something_out_is_not_crossed_to(engine: Engine) {
    let filter = ["--replicate-ignore-table=shop.carts"];
    let pair = Pair::start_with(engine, &["--binlog-ignore-db=carts"], &filter).await;
    let told: Vec<String> = pair.failures(Color::Blue).await.iter().map(ToString::to_string).collect();
    assert!(
        told.len() == 2 && told[0].contains("shop.carts") && told[0].contains("is lost when users cross"),
        "{told:#?}"
    );
    assert!(told[1].contains("log-filters of blue: failed, Binlog_Ignore_DB carts"), "{told:#?}");
}

async fn a_replica_that_is_delayed_or_behind_is_not_crossed_to(engine: Engine) {
    let pair = Pair::start(engine).await;
    let delay = if engine.is_mysql() {
        "CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 60"
    } else {
        "CHANGE MASTER TO MASTER_DELAY = 60"
    };
    pair.green.run(&format!("STOP REPLICA; {delay}; START REPLICA")).await;
    let told = until("the replica runs again", async || {
        let failures = pair.failures(Color::Blue).await;
        (failures.len() == 1).then(|| failures[0].to_string())
    })
    .await;
    assert!(told.contains("delay of green: failed, 60 s (wanted 0 s: STOP REPLICA"), "{told}");
    // Behind by as much, the gate would not let anybody pass either.
    pair.blue.run("INSERT INTO shop.orders (writer, seq) VALUES (1, 1)").await;
    let mut switch = pair.fence().await;
    let fault = switch.gate(Color::Blue, Duration::from_secs(2)).await.unwrap_err();
    assert!(fault.text.contains("green does not keep up with blue") && fault.text.contains("less load"), "{fault}");
    let fault = switch.catch_up(Color::Blue, Duration::from_millis(300)).await.unwrap_err();
    assert!(fault.text.contains("is open"), "{fault}");
    switch.freeze(Color::Blue, Duration::from_secs(1)).await.unwrap();
    let fault = switch.catch_up(Color::Blue, Duration::from_millis(300)).await.unwrap_err();
    assert!(fault.text.contains("had not applied everything of blue after 300 ms"), "{fault}");
    switch.reopen(Color::Blue).await.unwrap();
    assert_eq!(pair.writable().await, [Color::Blue]);
}

async fn a_transaction_that_only_the_replica_has_is_named(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.green.run("SET GLOBAL read_only = OFF; CREATE DATABASE stray; SET GLOBAL read_only = ON").await;
    if engine.is_mysql() {
        pair.green.run("SET GLOBAL super_read_only = ON").await;
    }
    let told = pair.only_failure(Color::Blue).await;
    assert!(told.contains("errant of green: failed, 1: ") && told.contains("would come back to users' data"), "{told}");
    let fault = pair.database.arm(Color::Blue, &key()).await.unwrap_err();
    assert!(fault.text.contains("1 transactions that blue lacks"), "{fault}");
    assert_eq!(pair.standing().await.blue.channel, None);
    // Whoever would go on all the same is stopped by the comparison.
    let mut switch = pair.fence().await;
    switch.freeze(Color::Blue, Duration::from_secs(1)).await.unwrap();
    let fault = switch.catch_up(Color::Blue, Duration::from_secs(2)).await.unwrap_err();
    assert!(fault.text.contains("the databases differ") && fault.text.contains("has 1 that blue never had"), "{fault}");
    switch.reopen(Color::Blue).await.unwrap();
}

async fn what_runs_too_long_on_the_primary_is_named(engine: Engine) {
    let pair = Pair::start(engine).await;
    let database = pair.database_with(|it| it.longest_transaction = Duration::ZERO);
    let mut shop = pair.shop(Color::Blue).await;
    shop.query_drop("BEGIN; INSERT INTO shop.orders (writer, seq) VALUES (1, 1)").await.unwrap();
    let told = until("the transaction is older than nothing", async || {
        let readings = database.preflight(Color::Blue).await;
        readings.iter().map(ToString::to_string).find(|it| it.starts_with("transactions of blue: failed"))
    })
    .await;
    assert!(told.contains("shop (connection ") && told.contains("end it by KILL"), "{told}");
    let mut switch = pair.fence().await;
    let fault = switch.settle_writers(Color::Blue, Duration::from_millis(200)).await.unwrap_err();
    assert!(fault.text.contains("shop (connection ") && fault.text.contains("middle of writing"), "{fault}");
    shop.query_drop("ROLLBACK").await.unwrap();
    switch.settle_writers(Color::Blue, Duration::from_secs(20)).await.unwrap();
    // A change of a table's shape, seen while it runs: one that reads long to find what to copy.
    let mut changing = pair.shop(Color::Blue).await;
    let slow =
        tokio::spawn(async move { changing.query_drop("CREATE TABLE shop.slow AS SELECT SLEEP(10) AS it").await });
    let told = until("the change is seen", async || {
        let readings = pair.database.preflight(Color::Blue).await;
        readings.iter().map(ToString::to_string).find(|it| it.starts_with("definitions of blue: failed"))
    })
    .await;
    assert!(told.contains("CREATE TABLE shop.slow") && told.contains("wait for it"), "{told}");
    slow.abort();
}

async fn a_prepared_transaction_is_named(engine: Engine) {
    let pair = Pair::start(engine).await;
    let mut shop = pair.shop(Color::Blue).await;
    shop.query_drop("XA START 'x'; INSERT INTO shop.orders (writer, seq) VALUES (1, 1); XA END 'x'; XA PREPARE 'x'")
        .await
        .unwrap();
    drop(shop);
    pair.settled().await;
    let failures = pair.failures(Color::Blue).await;
    let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|it| it.contains("prepared of blue: failed, 1 ") && it.contains("XA COMMIT or")),
        "{told:#?}"
    );
    let mut switch = pair.fence().await;
    let fault = switch.freeze(Color::Blue, Duration::from_secs(1)).await.unwrap_err();
    assert!(fault.text.contains("1 prepared XA transactions") && fault.text.contains("XA ROLLBACK"), "{fault}");
    assert_eq!(pair.writable().await, [Color::Blue]);
}

async fn an_application_that_could_write_anyway_is_named(engine: Engine) {
    let pair = Pair::start(engine).await;
    let privilege = if engine.is_mysql() { "CONNECTION_ADMIN" } else { "READ_ONLY ADMIN" };
    pair.blue.run(&format!("GRANT {privilege} ON *.* TO shop@'%'")).await;
    pair.settled().await;
    let told = pair.only_failure(Color::Blue).await;
    assert!(
        told.contains(&format!("accounts of blue: failed, shop has {privilege}")) && told.contains("REVOKE"),
        "{told}"
    );
}

async fn a_role_by_which_an_application_could_write_is_named(engine: Engine) {
    let pair = Pair::start(engine).await;
    let privilege = if engine.is_mysql() { "CONNECTION_ADMIN" } else { "READ_ONLY ADMIN" };
    // Given to a role that a role was given that the application was given.
    let roles = "CREATE ROLE keeper; CREATE ROLE staff; GRANT keeper TO staff; GRANT staff TO shop@'%'";
    pair.blue.run(&format!("{roles}; GRANT {privilege} ON *.* TO keeper")).await;
    pair.settled().await;
    let told = pair.only_failure(Color::Blue).await;
    let wanted = format!("accounts of blue: failed, shop has {privilege} by keeper");
    assert!(told.contains(&wanted) && told.contains("REVOKE"), "{told}");
    pair.blue.run("REVOKE keeper FROM staff").await;
    pair.settled().await;
    assert!(pair.failures(Color::Blue).await.is_empty(), "a role that gives nothing is in nobody's way");
}

async fn events_that_would_run_nowhere_are_named(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.green.run("SET GLOBAL event_scheduler = OFF").await;
    pair.blue.run("SET GLOBAL event_scheduler = ON").await;
    assert!(pair.failures(Color::Blue).await.is_empty(), "there are no events");
    pair.blue.run("CREATE EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1").await;
    pair.settled().await;
    let told = pair.only_failure(Color::Blue).await;
    assert!(told.contains("scheduler of green: failed, event_scheduler not ON"), "{told}");
    assert!(told.contains("SET GLOBAL event_scheduler = ON"), "{told}");
    pair.green.run("SET GLOBAL event_scheduler = ON").await;
    assert!(pair.failures(Color::Blue).await.is_empty());
}

async fn tables_that_cannot_cross_are_named(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.blue
        .run("CREATE TABLE shop.old (id INT PRIMARY KEY) ENGINE = MyISAM; CREATE TABLE shop.keyless (id INT)")
        .await;
    pair.settled().await;
    let told = pair.only_failure(Color::Blue).await;
    assert!(told.contains("engines of blue: failed, shop.old (MyISAM)") && told.contains("ENGINE = InnoDB"), "{told}");
    let readings = pair.database.preflight(Color::Blue).await;
    assert!(readings.iter().any(|it| it.to_string().contains("keys of blue: ok, shop.keyless")), "{readings:#?}");
}

async fn two_servers_of_one_id_are_no_pair(engine: Engine) {
    // They can't even replicate; what is wrong is named all the same.
    let (blue, green) = tokio::join!(Pair::start(engine), Server::start(engine, 11, &[]));
    let grants = if engine.is_mysql() {
        include_str!("../../examples/grants-mysql.sql")
    } else {
        include_str!("../../examples/grants-mariadb.sql")
    };
    green.run("SET GLOBAL read_only = OFF").await;
    green.run(grants).await;
    green.run(if engine.is_mysql() { "SET GLOBAL super_read_only = ON" } else { "SET GLOBAL read_only = ON" }).await;
    let database = blue.database_with(|it| it.green.port = green.port);
    let told: Vec<String> = database.preflight(Color::Blue).await.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|it| it.starts_with("server-id of green: failed, 11 (the other one 11)")), "{told:#?}");
    let is_domain = |it: &&String| it.starts_with("domain-id of green: failed, gtid_domain_id 11 (the other one 11)");
    assert_eq!(told.iter().filter(is_domain).count(), usize::from(!engine.is_mysql()), "{told:#?}");
}

async fn wrong_credentials_of_the_way_back_are_found_before_the_crossing(engine: Engine) {
    let pair = Pair::start(engine).await;
    let path = pair.secret("wrong", "wrong");
    let database = pair.database_with(|it| it.replication.password = Secret::File(path));
    let fault = database.arm(Color::Blue, &key()).await.unwrap_err();
    assert!(
        fault.text.contains("could not replicate back") && fault.text.contains("the replication account"),
        "{fault}"
    );
    assert!(!fault.text.contains("wrong"), "{fault}");
    assert_eq!(pair.standing().await.blue.channel, None);
    assert_eq!(pair.writable().await, [Color::Blue]);
}

async fn a_server_without_room_is_a_stated_refusal(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.blue.run("SET GLOBAL max_connections = 12").await;
    let mut crowd = Vec::new();
    while let Ok(conn) = crate::kit::shop(pair.blue.port).await {
        crowd.push(conn);
    }
    let readings = pair.database.preflight(Color::Blue).await;
    let told: Vec<String> = readings.iter().map(ToString::to_string).collect();
    // The bot is let in where applications are not, unless somebody else was.
    let is_refusal = |it: &String| {
        it.contains("connections of blue: failed, 1") || it.contains("blue takes no more connections (1040")
    };
    assert!(told.iter().any(|it| is_refusal(it) && it.contains("end some, or raise")), "{told:#?}");
    drop(crowd);
    until("there is room again", async || pair.failures(Color::Blue).await.is_empty().then_some(())).await;
}

async fn a_server_that_does_not_answer_is_no_evidence(engine: Engine) {
    let mut pair = Pair::start(engine).await;
    pair.green.kill();
    let told = pair.only_failure(Color::Blue).await;
    assert!(told.contains("reachable of green: failed") && told.contains("cannot be reached"), "{told}");
    let standing = pair.database.standing().await;
    assert!(standing.blue.is_ok_and(|it| it.is_open && it.ahead.is_none()) && standing.green.is_err());
    let Err(fault) = pair.database.fence(&key()).await else { panic!("half a fence is none") };
    assert!(fault.text.contains("green cannot be reached"), "{fault}");
}

async fn the_operator_cannot_read_what_customers_wrote(engine: Engine) {
    let pair = Pair::start(engine).await;
    let opts =
        mysql_async::OptsBuilder::default().ip_or_hostname("127.0.0.1").tcp_port(pair.blue.port).prefer_socket(false);
    let mut bot = mysql_async::Conn::new(opts.user(Some("changeover")).pass(Some("the bot's password"))).await.unwrap();
    for statement in [
        "SELECT * FROM shop.orders",
        "INSERT INTO shop.orders (writer, seq) VALUES (1, 1)",
        "CREATE TABLE shop.x (id INT)",
    ] {
        let error = bot.query_drop(statement).await.unwrap_err().to_string();
        assert!(error.contains("denied"), "{error}");
    }
}
