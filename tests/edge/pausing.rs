//! Requests that wait.

use std::net::SocketAddr;

use changeover::edge::control::Request;
use changeover::edge::state::{OnExpiry, PauseStanding};
use events::color::Color;
use tokio::task::JoinHandle;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{Reply, get, get_request, send};
use crate::until;

fn ask(plain: SocketAddr, path: &'static str) -> JoinHandle<Reply> {
    tokio::spawn(async move { get(plain, path).await })
}

async fn until_waiting(balancer: &Balancer, count: usize) {
    until("that many wait", || async { balancer.status().await.waiting == count }).await;
}

async fn until_standing(balancer: &Balancer, standing: PauseStanding) {
    until("the pause stands so", || async { balancer.status().await.pause.unwrap().standing == standing }).await;
}

#[tokio::test]
async fn requests_wait_and_go_on_in_order_to_the_weights_of_then() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let before = ask(balancer.plain, "/held");
    balancer.until_in_flight(Color::Blue, 1).await;
    balancer.pause(60_000, OnExpiry::Release, "crossing").await;
    let mut waiting = Vec::new();
    for path in ["/1", "/2", "/3", "/4", "/5"] {
        waiting.push(ask(balancer.plain, path));
        until_waiting(&balancer, waiting.len()).await;
    }
    blue.let_go();
    assert_eq!(before.await.unwrap().text, "blue", "what was in flight goes on");
    balancer.until_in_flight(Color::Blue, 0).await;

    balancer.green_gets(100).await;
    assert_eq!(green.requests(), 0, "traffic is shifted while it is paused");
    balancer.resume().await;
    for reply in waiting {
        assert_eq!(reply.await.unwrap().text, "green");
    }
    let mut lines = green.lines();
    lines.sort();
    assert_eq!(lines, ["GET /1", "GET /2", "GET /3", "GET /4", "GET /5"]);
    assert_eq!(blue.lines(), ["GET /held"]);
    assert_eq!(balancer.status().await.pause.unwrap().standing, PauseStanding::Resumed);
}

#[tokio::test]
async fn a_pause_that_expires_into_release_lets_them_go() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(300, OnExpiry::Release, "crossing").await;
    let waiting = ask(balancer.plain, "/");
    assert_eq!(waiting.await.unwrap().text, "blue");
    until_standing(&balancer, PauseStanding::Released).await;
    assert_eq!(get(balancer.plain, "/").await.text, "blue");
}

#[tokio::test]
async fn a_pause_that_expires_into_reject_answers_503_until_somebody_resumes() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(300, OnExpiry::Reject, "crossing").await;
    let reply = ask(balancer.plain, "/").await.unwrap();
    assert_eq!(reply.status, 503);
    assert_eq!(reply.headers["retry-after"], "5");
    until_standing(&balancer, PauseStanding::Rejecting).await;
    assert_eq!(get(balancer.plain, "/").await.status, 503, "later ones too");
    assert_eq!(blue.requests(), 0);
    let other = Request::Resume { key: Some("somebody else's".to_owned()) };
    assert_eq!(balancer.refusal(other).await, "the pause is one of crossing, not of somebody else's");
    balancer.resume().await;
    assert_eq!(get(balancer.plain, "/").await.text, "blue");
}

#[tokio::test]
async fn a_pause_of_the_same_key_is_one_pause() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(60_000, OnExpiry::Release, "one").await;
    let until = balancer.status().await.pause.unwrap().until;
    balancer.pause(90_000, OnExpiry::Reject, "one").await;
    assert_eq!(balancer.status().await.pause.unwrap().until, until, "it was not prolonged");
    let pause = |key: &str| Request::Pause {
        budget_ms: 60_000,
        on_expiry: OnExpiry::Release,
        key: key.to_owned(),
        instead_of: None,
    };
    let refusal = balancer.refusal(pause("two")).await;
    assert_eq!(refusal, "requests are paused by one already; it must be resumed first");
    balancer.resume().await;
    balancer.resume().await;
    assert_eq!(balancer.refusal(pause("one")).await, "the pause of one is over; it is not repeated");
    assert_eq!(get(balancer.plain, "/").await.text, "blue");
    balancer.pause(60_000, OnExpiry::Release, "two").await;
}

#[tokio::test]
async fn a_pause_that_was_ended_early_does_not_end_the_next_one() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(200, OnExpiry::Reject, "one").await;
    balancer.resume().await;
    balancer.pause(60_000, OnExpiry::Reject, "two").await;
    let end_of_the_first = balancer.status().await.pause.unwrap();
    changeover::clock::pause(std::time::Duration::from_millis(400)).await;
    assert_eq!(balancer.status().await.pause.unwrap(), end_of_the_first);
}

#[tokio::test]
async fn only_so_many_wait() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&["--waiting-limit", "2"], &blue, &green).await;
    balancer.pause(60_000, OnExpiry::Release, "crossing").await;
    let first = ask(balancer.plain, "/");
    until_waiting(&balancer, 1).await;
    let second = ask(balancer.plain, "/");
    until_waiting(&balancer, 2).await;
    let third = get(balancer.plain, "/").await;
    assert_eq!((third.status, third.headers["retry-after"].to_str().unwrap()), (503, "5"));
    first.abort();
    until_waiting(&balancer, 1).await;
    let fourth = ask(balancer.plain, "/");
    until_waiting(&balancer, 2).await;
    balancer.resume().await;
    assert_eq!((second.await.unwrap().status, fourth.await.unwrap().status), (200, 200));
    assert_eq!(blue.requests(), 2, "the one that went away is not sent");
}

#[tokio::test]
async fn previews_do_not_wait() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(60_000, OnExpiry::Reject, "crossing").await;
    let preview = get_request("/", &[("x-changeover-preview", "green")]);
    assert_eq!(send(balancer.plain, preview).await.text, "green");
}

#[tokio::test]
async fn a_budget_must_be_sensible() {
    let balancer = Balancer::start(&[]).await;
    for budget_ms in [0, 600_001, u64::MAX] {
        let refusal = balancer
            .refusal(Request::Pause {
                budget_ms,
                on_expiry: OnExpiry::Release,
                key: "crossing".to_owned(),
                instead_of: None,
            })
            .await;
        assert!(refusal.starts_with("a pause must be longer than 0 and at most 600 s"), "{refusal}");
    }
}

#[tokio::test]
async fn the_first_to_wait_is_the_first_to_be_shared() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(60_000, OnExpiry::Release, "crossing").await;
    let mut waiting = Vec::new();
    for count in 1..=6 {
        waiting.push(ask(balancer.plain, "/"));
        until_waiting(&balancer, count).await;
    }
    balancer.green_gets(50).await;
    balancer.resume().await;
    let mut colors = Vec::new();
    for reply in waiting {
        colors.push(reply.await.unwrap().text);
    }
    assert_eq!(colors, ["green", "blue", "green", "blue", "green", "blue"]);
}

#[tokio::test]
async fn many_waiting_requests_all_arrive() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    balancer.pause(60_000, OnExpiry::Release, "crossing").await;
    let waiting: Vec<_> = (0..200).map(|_| ask(balancer.plain, "/")).collect();
    until_waiting(&balancer, 200).await;
    balancer.green_gets(50).await;
    balancer.resume().await;
    for reply in waiting {
        assert_eq!(reply.await.unwrap().status, 200);
    }
    assert_eq!((blue.requests(), green.requests()), (100, 100));
}
