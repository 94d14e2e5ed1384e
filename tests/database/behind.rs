//! A replica that is far behind its source, and a source that stays away for long.

use std::time::Duration;

use changeover::ports::Database as _;
use events::check::Verdict;
use events::color::Color;
use mysql_async::prelude::Queryable as _;
use tokio::net::TcpListener;

use crate::kit::{Engine, PATIENCE, Pair, on_each_engine, until};

on_each_engine![
    a_replica_that_is_more_than_a_minute_behind_is_not_crossed_to,
    a_source_that_stays_away_for_long_is_followed_again_when_it_is_back,
];

async fn a_replica_that_is_more_than_a_minute_behind_is_not_crossed_to(engine: Engine) {
    let pair = Pair::start(engine).await;
    let mut reader = pair.green.root().await;
    if !engine.is_mysql() {
        // With several appliers MariaDB counts from when it began to be late.
        pair.green.run("STOP REPLICA; SET GLOBAL slave_parallel_threads = 0; START REPLICA").await;
    }
    reader.query_drop("LOCK TABLES shop.orders READ").await.unwrap();
    // Behind is who has not applied what is so old by the source's clock: this says of itself when it was written.
    let old = "SET TIMESTAMP = UNIX_TIMESTAMP() - 90; INSERT INTO shop.orders (writer, seq) VALUES (1, 1)";
    pair.blue.run(old).await;
    let told = until("a replica that is late", async || {
        let failures = pair.failures(Color::Blue).await;
        failures.iter().map(ToString::to_string).find(|it| it.starts_with("lag of green: failed"))
    })
    .await;
    let seconds = told.split(' ').find_map(|word| word.parse::<u64>().ok()).unwrap();
    assert!((90..90 + PATIENCE.as_secs()).contains(&seconds), "{told}");
    assert!(told.contains("at most 5 s: wait, or give it more appliers"), "{told}");
    assert!(pair.standing().await.green.channel.unwrap().lag.unwrap() > Duration::from_mins(1));
    // That it is late is all that there is.
    let patient = pair.database_with(|it| it.longest_lag = Duration::from_mins(10));
    let failed = patient.preflight(Color::Blue).await.into_iter().filter(|it| it.verdict != Verdict::Pass);
    let failed: Vec<String> = failed.map(|it| it.check.to_string()).collect();
    assert_eq!(failed, if engine.is_mysql() { vec![] } else { vec!["appliers"] });
    reader.query_drop("UNLOCK TABLES").await.unwrap();
    pair.settled().await;
    until("a replica that keeps up", async || {
        pair.failures(Color::Blue).await.iter().all(|it| it.check.as_str() == "appliers").then_some(())
    })
    .await;
}

/// Left to itself MySQL gives up after ten attempts.
const ATTEMPTS: usize = 12;

async fn a_source_that_stays_away_for_long_is_followed_again_when_it_is_back(engine: Engine) {
    let mut pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    pair.green.kill();
    // Whoever asks for it in the meantime finds somebody who says nothing, and counts.
    let instead = TcpListener::bind(("127.0.0.1", pair.green.port)).await.unwrap();
    let counted = async {
        for _ in 0..ATTEMPTS {
            drop(instead.accept().await.unwrap());
        }
    };
    let is_patient = tokio::time::timeout(PATIENCE, counted).await.is_ok();
    assert!(is_patient, "blue gave up to look for its source");
    drop(instead);
    pair.green.start_again().await;
    until("both follow each other", async || {
        let standing = pair.standing().await;
        [standing.blue, standing.green]
            .iter()
            .all(|it| it.channel.as_ref().is_some_and(|it| it.is_running))
            .then_some(())
    })
    .await;
    pair.cross(Color::Blue).await.unwrap();
}
