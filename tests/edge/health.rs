//! Members that answer their health check, and members that do not.

use events::color::Color;

use crate::backend::Backend;
use crate::balancer::Balancer;
use crate::client::{Client, get};
use crate::until;

#[tokio::test]
async fn a_new_member_gets_nothing_until_it_is_healthy() {
    let (old, new) = (Backend::start("old").await, Backend::start("new").await);
    new.be_well(false);
    let balancer = Balancer::start(&["--health-interval", "20ms", "--healthy", "3"]).await;
    balancer.members(Color::Blue, &[&old]).await;
    balancer.until_healthy(1).await;
    balancer.members(Color::Blue, &[&old, &new]).await;
    until("the new member was asked", || async {
        balancer.status().await.members.blue[1].note == "answered 503 and not 200"
    })
    .await;
    for _ in 0..20 {
        assert_eq!(get(balancer.plain, "/").await.text, "old");
    }
    assert_eq!(new.requests(), 0);
    assert!(balancer.status().await.members.blue[0].is_healthy, "what was known of the old one is still known");

    new.be_well(true);
    balancer.until_healthy(2).await;
    let mut client = Client::connect(balancer.plain).await;
    for _ in 0..20 {
        client.try_get("/").await.unwrap();
    }
    assert_eq!(new.requests(), 10);
}

#[tokio::test]
async fn an_unhealthy_member_gets_nothing_while_another_is_healthy() {
    let (one, two) = (Backend::start("one").await, Backend::start("two").await);
    let balancer = Balancer::start(&["--health-interval", "20ms"]).await;
    balancer.members(Color::Blue, &[&one, &two]).await;
    balancer.until_healthy(2).await;
    two.be_well(false);
    balancer.until_healthy(1).await;
    let had = two.requests();
    for _ in 0..10 {
        assert_eq!(get(balancer.plain, "/").await.text, "one");
    }
    assert_eq!(two.requests(), had);
}

#[tokio::test]
async fn a_color_without_a_healthy_member_asks_its_own_members_all_the_same() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&[], &blue, &green).await;
    blue.be_well(false);
    balancer.until_healthy(1).await;
    for _ in 0..5 {
        assert_eq!(get(balancer.plain, "/").await.text, "blue", "never nobody, and never the other color");
    }
}

#[tokio::test]
async fn a_member_at_another_address_is_a_new_member() {
    let (first, second) = (Backend::start("same").await, Backend::start("same").await);
    second.be_well(false);
    let balancer = Balancer::start(&["--health-interval", "20ms"]).await;
    balancer.members(Color::Blue, &[&first]).await;
    balancer.until_healthy(1).await;
    balancer.members(Color::Blue, &[&second]).await;
    assert!(!balancer.status().await.members.blue[0].is_healthy);
}

#[tokio::test]
async fn a_member_that_is_taken_away_is_not_asked_any_more() {
    let (gone, kept) = (Backend::start("gone").await, Backend::start("kept").await);
    let balancer = Balancer::start(&["--health-interval", "20ms"]).await;
    balancer.members(Color::Blue, &[&gone, &kept]).await;
    balancer.until_healthy(2).await;
    balancer.members(Color::Blue, &[&kept]).await;
    let (had, before) = (gone.checks(), kept.checks());
    until("the other was asked ten times more", || async { kept.checks() > before + 10 }).await;
    assert!(gone.checks() <= had + 1, "one check may have been on its way");
}

#[tokio::test]
async fn standing_survives_a_change_of_weights() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let balancer = Balancer::with_two(&["--healthy", "3"], &blue, &green).await;
    for percent in [5, 100, 0] {
        balancer.green_gets(percent).await;
        let status = balancer.status().await;
        assert!(status.members.blue[0].is_healthy && status.members.green[0].is_healthy, "at {percent} %");
    }
}

#[tokio::test]
async fn a_member_that_never_answers_is_not_healthy() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let balancer = Balancer::start(&["--health-interval", "20ms", "--health-timeout", "50ms"]).await;
    balancer.members_at(Color::Blue, &[silent.local_addr().unwrap()]).await;
    until("the check has timed out", || async {
        balancer.status().await.members.blue[0].note == "no answer within 50ms"
    })
    .await;
    assert!(!balancer.status().await.members.blue[0].is_healthy);
}
