//! Users cross and come back, and nothing that was acknowledged is lost.

use std::time::Duration;

use changeover::ports::Database as _;
use events::color::Color;

use crate::kit::{Engine, Load, Pair, key, lost, on_each_engine};

on_each_engine![
    a_pair_as_it_should_be_passes_every_guard,
    a_ring_is_armed_and_disarmed,
    no_acknowledged_row_is_lost_there_and_back,
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

async fn no_acknowledged_row_is_lost_there_and_back(engine: Engine) {
    let pair = Pair::start(engine).await;
    let load = Load::start(&pair, 4, Duration::from_millis(10));
    pair.arm(Color::Blue).await;
    let mut from = Color::Blue;
    for _ in 0..4 {
        changeover::clock::pause(Duration::from_millis(300)).await;
        pair.cross(from).await.unwrap();
        from = from.other();
        assert_eq!(pair.writable().await, [from]);
    }
    let acknowledged = load.stop().await;
    assert!(acknowledged.iter().any(|it| it.by == Color::Green) && acknowledged.len() > 50, "{}", acknowledged.len());
    assert_eq!(lost(&pair, &acknowledged).await, []);
}
