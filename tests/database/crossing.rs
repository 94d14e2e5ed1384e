//! Users cross and come back, and nothing that was acknowledged is lost.

use std::io::Write as _;
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
    say(&format!("figure: {engine:?} crossings {crossings}, refused {refused}, rows {rows}, lost {}", missing.len()));
    assert_eq!(missing, []);
}

/// Said even though the test passes: what was counted is for who runs it.
fn say(text: &str) {
    std::io::stdout().write_all(format!("\n{text}\n").as_bytes()).unwrap();
}
