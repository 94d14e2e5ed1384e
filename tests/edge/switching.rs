//! Weights and members change under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use changeover::edge::control::Request;
use events::color::Color;
use events::weights::Weights;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{Client, get};
use crate::soon;

/// What the clients are told about the switches.
#[derive(Default)]
struct Switches {
    begun: AtomicU64,
    done: AtomicU64,
    is_over: AtomicBool,
    requests: AtomicU64,
    /// Requests that were begun and answered between two switches, so that only one color could have been right.
    judged: AtomicU64,
}

/// After an even number of switches everything goes to blue.
fn color_after(switches: u64) -> Color {
    if switches.is_multiple_of(2) { Color::Blue } else { Color::Green }
}

async fn keep_asking(mut client: Client, switches: Arc<Switches>) {
    while !switches.is_over.load(Ordering::SeqCst) {
        let done = switches.done.load(Ordering::SeqCst);
        let reply = client.try_get("/").await.expect("no request fails");
        let begun = switches.begun.load(Ordering::SeqCst);
        assert_eq!(reply.status, 200, "{}", reply.text);
        switches.requests.fetch_add(1, Ordering::SeqCst);
        if begun == done {
            switches.judged.fetch_add(1, Ordering::SeqCst);
            assert_eq!(reply.text, color_after(done).to_string(), "after switch {done}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_switches_under_load_fail_no_request_and_none_comes_late() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let switches = Arc::new(Switches::default());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        tasks.spawn(keep_asking(Client::connect(balancer.plain).await, Arc::clone(&switches)));
    }
    for number in 1..=200 {
        let before = switches.judged.load(Ordering::SeqCst);
        switches.begun.store(number, Ordering::SeqCst);
        let weights = Weights::all_to(color_after(number));
        balancer.done(Request::Weights { weights, key: Some(format!("switch {number}")) }).await;
        switches.done.store(number, Ordering::SeqCst);
        crate::until("some requests were judged", || async { switches.judged.load(Ordering::SeqCst) > before + 8 })
            .await;
    }
    switches.is_over.store(true, Ordering::SeqCst);
    soon("the clients are done", tasks.join_all()).await;
    let status = balancer.status().await;
    assert_eq!(status.refused, 0);
    assert_eq!(status.changed_by.as_deref(), Some("switch 200"));
    assert_eq!(blue.requests() + green.requests(), switches.requests.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_color_without_weight_has_nothing_in_flight_once_it_says_so() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let plain = balancer.plain;
    let held = tokio::spawn(async move { get(plain, "/held").await });
    balancer.until_in_flight(Color::Blue, 1).await;
    balancer.green_gets(100).await;
    assert_eq!(balancer.status().await.users.blue.in_flight, 1);
    assert_eq!(get(plain, "/").await.text, "green");
    blue.let_go();
    assert_eq!(held.await.unwrap().text, "blue");
    balancer.until_in_flight(Color::Blue, 0).await;
    assert_eq!(balancer.status().await.users.blue.begun, 1);
}

#[tokio::test]
async fn a_member_that_is_taken_away_finishes_what_it_has() {
    let (old, new) = (Backend::start("old").await, Backend::start("new").await);
    let balancer = Balancer::start(&["--health-interval", "20ms"]).await;
    balancer.members(Color::Blue, &[&old]).await;
    balancer.until_healthy(1).await;
    let plain = balancer.plain;
    let held = tokio::spawn(async move { get(plain, "/held").await });
    let parts = tokio::spawn(async move { get(plain, "/parts").await });
    balancer.until_in_flight(Color::Blue, 2).await;
    balancer.members(Color::Blue, &[&new]).await;
    for _ in 0..10 {
        assert_eq!(get(plain, "/").await.text, "new");
    }
    assert_eq!(balancer.status().await.users.blue.in_flight, 2);
    for _ in 0..4 {
        old.let_go();
    }
    assert_eq!(held.await.unwrap().text, "old");
    assert_eq!(parts.await.unwrap().text, "part 0;part 1;part 2;");
    balancer.until_in_flight(Color::Blue, 0).await;
    assert_eq!(old.requests(), 2);
}

#[tokio::test]
async fn a_client_that_goes_away_is_not_in_flight_any_more() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    let plain = balancer.plain;
    let held = tokio::spawn(async move { get(plain, "/held").await });
    balancer.until_in_flight(Color::Blue, 1).await;
    held.abort();
    balancer.until_in_flight(Color::Blue, 0).await;
}
