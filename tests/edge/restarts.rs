//! What a balancer still knows after it was killed.

use std::process::Stdio;

use changeover::edge::control::Request;
use changeover::edge::state::{OnExpiry, PauseStanding};
use events::color::Color;
use events::weights::Weights;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::get;
use crate::soon;

#[tokio::test]
async fn weights_and_members_survive_a_kill() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let mut balancer = Balancer::with_two(&[], &blue, &green).await;
    let weights = Weights::all_to(Color::Green);
    balancer.done(Request::Weights { weights, key: Some("shop/production#42/3".to_owned()) }).await;
    let before = balancer.status().await;
    let port = balancer.plain;
    balancer.kill_and_restart().await;
    assert_eq!(balancer.plain, port);
    assert_eq!(get(port, "/").await.text, "green", "at once, before any health check");
    let after = balancer.status().await;
    assert_eq!(after.weights, weights);
    assert_eq!(after.members.blue[0].member, blue.member());
    assert_eq!(after.changed_by.as_deref(), Some("shop/production#42/3"));
    assert_eq!((before.generation, after.generation), (1, 2));
    assert_ne!(before.process, after.process);
    balancer.until_healthy(2).await;
}

#[tokio::test]
async fn a_kill_at_any_moment_leaves_the_old_or_the_new_weights() {
    let mut balancer = Balancer::start(&[]).await;
    for round in 0..10_u8 {
        let (asked, percent) = (balancer.socket(), round * 10);
        let asking = tokio::spawn(async move {
            let weights = Weights::percent_to(Color::Green, percent);
            let request = Request::Weights { weights, key: None };
            changeover::control::ask::<_, serde_json::Value>(&asked, &request, crate::LIMIT).await
        });
        tokio::task::yield_now().await;
        balancer.kill_and_restart().await;
        let answered = soon("the asker knows", asking).await.unwrap().is_ok();
        let green = balancer.status().await.weights.of(Color::Green);
        if answered {
            assert_eq!(green, percent, "what was acknowledged is kept");
        }
        balancer.green_gets(percent).await;
    }
}

#[tokio::test]
async fn a_pause_goes_on_after_a_kill_until_its_own_end() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let mut balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(60_000, OnExpiry::Reject, "crossing").await;
    balancer.kill_and_restart().await;
    assert_eq!(balancer.status().await.pause.unwrap().standing, PauseStanding::Holding);
    let plain = balancer.plain;
    let waiting = tokio::spawn(async move { get(plain, "/").await });
    crate::until("the request waits", || async { balancer.status().await.waiting == 1 }).await;
    balancer.resume().await;
    assert_eq!(waiting.await.unwrap().text, "blue");
    balancer.kill_and_restart().await;
    assert_eq!(get(plain, "/").await.text, "blue", "what was resumed stays resumed");
}

#[tokio::test]
async fn a_pause_that_ended_while_the_balancer_was_dead_has_ended() {
    let mut balancer = Balancer::start(&[]).await;
    balancer.pause(1, OnExpiry::Reject, "crossing").await;
    balancer.kill_and_restart().await;
    crate::until("it has ended", || async {
        balancer.status().await.pause.unwrap().standing == PauseStanding::Rejecting
    })
    .await;
    assert_eq!(get(balancer.plain, "/").await.status, 503);
}

#[tokio::test]
async fn a_damaged_state_file_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("edge.json");
    std::fs::write(&state, "{\n  \"format\": 1,\n  \"generation\": 3,\n  \"wei").unwrap();
    let serving = tokio::process::Command::new(env!("CARGO_BIN_EXE_changeover"))
        .args(["edge", "serve", "--listen", "127.0.0.1:0", "--socket"])
        .arg(folder.path().join("edge.sock"))
        .arg("--state")
        .arg(&state)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = soon("it has ended", serving).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains(&format!("{}, line 4, is damaged", state.display())), "{said}");
    assert!(said.contains("put back a good copy"), "{said}");
    assert!(!folder.path().join("edge.sock").exists(), "it never listened");
}

#[tokio::test]
async fn the_first_start_gives_everything_to_the_initial_color() {
    let balancer = Balancer::start(&["--initial", "green"]).await;
    assert_eq!(balancer.status().await.weights, Weights::all_to(Color::Green));
}
