//! Users cross and come back, and nothing that was acknowledged is lost.

use std::io::Write as _;
use std::time::Duration;

use changeover::ports::Database as _;
use events::color::Color;
use events::fault::FaultKind;
use mysql_async::prelude::Queryable as _;

use crate::kit::{Engine, Load, Pair, key, lost, on_each_engine, until, waits};

on_each_engine![
    a_pair_as_it_should_be_passes_every_guard,
    a_ring_is_armed_and_disarmed,
    no_acknowledged_row_is_lost_there_and_back,
    a_load_that_the_other_server_does_not_keep_up_with_is_refused_before_anything_is_touched,
];

async fn a_pair_as_it_should_be_passes_every_guard(engine: Engine) {
    let pair = Pair::start(engine).await;
    let failures = pair.failures(Color::Blue).await;
    assert!(failures.is_empty(), "{failures:#?}");
    // The guards see roles: nobody crosses from the one that is frozen.
    assert!(!pair.failures(Color::Green).await.is_empty());
}

async fn a_ring_is_armed_and_disarmed(engine: Engine) {
    let pair = Pair::start(engine).await;
    assert_eq!(pair.standing().await.blue.channel, None);
    pair.arm(Color::Blue).await;
    // Twice is once.
    pair.arm(Color::Blue).await;
    let armed = pair.standing().await;
    assert!(armed.blue.channel.is_some_and(|it| it.is_running) && armed.green.channel.is_some_and(|it| it.is_running));
    assert!(armed.blue.is_born_frozen == Some(true) && armed.green.is_born_frozen == Some(true));
    assert!(pair.failures(Color::Blue).await.is_empty());
    for _ in 0..2 {
        pair.database.disarm(Color::Blue, &key()).await.unwrap();
    }
    let disarmed = pair.standing().await;
    assert!(disarmed.blue.channel.is_none() && disarmed.green.channel.is_some_and(|it| it.is_running));
}

/// As many crossings as asked for, half of them back, under load: what was acknowledged is on both servers.
async fn no_acknowledged_row_is_lost_there_and_back(engine: Engine) {
    let crossings = if std::env::var_os("CHANGEOVER_LONG").is_some() { 100 } else { 20 };
    let pair = Pair::start(engine).await;
    let load = Load::start(&pair, 4, Duration::from_millis(10));
    pair.arm(Color::Blue).await;
    let (mut from, mut refused) = (Color::Blue, 0);
    for _ in 0..crossings {
        changeover::clock::pause(Duration::from_millis(100)).await;
        // Under load nobody pauses here, so somebody may be in the middle of writing: then it was refused, and is tried again.
        while let Err(fault) = pair.cross(from).await {
            assert!(
                ["keep up", "could not be frozen", "middle of writing"].iter().any(|it| fault.text.contains(it)),
                "{fault}"
            );
            assert_eq!(pair.writable().await, [from]);
            refused += 1;
        }
        from = from.other();
        assert_eq!(pair.writable().await, [from]);
    }
    let acknowledged = load.stop().await;
    assert!(acknowledged.iter().any(|it| it.by == Color::Green) && acknowledged.len() > 200, "{}", acknowledged.len());
    let missing = lost(&pair, &acknowledged).await;
    let rows = acknowledged.len();
    let longest = waits(&acknowledged).into_iter().max().unwrap_or_default().as_millis();
    say(&format!(
        "figure: {engine:?} crossings {crossings}, refused {refused}, rows {rows}, lost {}, writers waited {longest} ms at most",
        missing.len()
    ));
    assert_eq!(missing, []);
}

async fn a_load_that_the_other_server_does_not_keep_up_with_is_refused_before_anything_is_touched(engine: Engine) {
    let pair = Pair::start(engine).await;
    pair.arm(Color::Blue).await;
    let load = Load::start(&pair, 12, Duration::ZERO);
    // What comes from blue waits behind somebody's backup.
    let mut backup = pair.green.root().await;
    backup.query_drop("LOCK TABLES shop.orders READ").await.unwrap();
    until("green falls behind", async || {
        let ahead = pair.standing().await.blue.ahead;
        ahead.is_some_and(|it| it > 50).then_some(())
    })
    .await;
    let mut switch = pair.fence().await;
    let fault = switch.gate(Color::Blue, Duration::from_secs(1)).await.unwrap_err();
    assert!(fault.kind == FaultKind::Lasting && fault.text.contains("green does not keep up with blue"), "{fault}");
    assert!(fault.text.contains("Cross when there is less load, or give it more parallel appliers"), "{fault}");
    assert_eq!(pair.writable().await, [Color::Blue]);
    drop(backup);
    let acknowledged = load.stop().await;
    assert!(acknowledged.iter().all(|it| it.by == Color::Blue));
    assert_eq!(lost(&pair, &acknowledged).await, []);
}

/// Said even though the test passes: what was counted is for who runs it.
fn say(text: &str) {
    std::io::stdout().write_all(format!("\n{text}\n").as_bytes()).unwrap();
}
